//! Consent that was given before.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::FutureExt as _;
use http::StatusCode;
use oauth_core::{
    clock::Timestamp,
    model::{Client, Secret, SecretHash, Tenant},
    random::{Random, RandomFailed, SystemRandom},
    store::{ClientRegistry as _, ClientStore, GrantStore as _, MemoryStore, Revoke},
};
use oauth_core_testkit::FaultyStore;

use crate::scene::{Browser, ISSUER, Scene, answer, authorize, location, pages, store, text};

#[tokio::test]
async fn csr_006_a_new_scope_is_asked_for() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    browser.decide(&scene, &authorize("web", "&scope=read"), "allow").await;
    let more = browser.get(&scene, &authorize("web", "&scope=read+write")).await;
    assert_eq!(more.status(), StatusCode::OK);
    assert!(text(&more).contains("<code>write</code>"));
    browser.decide(&scene, &authorize("web", "&scope=write&prompt=consent"), "allow").await;
    let both = browser.get(&scene, &authorize("web", "&scope=read+write")).await;
    assert!(answer(&both, "code").is_some());
}

#[tokio::test]
async fn only_a_confidential_client_is_remembered() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    for (client, remembered) in [("web", true), ("spa", false)] {
        let request = authorize(client, "&scope=read");
        browser.decide(&scene, &request, "allow").await;
        let again = browser.get(&scene, &request).await;
        assert_eq!(again.status() == StatusCode::SEE_OTHER, remembered, "{client}");
    }
    let mut other = Browser::signed_in(&scene, "bob").await;
    let response = other.get(&scene, &authorize("web", "&scope=read")).await;
    assert_eq!(response.status(), StatusCode::OK);
}

/// Withdraws what Ada has allowed, once, in the moment in which the next grant gets its name.
#[derive(Debug)]
struct Withdraws {
    store: FaultyStore<MemoryStore>,
    armed: Arc<AtomicBool>,
}

impl Random for Withdraws {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        if self.armed.swap(false, Ordering::Relaxed) {
            let what = Revoke::SubjectClient("user-ada".into(), "web".into());
            let at = Timestamp::from_unix(1_772_496_000);
            let store = self.store.inner();
            let revoked = store.revoke(&Tenant::default(), &what, at).now_or_never();
            assert!(matches!(revoked, Some(Ok(1))), "{revoked:?}");
        }
        SystemRandom.fill(bytes)
    }
}

/// Nothing is left that stands on what was withdrawn while it came about.
#[tokio::test]
async fn rac_007_a_withdrawal_ends_what_is_just_being_allowed_again() {
    let (store, armed) = (store().await, Arc::new(AtomicBool::new(false)));
    let random = Withdraws { store: store.clone(), armed: Arc::clone(&armed) };
    let scene = Scene::over(store, ISSUER, pages(), |builder| builder.random(random));
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("web", "&scope=read");
    browser.decide(&scene, &request, "allow").await;
    assert!(answer(&browser.get(&scene, &request).await, "code").is_some());
    for request in [request.clone(), format!("{request}&prompt=none")] {
        let what = Revoke::SubjectClient("user-ada".into(), "web".into());
        let (tenant, at) = (Tenant::default(), Timestamp::from_unix(1_772_496_000));
        scene.store.inner().revoke(&tenant, &what, at).await.unwrap();
        browser.decide(&scene, &authorize("web", "&scope=read"), "allow").await;
        armed.store(true, Ordering::Relaxed);
        let response = browser.get(&scene, &request).await;
        assert!(!armed.load(Ordering::Relaxed), "it was withdrawn");
        let is_asked = response.status() == StatusCode::OK;
        assert!(is_asked || answer(&response, "error").as_deref() == Some("consent_required"));
        assert!(scene.allowed_by("user-ada").await.is_empty());
    }
}

