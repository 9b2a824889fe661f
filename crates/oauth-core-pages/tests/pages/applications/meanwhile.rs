//! What an operator does to an application while its owner edits it.

use http::{StatusCode, header::RETRY_AFTER};
use oauth_core_pages::Applications;

use super::{Shown, edit, late::Late, register, registered, shown, with_applications};
use crate::scene::{Browser, ISSUER, Scene, field, field_of, pages, store, text};

/// Ada's application, in a registry in which an operator is faster when told to be.
async fn begin() -> (Scene, Late, Browser, Shown) {
    let store = store().await;
    let late = Late::new(store.clone());
    let pages = with_applications(pages(), Applications::new(late.clone()));
    let scene = Scene::over(store, ISSUER, pages, |builder| builder);
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    (scene, late, ada, app)
}

async fn rename(scene: &Scene, ada: &mut Browser, app: &Shown) -> http::Response<bytes::Bytes> {
    let page = ada.get(scene, &edit(&app.client_id)).await;
    let form = [
        ("csrf", &*field(&page, "csrf")),
        ("client_id", &*app.client_id),
        ("name", "Renamed"),
        ("redirect_uris", super::URI),
    ];
    ada.post(scene, "/apps/edit", &form).await
}

#[tokio::test]
async fn a_disabled_application_stays_disabled_when_it_is_edited() {
    let (scene, late, mut ada, app) = begin().await;
    late.disable(1);
    assert_eq!(rename(&scene, &mut ada, &app).await.status(), StatusCode::SEE_OTHER);
    let client = registered(&scene, &app.client_id).await.unwrap();
    assert_eq!((client.disabled, client.client_name.as_deref()), (true, Some("Renamed")));
}

#[tokio::test]
async fn a_disabled_application_stays_disabled_when_it_gets_a_secret() {
    let (scene, late, mut ada, app) = begin().await;
    let page = ada.get(&scene, &edit(&app.client_id)).await;
    let names = ["csrf", "client_id", "replaces"];
    let form = names.map(|name| (name, field_of(&page, "/apps/rotate", name)));
    let form = form.each_ref().map(|(name, value)| (*name, &**value));
    late.disable(1);
    let page = ada.post(&scene, "/apps/rotate", &form).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_ne!(shown(&page).secret, app.secret);
    let client = registered(&scene, &app.client_id).await.unwrap();
    assert_eq!((client.disabled, client.secrets.len()), (true, 2));
}

#[tokio::test]
async fn an_application_that_keeps_changing_is_not_waited_for() {
    let (scene, late, mut ada, app) = begin().await;
    late.disable(5);
    let page = rename(&scene, &mut ada, &app).await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE, "{}", text(&page));
    assert!(page.headers().contains_key(RETRY_AFTER));
    let client = registered(&scene, &app.client_id).await.unwrap();
    assert_eq!(client.client_name.as_deref(), Some("My app"));
}
