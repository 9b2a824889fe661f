//! Hosts that have pages and sessions of their own.

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use oauth_core::{context::Context, error::Error};
use oauth_core_pages::{Pages, Sessions, SignedIn};

use crate::scene::{Browser, ISSUER, Scene, answer, authorize, field, location, pages, text};

/// Sessions of the host: the cookie `sid` is the name of the user.
#[derive(Debug)]
struct OwnSessions;

#[async_trait]
impl Sessions for OwnSessions {
    async fn current(
        &self,
        context: &Context,
        headers: &HeaderMap,
    ) -> Result<Option<SignedIn>, Error> {
        let cookie = headers.get("cookie").and_then(|value| value.to_str().ok());
        let sid = cookie.and_then(|text| text.split("; ").find_map(|c| c.strip_prefix("sid=")));
        Ok(sid.map(|sid| SignedIn {
            subject: sid.into(),
            account: sid.to_uppercase(),
            auth_time: context.now(),
            session_id: format!("session of {sid}"),
        }))
    }
}

fn paths(scene: &Scene) -> Vec<String> {
    let own = ["/sign-in", "/sign-out", "/authorize", "/connected-apps"];
    let mounts = scene.server.mounts();
    let paths = mounts.iter().map(|mount| mount.path().to_owned());
    paths.filter(|path| own.contains(&path.as_str())).collect()
}

#[tokio::test]
async fn sessions_of_the_host_serve_consent() {
    let pages = Pages::with_sessions(OwnSessions, "/my/login?from=oauth");
    let scene = Scene::with(ISSUER, pages, |builder| builder).await;
    assert_eq!(paths(&scene), ["/authorize", "/connected-apps"]);
    let mut browser = Browser::default();
    let request = authorize("spa", "&scope=read");
    let response = browser.get(&scene, &request).await;
    assert!(location(&response).starts_with("/my/login?from=oauth&return_to=%2Fauthorize%3F"));
    browser.cookies.insert("sid".to_owned(), "eve".to_owned());
    let page = browser.get(&scene, &request).await;
    assert!(text(&page).contains("EVE") && !text(&page).contains("/sign-out"));
    let token = field(&page, "consent");
    let form = [("consent", &*token), ("decision", "allow")];
    let mut other = Browser::default();
    other.cookies.insert("sid".to_owned(), "mallory".to_owned());
    assert_eq!(other.post(&scene, &request, &form).await.status(), StatusCode::FORBIDDEN);
    assert!(answer(&browser.post(&scene, &request, &form).await, "code").is_some());
}

#[tokio::test]
async fn every_page_can_be_left_out() {
    let scene = Scene::with(ISSUER, pages().without_sign_in("/my/login"), |b| b).await;
    assert_eq!(paths(&scene), ["/authorize", "/connected-apps", "/sign-out"]);
    let mut browser = Browser::default();
    let response = browser.get(&scene, "/connected-apps").await;
    assert_eq!(location(&response), "/my/login?return_to=%2Fconnected-apps");

    let pages = pages().without_consent().without_connected_apps().without_error_page();
    let scene = Scene::with(ISSUER, pages, |b| b.authorize_path("/my/authorize")).await;
    assert_eq!(paths(&scene), ["/sign-in", "/sign-out"]);
    let to = "/my/authorize?client_id=spa";
    let address = format!("/sign-in?return_to={}", "%2Fmy%2Fauthorize%3Fclient_id%3Dspa");
    let mut browser = Browser::default();
    assert_eq!(location(&browser.sign_in(&scene, &address, "ada", "ada").await), to);
    // Nothing waits, and there is no page to go to: it is said that they are signed in.
    let page = browser.get(&scene, "/sign-in").await;
    assert!(text(&page).contains("You are signed in"));
    let page = browser.post(&scene, "/sign-out", &[("csrf", "x")]).await;
    assert!(text(&page).contains("<h1>This did not work</h1>"));
}