/// RFC 6749 §10.2: nobody has proven to be the client when a token comes by itself.
#[tokio::test]
async fn a_token_in_an_address_is_asked_for_each_time() {
    let scene = Scene::with(ISSUER, pages(), |builder| builder.dangerous_implicit_grant()).await;
    let client = Client::confidential("old", SecretHash::of_generated(&Secret::new("s")))
        .redirect_uri("https://app.example/cb")
        .scope("read")
        .dangerous_implicit_grant();
    scene.store.register(&Tenant::default(), &client.build().unwrap()).await.unwrap();
    let mut browser = Browser::signed_in(&scene, "ada").await;
    browser.decide(&scene, &authorize("old", "&scope=read"), "allow").await;
    let code = browser.get(&scene, &authorize("old", "&scope=read")).await;
    assert_eq!(code.status(), StatusCode::SEE_OTHER);
    let request = "/authorize?response_type=token&client_id=old&scope=read";
    for _ in 0..2 {
        assert_eq!(browser.get(&scene, request).await.status(), StatusCode::OK);
        let allowed = browser.decide(&scene, request, "allow").await;
        assert!(location(&allowed).contains("#access_token="));
    }
    let silent = browser.get(&scene, &format!("{request}&prompt=none")).await;
    assert!(location(&silent).contains("#error=consent_required"));
}

#[tokio::test]
async fn what_was_taken_back_or_is_over_is_asked_for_again() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("web", "&scope=read");
    browser.decide(&scene, &request, "allow").await;
    let grants = scene.server.grants().unwrap();
    grants.revoke_subject_client(&"user-ada".into(), &"web".into()).await.unwrap();
    assert_eq!(browser.get(&scene, &request).await.status(), StatusCode::OK);
    browser.decide(&scene, &request, "allow").await;
    scene.clock.advance(91 * 24 * 60 * 60);
    let mut browser = Browser::signed_in(&scene, "ada").await;
    assert_eq!(browser.get(&scene, &request).await.status(), StatusCode::OK);
}

/// What was allowed was an answer to the host on the page, whoever the client is.
#[tokio::test]
async fn another_host_is_asked_about() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("web", "&scope=read");
    browser.decide(&scene, &request, "allow").await;
    let (tenant, web) = (Tenant::default(), "web".into());
    let seen = ClientStore::find(&scene.store, &tenant, &web).await.unwrap().unwrap();
    let moved = Client::confidential("web", SecretHash::of_generated(&Secret::new("s")))
        .redirect_uri("https://app.example/other")
        .redirect_uri("https://app.example.evil.example/cb")
        .redirect_uri("https://app.example:8443/cb")
        .scope("read write");
    assert!(scene.store.replace(&tenant, &seen, &moved.build().unwrap()).await.unwrap());
    let to = |uri: &str| request.replace("https://app.example/cb", uri);
    let same = browser.get(&scene, &to("https://app.example/other")).await;
    assert_eq!(same.status(), StatusCode::SEE_OTHER);
    for elsewhere in ["https://app.example.evil.example/cb", "https://app.example:8443/cb"] {
        let asked = browser.get(&scene, &to(elsewhere)).await;
        assert_eq!(asked.status(), StatusCode::OK, "{elsewhere}");
        let silent = browser.get(&scene, &format!("{}&prompt=none", to(elsewhere))).await;
        assert!(location(&silent).starts_with(elsewhere), "{}", location(&silent));
        assert!(location(&silent).contains("error=consent_required"));
        browser.decide(&scene, &to(elsewhere), "allow").await;
        let again = browser.get(&scene, &to(elsewhere)).await;
        assert_eq!(again.status(), StatusCode::SEE_OTHER, "{elsewhere}");
    }
}

#[tokio::test]
async fn a_store_that_fails_is_told_to_the_client() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    // The client is found, its grants are not.
    scene.store.fail_call(2, oauth_core_testkit::Fault::Before);
    let response = browser.get(&scene, &authorize("web", "&scope=read")).await;
    assert_eq!(answer(&response, "error").unwrap(), "temporarily_unavailable");
}
