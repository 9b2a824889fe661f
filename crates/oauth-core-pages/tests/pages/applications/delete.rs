//! Deleting.

use http::StatusCode;

use super::{connect, is_accepted, register, registered, scene};
use crate::scene::{Browser, assert_refused, authorize, field, location, text};

#[tokio::test]
async fn it_is_asked_first_and_then_everything_is_gone() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    assert_eq!(connect(&scene, &mut ada, &app).await, StatusCode::OK);
    assert_eq!(scene.allowed_by("user-ada").await, ["read"]);
    let page = ada.get(&scene, &format!("/apps/delete?client_id={}", app.client_id)).await;
    assert!(text(&page).contains("cannot be undone") && text(&page).contains("Keep it"));
    assert!(registered(&scene, &app.client_id).await.is_some());
    let csrf = field(&page, "csrf");
    let form = [("csrf", &*csrf), ("client_id", &*app.client_id)];
    let deleted = location(&ada.post(&scene, "/apps/delete", &form).await).to_owned();
    let page = ada.get(&scene, &deleted).await;
    assert!(text(&page).contains("The application was deleted."));
    assert!(text(&page).contains("You have not registered"));
    assert!(registered(&scene, &app.client_id).await.is_none());
    assert!(scene.allowed_by("user-ada").await.is_empty());
    assert!(!is_accepted(&scene, &app, app.secret.as_deref().unwrap()).await);
    let response = ada.get(&scene, &authorize(&app.client_id, "&scope=read")).await;
    assert_refused(&response, StatusCode::BAD_REQUEST);
    assert_refused(&ada.post(&scene, "/apps/delete", &form).await, StatusCode::NOT_FOUND);
}
