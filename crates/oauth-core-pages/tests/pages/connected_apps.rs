//! Connected applications.

use http::StatusCode;
use oauth_core::{
    model::{Client, Tenant},
    store::{ClientRegistry as _, ClientStore as _},
};

use crate::scene::{Browser, Scene, assert_refused, authorize, field, location, text};

async fn connected(scene: &Scene) -> Browser {
    let mut browser = Browser::signed_in(scene, "ada").await;
    for (client, scope) in [("web", "read"), ("spa", "read"), ("spa", "write")] {
        let request = authorize(client, &format!("&scope={scope}"));
        browser.decide(scene, &request, "allow").await;
        scene.clock.advance(3600);
    }
    browser
}

#[tokio::test]
async fn each_is_shown_once_with_all_that_it_may() {
    let scene = Scene::new().await;
    let mut browser = connected(&scene).await;
    let page = browser.get(&scene, "/connected-apps").await;
    let text = text(&page);
    assert_eq!(text.matches("<h2>").count(), 2);
    assert_eq!(text.matches("Since 2026-03-03").count(), 2);
    assert!(text.contains("Web &#60;b&#62;App"));
    assert!(text.find("Spa").unwrap() < text.find("Web").unwrap());
    assert_eq!(text.matches("<code>read</code>").count(), 2);
    assert_eq!(text.matches("<code>write</code>").count(), 1);
    let mut nobody = Browser::default();
    assert_eq!(
        location(&nobody.get(&scene, "/connected-apps").await),
        "/sign-in?return_to=%2Fconnected-apps"
    );
}

#[tokio::test]
async fn access_is_revoked() {
    let scene = Scene::new().await;
    let mut browser = connected(&scene).await;
    let csrf = field(&browser.get(&scene, "/connected-apps").await, "csrf");
    // The first one on the page is that of the sign-out form, which is good for nothing else.
    let form = [("csrf", &*csrf), ("client_id", "spa")];
    let response = browser.post(&scene, "/connected-apps", &form).await;
    assert_refused(&response, StatusCode::FORBIDDEN);
    let page = browser.get(&scene, "/connected-apps").await;
    let (_, list) = text(&page).split_once("<ul").unwrap();
    let (_, token) = list.split_once("name=\"csrf\" value=\"").unwrap();
    let token = token.split('"').next().unwrap();
    let form = [("csrf", token), ("client_id", "spa")];
    let evil = [("origin", "https://evil.example")];
    let response = browser.post_with(&scene, "/connected-apps", &form, &evil).await;
    assert_refused(&response, StatusCode::FORBIDDEN);
    let response = browser.post(&scene, "/connected-apps", &form).await;
    assert_eq!(location(&response), "/connected-apps?revoked=spa");
    let page = browser.get(&scene, "/connected-apps?revoked=spa").await;
    assert!(text(&page).contains("role=\"status\""));
    assert_eq!(text(&page).matches("<h2>").count(), 1);
}

#[tokio::test]
async fn a_notice_is_of_a_client_that_there_is_and_that_has_no_access() {
    let scene = Scene::new().await;
    let mut browser = connected(&scene).await;
    for query in ["revoked=Your+account+was+hacked", "revoked=web", "revoked="] {
        let page = browser.get(&scene, &format!("/connected-apps?{query}")).await;
        assert!(!text(&page).contains("role=\"status\""), "{query}");
    }
}

#[tokio::test]
async fn a_client_without_name_is_its_identifier() {
    let scene = Scene::new().await;
    let mut browser = connected(&scene).await;
    let (registry, tenant) = (scene.store.inner(), Tenant::default());
    let web = registry.find(&tenant, &"web".into()).await.unwrap().unwrap();
    let mut unnamed = Client::clone(&web);
    unnamed.client_name = None;
    assert!(registry.replace(&tenant, &web, &unnamed).await.unwrap());
    let page = browser.get(&scene, "/connected-apps").await;
    assert!(text(&page).contains("<h2><bdi>web</bdi></h2>"));
}
