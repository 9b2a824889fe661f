//! Sign-in.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use http::{StatusCode, header};
use oauth_core::{
    events::{Event, Events, Occasion},
    model::{Secret, Subject, Tenant},
    store::{StoreError, Users},
};
use oauth_core_pages::Pages;

use crate::scene::{
    Browser, ISSUER, Scene, assert_refused, authorize, field, location, pages, text,
};

const SESSION: &str = "__Host-oauth-session";

#[tokio::test]
async fn csr_008_the_cookies_are_out_of_reach() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let page = browser.get(&scene, "/sign-in").await;
    let response = browser.sign_in(&scene, "/sign-in", "ada", "ada").await;
    assert_eq!(location(&response), "/connected-apps");
    for (response, name) in [(page, "__Host-oauth-browser="), (response, "__Host-oauth-session=")] {
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.split("; ").any(|own| own == attribute), "{attribute} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
}

#[tokio::test]
async fn csr_007_every_sign_in_begins_a_new_session() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let before = browser.cookies[SESSION].clone();
    let address = format!("/sign-in?return_to={}", encoded(&authorize("web", "&scope=read")));
    browser.sign_in(&scene, &address, "ada", "ada").await;
    assert_ne!(browser.cookies[SESSION], before);
}

/// Made up, with the cookie that tells browsers apart; or a session of the attacker's own.
#[tokio::test]
async fn csr_007_whoever_planted_cookies_is_not_signed_in_with_them() {
    let scene = Scene::new().await;
    let mut attacker = Browser::default();
    attacker.get(&scene, "/sign-in").await;
    attacker.cookies.insert(SESSION.to_owned(), "A".repeat(200));
    let mut ada = attacker.clone();
    let response = ada.sign_in(&scene, "/sign-in", "ada", "ada").await;
    assert_eq!(location(&response), "/connected-apps");
    assert_ne!(ada.cookies[SESSION], attacker.cookies[SESSION]);
    assert_eq!(ada.get(&scene, "/connected-apps").await.status(), StatusCode::OK);
    assert_eq!(
        location(&attacker.get(&scene, "/connected-apps").await),
        "/sign-in?return_to=%2Fconnected-apps"
    );

    let mut bob = Browser::signed_in(&scene, "bob").await;
    let mut ada = bob.clone();
    let request = authorize("web", "&scope=read");
    let address = format!("/sign-in?return_to={}", encoded(&request));
    let response = ada.sign_in(&scene, &address, "ada", "ada").await;
    assert_eq!(location(&response), request);
    assert_ne!(ada.cookies[SESSION], bob.cookies[SESSION]);
    for (browser, name) in [(&mut ada, "ada"), (&mut bob, "bob")] {
        let page = browser.get(&scene, "/connected-apps").await;
        assert!(text(&page).contains(&format!("<strong>{name}</strong>")), "{name}");
    }
}

#[tokio::test]
async fn csr_009_nobody_is_signed_in_by_another_site() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let csrf = field(&browser.get(&scene, "/sign-in").await, "csrf");
    let form = [("csrf", &*csrf), ("username", "ada"), ("password", "ada")];
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "https://id.example.evil.example"),
        ("origin", "http://id.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let response = browser.post_with(&scene, "/sign-in", &form, &[(name, value)]).await;
        assert_refused(&response, StatusCode::FORBIDDEN);
    }
    // The token of another browser.
    let mut other = Browser::default();
    other.get(&scene, "/sign-in").await;
    assert_refused(&other.post(&scene, "/sign-in", &form).await, StatusCode::FORBIDDEN);
    let mut bare = Browser::default();
    assert_refused(&bare.post(&scene, "/sign-in", &form).await, StatusCode::FORBIDDEN);
    // What Chromium sends under `no-referrer`, and what a browser without Fetch Metadata does.
    let chromium = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    for headers in [&chromium[..], &chromium[..1], &[("origin", "https://id.example")], &[]] {
        let response = browser.clone().post_with(&scene, "/sign-in", &form, headers).await;
        assert_eq!(location(&response), "/connected-apps");
    }
}

