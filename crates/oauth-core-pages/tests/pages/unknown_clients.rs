//! Consent for clients that nobody has looked at.

use async_trait::async_trait;
use http::{Method, Request, StatusCode};
use oauth_core::{
    client_documents::ClientDocuments,
    endpoint::registration::Registration,
    fetch::{Fetch, FetchFailed},
    http_types::{Request as NeutralRequest, Response},
    model::Scope,
};

use crate::scene::{Browser, ISSUER, Scene, answer, authorize, location, pages, store, text};

const URL: &str = "https://described.example/c.json";

/// The same document wherever it is looked for.
#[derive(Debug)]
struct OneDocument;

#[async_trait]
impl Fetch for OneDocument {
    async fn fetch(&self, _: NeutralRequest, _: usize) -> Result<Response, FetchFailed> {
        let body = format!(
            r#"{{"client_id":"{URL}","client_name":"Described","token_endpoint_auth_method":"none",
                "redirect_uris":["https://app.example/cb","http://127.0.0.1/cb"]}}"#
        );
        let answer = http::Response::builder().header("content-type", "application/json");
        Ok(answer.body(body.into()).unwrap())
    }
}

async fn scene() -> Scene {
    let store = store().await;
    let registration = Registration::new(store.clone()).open();
    Scene::over(store, ISSUER, pages(), |builder| {
        builder
            .client_documents(ClientDocuments::new(OneDocument))
            .registration(registration)
            .scopes(Scope::parse("read write").unwrap())
    })
}

#[tokio::test]
async fn it_says_where_a_client_is_described_and_where_the_answer_goes() {
    let scene = scene().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize(URL, "&scope=read");
    let page = browser.get(&scene, &request).await;
    for part in ["Described", "Not verified.", "https://described.example<", "https://app.example<"]
    {
        assert!(text(&page).contains(part), "{part}");
    }
    assert!(!text(&page).contains("device in front of you"));
    assert!(answer(&browser.decide(&scene, &request, "allow").await, "code").is_some());
    // An answer to the device could be for any program on it.
    let local = request.replace("https://app.example/cb", "http://127.0.0.1:5000/cb");
    let page = browser.get(&scene, &local).await;
    for part in ["http://127.0.0.1:5000<", "device in front of you"] {
        assert!(text(&page).contains(part), "{part}");
    }
    // A client that the host registered is described nowhere.
    let page = browser.get(&scene, &authorize("spa", "&scope=read")).await;
    assert!(!text(&page).contains("It is described at"));
}

#[tokio::test]
async fn aut_038_an_error_leads_to_the_website_of_an_unknown_client_by_a_link() {
    let scene = scene().await;
    let silent = authorize(URL, "&scope=read&prompt=none");
    let page = Browser::default().get(&scene, &silent).await;
    assert_eq!(page.status(), StatusCode::OK);
    for part in [
        "You are about to leave",
        r#"<bdi class="address">https://app.example</bdi>"#,
        r#"href="https://app.example/cb?error=login_required&#38;"#,
    ] {
        assert!(text(&page).contains(part), "{part} in {}", text(&page));
    }
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let denied = browser.decide(&scene, &authorize(URL, "&scope=read"), "deny").await;
    assert!(text(&denied).contains(r#"href="https://app.example/cb?error=access_denied&#38;"#));
    // A program on the device hears at once.
    let local = silent.replace("https://app.example/cb", "http://127.0.0.1:5000/cb");
    let response = Browser::default().get(&scene, &local).await;
    let hears = "http://127.0.0.1:5000/cb?error=login_required&";
    assert!(location(&response).starts_with(hears), "{}", location(&response));
}

#[tokio::test]
async fn reg_024_reg_033_each_client_that_registers_itself_is_asked_for_by_its_own_name() {
    let scene = scene().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let register = async |name: &str| {
        let body = format!(
            r#"{{"client_name":"{name}","redirect_uris":["https://app.example/cb"],
                "logo_uri":"https://c.example/l.png"}}"#
        );
        let request = Request::builder().method(Method::POST).uri("/register");
        let request = request.header("content-type", "application/json").body(body.into());
        let response = scene.serve(request.unwrap()).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        let id = text(&response).split(r#""client_id":""#).nth(1).unwrap();
        id.split('"').next().unwrap().to_owned()
    };
    let first = register("Goo\\u202egle").await;
    let request = authorize(&first, "&scope=read");
    let page = browser.get(&scene, &request).await;
    for part in ["<bdi>Google</bdi>", "Not verified.", "https://app.example<"] {
        assert!(text(&page).contains(part), "{part}");
    }
    assert!(!text(&page).contains("c.example") && !text(&page).contains('\u{202e}'));
    assert!(answer(&browser.decide(&scene, &request, "allow").await, "code").is_some());
    // What one was allowed says nothing about the next, the same in every word.
    let second = register("Google").await;
    assert_ne!(first, second);
    let page = browser.get(&scene, &authorize(&second, "&scope=read")).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(text(&page).contains("Not verified."));
}
