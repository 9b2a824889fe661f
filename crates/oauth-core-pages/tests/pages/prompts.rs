//! `prompt` and `max_age` (OpenID Connect Core §3.1.2.1).

use http::StatusCode;

use crate::scene::{Browser, Scene, answer, authorize, location};

#[tokio::test]
async fn none_shows_nothing() {
    let scene = Scene::new().await;
    let quiet = authorize("web", "&scope=read&prompt=none");
    let response = Browser::default().get(&scene, &quiet).await;
    assert_eq!(answer(&response, "error").unwrap(), "login_required");
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let response = browser.get(&scene, &quiet).await;
    assert_eq!(answer(&response, "error").unwrap(), "consent_required");
    browser.decide(&scene, &authorize("web", "&scope=read"), "allow").await;
    assert!(answer(&browser.get(&scene, &quiet).await, "code").is_some());
    scene.clock.advance(60);
    let too_old = authorize("web", "&scope=read&prompt=none&max_age=20");
    let response = browser.get(&scene, &too_old).await;
    assert_eq!(answer(&response, "error").unwrap(), "login_required");
}

#[tokio::test]
async fn login_and_select_account_sign_in_again_once() {
    let scene = Scene::new().await;
    for prompt in ["login", "select_account", "login+select_account"] {
        let mut browser = Browser::signed_in(&scene, "ada").await;
        let request = authorize("web", &format!("&scope=read&prompt={prompt}"));
        let response = browser.get(&scene, &request).await;
        let sign_in = location(&response).to_owned();
        assert!(sign_in.starts_with("/sign-in?return_to="), "{prompt}");
        let response = browser.sign_in(&scene, &sign_in, "bob", "bob").await;
        let back = location(&response).to_owned();
        assert_eq!(browser.get(&scene, &back).await.status(), StatusCode::OK, "{back}");
    }
}

#[tokio::test]
async fn consent_asks_again() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    browser.decide(&scene, &authorize("web", "&scope=read"), "allow").await;
    let response = browser.get(&scene, &authorize("web", "&scope=read&prompt=consent")).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_sign_in_older_than_max_age_is_not_enough() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("web", "&scope=read&max_age=100");
    scene.clock.advance(100);
    assert_eq!(browser.get(&scene, &request).await.status(), StatusCode::OK);
    scene.clock.advance(100);
    let response = browser.get(&scene, &request).await;
    let sign_in = location(&response).to_owned();
    let response = browser.sign_in(&scene, &sign_in, "ada", "ada").await;
    let back = location(&response).to_owned();
    assert_eq!(browser.get(&scene, &back).await.status(), StatusCode::OK);
}
