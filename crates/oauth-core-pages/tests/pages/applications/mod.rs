//! Own applications.

mod delete;
mod edit;
mod late;
mod meanwhile;
mod places;
mod register;
mod secrets;
mod strangers;

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use oauth_core::{
    model::{Client, Scope, Tenant},
    store::ClientStore as _,
};
use oauth_core_pages::{Applications, Pages, ScopeWords};

use crate::scene::{Browser, ISSUER, Scene, answer, authorize, field, pages, store, text};

pub(crate) const URI: &str = "https://app.example/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A server on which applications may ask for `read` and `write`, three to an owner.
async fn scene() -> Scene {
    let store = store().await;
    let pages = with_applications(pages(), Applications::new(store.clone()).limit(3));
    Scene::over(store, ISSUER, pages, |builder| builder)
}

fn with_applications(pages: Pages, applications: Applications) -> Pages {
    let words = ScopeWords::new().scope("read", "See <b>your</b> photos");
    let scope = Scope::parse("read write").unwrap();
    pages.scope_words(words).applications(applications.scope(scope))
}

/// What a page shows of an application that was registered, or got a new secret.
#[derive(Debug)]
struct Shown {
    client_id: String,
    secret: Option<String>,
}

fn shown(page: &Response<Bytes>) -> Shown {
    let mut parts = text(page)
        .split("<dd><code>")
        .skip(1)
        .map(|rest| rest.split("</code>").next().unwrap().to_owned());
    Shown { client_id: parts.next().unwrap(), secret: parts.next() }
}

/// A form that nothing is wrong with.
fn entered<'a>(kind: &'a str, csrf: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("csrf", csrf),
        ("name", "My app"),
        ("kind", kind),
        ("redirect_uris", URI),
        ("scope:read", "on"),
    ]
}

/// Registers an application of this kind.
async fn register(scene: &Scene, browser: &mut Browser, kind: &str) -> Shown {
    let csrf = field(&browser.get(scene, "/apps/new").await, "csrf");
    let page = browser.post(scene, "/apps/new", &entered(kind, &csrf)).await;
    assert_eq!(page.status(), StatusCode::OK, "{}", text(&page));
    shown(&page)
}

/// The application as it is registered.
async fn registered(scene: &Scene, client_id: &str) -> Option<Arc<Client>> {
    scene.store.inner().find(&Tenant::default(), &client_id.into()).await.unwrap()
}

fn edit(client_id: &str) -> String {
    format!("/apps/edit?client_id={client_id}")
}

/// Redeems a code at the token endpoint.
async fn redeem(scene: &Scene, app: &Shown, secret: Option<&str>, code: &str) -> Response<Bytes> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", URI),
        ("code_verifier", VERIFIER),
    ]);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    match secret {
        Some(secret) => {
            let basic = BASE64_STANDARD.encode(format!("{}:{secret}", app.client_id));
            request = request.header(header::AUTHORIZATION, format!("Basic {basic}"));
        }
        None => drop(body.append_pair("client_id", &app.client_id)),
    }
    scene.serve(request.body(Bytes::from(body.finish())).unwrap()).await
}

/// Allows the application everything and fetches its tokens.
async fn connect(scene: &Scene, browser: &mut Browser, app: &Shown) -> StatusCode {
    let request = authorize(&app.client_id, "&scope=read");
    let response = browser.decide(scene, &request, "allow").await;
    let code = answer(&response, "code").unwrap();
    redeem(scene, app, app.secret.as_deref(), &code).await.status()
}

/// Whether the application proves who it is with this secret.
async fn is_accepted(scene: &Scene, app: &Shown, secret: &str) -> bool {
    let response = redeem(scene, app, Some(secret), "no-such-code").await;
    match text(&response) {
        text if text.contains("invalid_grant") => true,
        text => {
            assert!(text.contains("invalid_client"), "{text}");
            false
        }
    }
}