#[tokio::test]
async fn red_035_it_returns_to_this_server_only() {
    let scene = Scene::new().await;
    let request = authorize("web", "&scope=read");
    let mut browser = Browser::default();
    let address = format!("/sign-in?return_to={}", encoded(&request));
    assert_eq!(location(&browser.sign_in(&scene, &address, "ada", "ada").await), request);
    for to in [
        "/\\evil.example",
        "//evil",
        "/%09/evil",
        "https:evil",
        "/%5cevil",
        "https://evil.example/authorize?x",
        "/sign-out",
    ] {
        let address = format!("/sign-in?return_to={}", encoded(to));
        // Whoever is signed in goes to the default page at once, the others after signing in.
        assert_eq!(location(&browser.get(&scene, &address).await), "/connected-apps", "{to}");
        let response = Browser::default().sign_in(&scene, &address, "ada", "ada").await;
        assert_eq!(location(&response), "/connected-apps", "{to}");
    }
}

#[tokio::test]
async fn the_client_that_waits_is_named_and_its_hint_is_filled_in() {
    let scene = Scene::new().await;
    let request = authorize("web", "&scope=read&login_hint=ada%40example.com");
    let mut browser = Browser::default();
    let response = browser.get(&scene, &request).await;
    let page = browser.get(&scene, location(&response)).await;
    assert!(text(&page).contains("Web &#60;b&#62;App"));
    assert_eq!(field(&page, "username"), "ada@example.com");
    assert_eq!(field(&page, "return_to"), request);
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(!policy.contains("form-action"), "{policy}");
}

#[derive(Clone, Debug, Default)]
struct Failed(Arc<Mutex<Vec<String>>>);

impl Events for Failed {
    fn record(&self, occasion: &Occasion<'_>, event: &Event<'_>) {
        if let Event::SignInFailed { who } = event {
            let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push(format!("{} {who}", occasion.endpoint));
        }
    }
}

#[tokio::test]
async fn an_operator_hears_of_a_wrong_password_but_not_which() {
    let failed = Failed::default();
    let own = failed.clone();
    let scene = Scene::with(ISSUER, pages(), |builder| builder.events(own)).await;
    let mut browser = Browser::default();
    browser.sign_in(&scene, "/sign-in", " Ada", "wr0ng").await;
    browser.sign_in(&scene, "/sign-in", "nobody", "wr0ng").await;
    browser.sign_in(&scene, "/sign-in", "ada", "ada").await;
    assert_eq!(*failed.0.lock().unwrap(), ["sign_in ada", "sign_in nobody"]);
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_too_many_wait() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    for _ in 0..11 {
        let response = browser.sign_in(&scene, "/sign-in", "ada", "wrong").await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(text(&response).contains("User name or password is wrong."));
        assert_eq!(field(&response, "username"), "ada");
        assert!(!response.headers().contains_key(header::SET_COOKIE));
    }
    for (name, password) in [("ada", "ada"), ("ADA ", "x")] {
        let response = browser.sign_in(&scene, "/sign-in", name, password).await;
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert!(text(&response).contains("Too many attempts."));
    }
    let other = browser.clone().sign_in(&scene, "/sign-in", "bob", "bob").await;
    assert_eq!(other.status(), StatusCode::SEE_OTHER);
    scene.clock.advance(60);
    let response = browser.sign_in(&scene, "/sign-in", "ada", "ada").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_database_that_is_down_is_no_wrong_password() {
    let scene = Scene::new().await;
    let response = Browser::default().sign_in(&scene, "/sign-in", "down", "x").await;
    assert_refused(&response, StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Knows nobody, and takes its time.
#[derive(Debug)]
struct Slow;

#[async_trait]
impl Users for Slow {
    async fn sign_in(
        &self,
        _: &Tenant,
        _: &str,
        _: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        Ok(None)
    }
}

#[tokio::test]
async fn dos_027_a_crowd_of_guesses_is_not_let_in_at_once() {
    let scene = Scene::with(ISSUER, Pages::new(Slow).session_key([7; 32]), |builder| builder).await;
    let mut browser = Browser::default();
    let csrf = field(&browser.get(&scene, "/sign-in").await, "csrf");
    let guesses = (0..60).map(async |number| {
        let password = format!("guess {number}");
        let form = [("csrf", &*csrf), ("username", "ada"), ("password", &password)];
        browser.clone().post(&scene, "/sign-in", &form).await.status()
    });
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|status| **status == StatusCode::FORBIDDEN).count();
    assert!((10..=14).contains(&looked_at), "{looked_at}");
    assert!(answers.iter().all(|status| matches!(status.as_u16(), 403 | 429)));
}
