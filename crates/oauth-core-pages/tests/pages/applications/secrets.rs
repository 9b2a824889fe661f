//! New secrets.

use bytes::Bytes;
use http::{Response, StatusCode};
use oauth_core::model::SecretHash;
use oauth_core_pages::Applications;

use super::{Shown, edit, is_accepted, register, registered, scene, shown, with_applications};
use crate::scene::{Browser, ISSUER, Scene, assert_refused, field_of, pages, store, text};

const DAY: u32 = 24 * 60 * 60;

async fn form(scene: &Scene, browser: &mut Browser, app: &Shown) -> Vec<(&'static str, String)> {
    let page = browser.get(scene, &edit(&app.client_id)).await;
    let names = ["csrf", "client_id", "replaces"];
    names.map(|name| (name, field_of(&page, "/apps/rotate", name))).to_vec()
}

async fn send(scene: &Scene, browser: &mut Browser, form: &[(&str, String)]) -> Response<Bytes> {
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, &**value)).collect();
    browser.post(scene, "/apps/rotate", &form).await
}

async fn rotated(scene: &Scene, browser: &mut Browser, app: &Shown) -> String {
    let form = form(scene, browser, app).await;
    let page = send(scene, browser, &form).await;
    assert_eq!(page.status(), StatusCode::OK);
    shown(&page).secret.unwrap()
}

#[tokio::test]
async fn the_old_secret_works_for_a_day() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    let old = app.secret.clone().unwrap();
    assert!(is_accepted(&scene, &app, &old).await);
    let form = form(&scene, &mut ada, &app).await;
    let page = send(&scene, &mut ada, &form).await;
    assert!(text(&page).contains("2026-03-04 00:00 UTC"));
    let new = shown(&page).secret.unwrap();
    assert_ne!(new, old);
    scene.clock.advance(DAY - 1);
    assert!(is_accepted(&scene, &app, &old).await && is_accepted(&scene, &app, &new).await);
    scene.clock.advance(1);
    assert!(!is_accepted(&scene, &app, &old).await && is_accepted(&scene, &app, &new).await);
    let client = registered(&scene, &app.client_id).await.unwrap();
    assert!(client.secrets.iter().all(|secret| matches!(secret.hash, SecretHash::Sha256(_))));
}

#[tokio::test]
async fn there_are_two_at_most() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    let first = app.secret.clone().unwrap();
    let second = rotated(&scene, &mut ada, &app).await;
    let page = ada.get(&scene, &edit(&app.client_id)).await;
    assert!(text(&page).contains("Two secrets work at the moment"));
    let third = rotated(&scene, &mut ada, &app).await;
    assert!(!is_accepted(&scene, &app, &first).await);
    assert!(is_accepted(&scene, &app, &second).await && is_accepted(&scene, &app, &third).await);
    assert_eq!(registered(&scene, &app.client_id).await.unwrap().secrets.len(), 2);
}

#[tokio::test]
async fn a_form_that_is_posted_again_ends_nothing() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    let form = form(&scene, &mut ada, &app).await;
    let new = shown(&send(&scene, &mut ada, &form).await).secret.unwrap();
    let again = send(&scene, &mut ada, &form).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert!(text(&again).contains("has a new secret already"));
    assert_eq!(shown(&again).secret, None);
    let old = app.secret.clone().unwrap();
    assert!(is_accepted(&scene, &app, &old).await && is_accepted(&scene, &app, &new).await);
}

#[tokio::test]
async fn the_overlap_is_the_hosts() {
    let store = store().await;
    let pages = with_applications(pages(), Applications::new(store.clone()).overlap(0));
    let scene = Scene::over(store, ISSUER, pages, |builder| builder);
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    let new = rotated(&scene, &mut ada, &app).await;
    let old = app.secret.clone().unwrap();
    assert!(!is_accepted(&scene, &app, &old).await && is_accepted(&scene, &app, &new).await);
}

#[tokio::test]
async fn a_public_application_has_none() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let confidential = register(&scene, &mut ada, "server").await;
    let public = register(&scene, &mut ada, "browser").await;
    let page = ada.get(&scene, &edit(&public.client_id)).await;
    assert!(!text(&page).contains("/apps/rotate"));
    let mut form = form(&scene, &mut ada, &confidential).await;
    form[1].1.clone_from(&public.client_id);
    assert_refused(&send(&scene, &mut ada, &form).await, StatusCode::BAD_REQUEST);
    assert!(registered(&scene, &public.client_id).await.unwrap().secrets.is_empty());
}
