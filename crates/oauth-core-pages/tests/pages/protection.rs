//! What holds for every page.

use http::{Method, Request, StatusCode};

use crate::scene::{Browser, Scene, assert_refused, authorize, text};

#[tokio::test]
async fn aut_032_csr_014_every_page_is_protected() {
    let scene = Scene::new().await;
    let mut nobody = Browser::default();
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let pages = [
        (nobody.get(&scene, "/sign-in").await, StatusCode::OK),
        (nobody.sign_in(&scene, "/sign-in", "ada", "x").await, StatusCode::FORBIDDEN),
        (nobody.post(&scene, "/sign-out", &[]).await, StatusCode::OK),
        (nobody.get(&scene, "/authorize").await, StatusCode::BAD_REQUEST),
        (ada.get(&scene, &authorize("spa", "&scope=read")).await, StatusCode::OK),
        (ada.get(&scene, "/connected-apps").await, StatusCode::OK),
        (ada.post(&scene, "/connected-apps", &[]).await, StatusCode::FORBIDDEN),
    ];
    for (page, status) in pages {
        assert_eq!(page.status(), status);
        let expected = [
            ("content-type", "text/html; charset=utf-8"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ];
        for (name, value) in expected {
            assert_eq!(page.headers()[name], value);
        }
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn csr_014_nothing_but_a_click_allows() {
    let scene = Scene::new().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let page = ada.get(&scene, &authorize("spa", "&scope=read")).await;
    assert!(!text(&page).contains(" id=") && !text(&page).contains("autofocus"));
}

#[tokio::test]
async fn the_error_page_says_what_is_wrong() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let response = browser.get(&scene, "/authorize?client_id=unknown").await;
    assert_refused(&response, StatusCode::BAD_REQUEST);
    assert!(text(&response).contains("Unknown application"));
    assert!(text(&response).contains("invalid_client"));
    scene.store.fail_call(1, oauth_core_testkit::Fault::Before);
    let response = browser.get(&scene, &authorize("spa", "&scope=read")).await;
    assert_refused(&response, StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn head_is_answered_like_get() {
    let scene = Scene::new().await;
    for (address, status) in [("/sign-in", 200), ("/connected-apps", 303), ("/sign-out", 405)] {
        let request = Request::builder().method(Method::HEAD).uri(address);
        let response = scene.serve(request.body(Default::default()).unwrap()).await;
        assert_eq!(response.status(), status, "{address}");
    }
}
