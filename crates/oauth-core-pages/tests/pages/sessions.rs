//! Sessions.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use oauth_core::{
    clock::{Clock as _, Timestamp},
    model::{Secret, Subject, Tenant},
    store::{StoreError, Users},
};
use oauth_core_pages::{Pages, Sessions as _};

use crate::scene::{Browser, ISSUER, Scene, TwoUsers, authorize, field, location, pages, text};

const SESSION: &str = "__Host-oauth-session";

#[tokio::test]
async fn a_session_ends_by_the_clock_of_the_server() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    scene.clock.advance(8 * 60 * 60 - 1);
    assert_eq!(browser.get(&scene, "/connected-apps").await.status(), StatusCode::OK);
    scene.clock.advance(1);
    assert_eq!(
        location(&browser.get(&scene, "/connected-apps").await),
        "/sign-in?return_to=%2Fconnected-apps"
    );
}

/// Ada may sign in, and her sessions of before a moment are over.
#[derive(Clone, Debug, Default)]
struct Ended(Arc<Mutex<Option<Timestamp>>>);

#[async_trait]
impl Users for Ended {
    async fn sign_in(
        &self,
        tenant: &Tenant,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, StoreError> {
        TwoUsers.sign_in(tenant, username, password).await
    }

    async fn session_is_over(
        &self,
        _: &Tenant,
        subject: &Subject,
        auth_time: Timestamp,
    ) -> Result<bool, StoreError> {
        let ended = self.0.lock().map_err(|_| StoreError::unavailable("poisoned"))?;
        Ok(subject.as_str() == "user-ada" && ended.is_some_and(|ended| auth_time < ended))
    }
}

/// RAC-006, TOK-024: who is shut out gets no code by a session of before, remembered consent or not.
#[tokio::test]
async fn rac_006_a_session_is_over_when_the_host_says_so() {
    let ended = Ended::default();
    let pages = Pages::new(ended.clone()).session_key([7; 32]);
    let scene = Scene::with(ISSUER, pages, |builder| builder).await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let mut bob = Browser::signed_in(&scene, "bob").await;
    let asked = authorize("web", "&scope=read");
    let consent = ada.get(&scene, &asked).await;
    assert_eq!(consent.status(), StatusCode::OK);
    let allow = [("consent", &*field(&consent, "consent")), ("decision", "allow")];
    scene.clock.advance(1);
    *ended.0.lock().unwrap() = Some(scene.clock.now());
    // The page that is open allows nothing any more, either.
    for response in [
        ada.get(&scene, &asked).await,
        ada.post(&scene, &asked, &allow).await,
        ada.get(&scene, "/connected-apps").await,
    ] {
        assert!(location(&response).starts_with("/sign-in?"), "{response:?}");
    }
    assert!(scene.allowed_by("user-ada").await.is_empty());
    assert_eq!(bob.get(&scene, &asked).await.status(), StatusCode::OK);
    ada.sign_in(&scene, "/sign-in", "ada", "ada").await;
    assert_eq!(ada.get(&scene, &asked).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_signed_is_no_session() {
    let scene = Scene::new().await;
    let browser = Browser::signed_in(&scene, "ada").await;
    let value = browser.cookies[SESSION].clone();
    let (mac, record) = value.split_at(44);
    for value in [record, "", "x", &format!("{mac}{}", &record[1..]), &"=".repeat(60)] {
        let mut browser = Browser::default();
        browser.cookies.insert(SESSION.to_owned(), value.to_owned());
        assert_eq!(
            location(&browser.get(&scene, "/connected-apps").await),
            "/sign-in?return_to=%2Fconnected-apps"
        );
    }
}

#[tokio::test]
async fn a_cookie_of_one_issuer_is_nothing_at_another() {
    let one = Scene::with("https://id.example/t1", pages(), |builder| builder.tenant("t1")).await;
    let two = Scene::with("https://id.example/t2", pages(), |builder| builder.tenant("t2")).await;
    let mut browser = Browser::default();
    browser.sign_in(&one, "/t1/sign-in", "ada", "ada").await;
    browser.sign_in(&two, "/t2/sign-in", "bob", "bob").await;
    // Neither took the place of the other.
    let page = browser.get(&one, "/t1/connected-apps").await;
    assert!(text(&page).contains("<strong>ada</strong>"));
    let page = browser.get(&two, "/t2/connected-apps").await;
    assert!(text(&page).contains("<strong>bob</strong>"));
    // And neither passes for the other, though one key signs both: issuer and tenant both count.
    let stolen = browser.cookies["__Host-oauth-session.t1"].clone();
    for (path, tenant, passes) in [("t1", "t1", true), ("t1", "t2", false), ("t2", "t1", false)] {
        let issuer = format!("https://id.example/{path}");
        let scene = Scene::with(&issuer, pages(), |builder| builder.tenant(tenant)).await;
        let mut thief = Browser::default();
        thief.cookies.insert(format!("__Host-oauth-session.{path}"), stolen.clone());
        let response = thief.get(&scene, &format!("/{path}/connected-apps")).await;
        assert_eq!(response.status() == StatusCode::OK, passes, "{path} {tenant}");
    }
}

#[tokio::test]
async fn on_loopback_without_tls_the_cookie_is_plain() {
    let scene = Scene::with("http://127.0.0.1:3000", pages(), |builder| builder).await;
    let response = Browser::default().sign_in(&scene, "/sign-in", "ada", "ada").await;
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("oauth-session-3000="), "{cookie}");
    assert!(!cookie.contains("Secure"));
}

#[tokio::test]
async fn signing_out_takes_the_cookie() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&browser.get(&scene, "/connected-apps").await, "csrf");
    let response = browser.post(&scene, "/sign-out", &[("csrf", "x")]).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let response = browser.post(&scene, "/sign-out", &[("csrf", &csrf)]).await;
    assert!(text(&response).contains("You are signed out"));
    assert!(!browser.cookies.contains_key(SESSION));
    // Posted once more, it is still true.
    let response = browser.post(&scene, "/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(response.status(), StatusCode::OK);
}

/// Where a browser does not say where a form is from, its cookies do: they stay at home.
#[tokio::test]
async fn a_form_without_the_cookie_takes_none_away() {
    let scene = Scene::new().await;
    for headers in [&[("origin", "null")][..], &[]] {
        let response = Browser::default().post_with(&scene, "/sign-out", &[], headers).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(!response.headers().contains_key(header::SET_COOKIE), "{response:?}");
    }
}

#[tokio::test]
async fn handlers_of_the_host_may_ask_and_begin() {
    let pages = pages();
    let sessions = pages.cookie_sessions();
    let scene = Scene::with("https://id.example", pages, |builder| builder).await;
    let context = scene.server.context().unwrap();
    let begun = sessions.begin(&context, &"user-eve".into(), "Eve").unwrap();
    let cookie = begun.to_str().unwrap().split(';').next().unwrap();
    let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())]);
    let eve = sessions.current(&context, &headers).await.unwrap().unwrap();
    assert_eq!((eve.subject.as_str(), &*eve.account), ("user-eve", "Eve"));
    assert_eq!(eve.auth_time, context.now());
    let mut browser = Browser::default();
    browser.cookies.insert(SESSION.to_owned(), cookie.split_once('=').unwrap().1.to_owned());
    let page = browser.get(&scene, &authorize("spa", "&scope=read")).await;
    assert!(text(&page).contains("Eve"));
}

#[tokio::test]
async fn without_a_key_one_is_drawn() {
    let drawn = || oauth_core_pages::Pages::new(crate::scene::TwoUsers);
    let one = Scene::with("https://id.example", drawn(), |builder| builder).await;
    let two = Scene::with("https://id.example", drawn(), |builder| builder).await;
    let mut browser = Browser::signed_in(&one, "ada").await;
    assert_eq!(browser.get(&one, "/connected-apps").await.status(), StatusCode::OK);
    assert_eq!(
        location(&browser.get(&two, "/connected-apps").await),
        "/sign-in?return_to=%2Fconnected-apps"
    );
}
