//! Consent.

use http::StatusCode;

use oauth_core::{
    model::{Client, Resource, ResourceId, Tenant},
    store::{ClientRegistry as _, ClientStore as _},
};

use crate::scene::{
    Browser, CHALLENGE, ISSUER, Scene, answer, assert_refused, authorize, field, location, pages,
    text,
};

#[tokio::test]
async fn it_asks_and_allows() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("spa", "&scope=read+write");
    let page = browser.get(&scene, &request).await;
    for part in ["Spa", "https://app.example", "read", "write", "ada"] {
        assert!(text(&page).contains(part), "{part}");
    }
    let response = browser.decide(&scene, &request, "allow").await;
    assert!(answer(&response, "code").is_some());
    assert_eq!(answer(&response, "state").unwrap(), "xyz");
    assert_eq!(answer(&response, "iss").unwrap(), "https://id.example");
    assert_eq!(scene.allowed_by("user-ada").await, ["read write"]);
}

#[tokio::test]
async fn it_says_where_the_application_wants_to_use_it() {
    let photos = Resource::new(ResourceId::parse("https://photos.example").unwrap());
    let mail = ResourceId::parse("https://mail.example/api").unwrap();
    let scene = Scene::with(ISSUER, pages(), |builder| {
        builder.resource(photos.name("My <photos>")).resource(Resource::new(mail))
    });
    let scene = scene.await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let anywhere = authorize("spa", "&scope=read");
    assert!(!text(&browser.get(&scene, &anywhere).await).contains("It can do so at"));
    // The slash is what clients add that keep the identifier as a URL.
    let at = "&scope=read&resource=https://photos.example/&resource=https://mail.example/api";
    let page = browser.get(&scene, &authorize("spa", at)).await;
    let said =
        "It can do so at <bdi>My &#60;photos&#62;</bdi>, <bdi>https://mail.example/api</bdi>.";
    assert!(text(&page).contains(said), "{}", text(&page));
}

#[tokio::test]
async fn an_answer_to_a_program_on_the_device_is_one_whatever_its_scheme() {
    let scene = Scene::new().await;
    let client = Client::public("native").native().name("Native").scope("read");
    let client = client.redirect_uri("com.example.app:/cb").build().unwrap();
    scene.store.inner().register(&Tenant::default(), &client).await.unwrap();
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("native", "&scope=read");
    let request = request.replace("https://app.example/cb", "com.example.app:/cb");
    let page = browser.get(&scene, &request).await;
    for part in ["com.example.app:<", "device in front of you"] {
        assert!(text(&page).contains(part), "{part}");
    }
    let page = browser.get(&scene, &authorize("spa", "&scope=read")).await;
    assert!(!text(&page).contains("device in front of you"));
}

#[tokio::test]
async fn csr_001_csr_004_only_the_form_of_this_session_and_request_counts() {
    let scene = Scene::new().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let request = authorize("spa", "&scope=read");
    let token = field(&ada.get(&scene, &request).await, "consent");
    let forms: [&[(&str, &str)]; 3] = [
        &[("decision", "allow")],
        &[("decision", "allow"), ("consent", "missing")],
        &[("decision", "allow"), ("consent", "AAAAAAAAAAAAAAAAAAAAAA.AAAA")],
    ];
    for form in forms {
        let response = ada.post(&scene, &request, form).await;
        assert_refused(&response, StatusCode::FORBIDDEN);
    }
    let form = [("decision", "allow"), ("consent", &*token)];
    // Another request, another person, another session of the same person, another site.
    let other = authorize("spa", "&scope=read+write");
    assert_refused(&ada.post(&scene, &other, &form).await, StatusCode::FORBIDDEN);
    for name in ["bob", "ada"] {
        let mut browser = Browser::signed_in(&scene, name).await;
        assert_refused(&browser.post(&scene, &request, &form).await, StatusCode::FORBIDDEN);
    }
    let evil = [("sec-fetch-site", "cross-site")];
    let response = ada.post_with(&scene, &request, &form, &evil).await;
    assert_refused(&response, StatusCode::FORBIDDEN);
    // Nobody at all signs in first.
    let response = Browser::default().post(&scene, &request, &form).await;
    assert!(location(&response).starts_with("/sign-in?"));
    assert!(scene.allowed_by("user-ada").await.is_empty());
    assert!(answer(&ada.post(&scene, &request, &form).await, "code").is_some());
}

/// What the request leaves out, the client's record says, and that may change meanwhile.
#[tokio::test]
async fn csr_004_what_was_not_shown_is_not_allowed() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = format!(
        "/authorize?response_type=code&client_id=spa&scope=read&code_challenge={CHALLENGE}\
         &code_challenge_method=S256"
    );
    let form = |page: &_| [("decision", "allow".to_owned()), ("consent", field(page, "consent"))];
    let page = browser.get(&scene, &request).await;
    assert!(text(&page).contains("https://app.example"));
    let (tenant, spa) = (Tenant::default(), "spa".into());
    for changed in [
        Client::public("spa").name("Spa").redirect_uri("https://evil.example/cb"),
        Client::public("spa").name("Bank").redirect_uri("https://app.example/cb"),
    ] {
        let seen = scene.store.find(&tenant, &spa).await.unwrap().unwrap();
        let changed = changed.scope("read write").build().unwrap();
        assert!(scene.store.replace(&tenant, &seen, &changed).await.unwrap());
        let form = form(&page);
        let form = [(form[0].0, &*form[0].1), (form[1].0, &*form[1].1)];
        let response = browser.post(&scene, &request, &form).await;
        assert_refused(&response, StatusCode::FORBIDDEN);
    }
    assert!(scene.allowed_by("user-ada").await.is_empty());
    // What is shown now can be allowed.
    let response = browser.decide(&scene, &request, "allow").await;
    assert!(answer(&response, "code").is_some());
}

/// Nothing chosen is not everything.
#[tokio::test]
async fn a_form_with_nothing_chosen_allows_nothing() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("spa", "&scope=read+write");
    let token = field(&browser.get(&scene, &request).await, "consent");
    let form = [("decision", "allow"), ("consent", &*token), ("scope", "")];
    assert_refused(&browser.post(&scene, &request, &form).await, StatusCode::BAD_REQUEST);
    assert!(scene.allowed_by("user-ada").await.is_empty());
}

#[tokio::test]
async fn csr_010_a_form_counts_once() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("spa", "&scope=read");
    let token = field(&browser.get(&scene, &request).await, "consent");
    let form = [("decision", "allow"), ("consent", &*token)];
    let first = browser.post(&scene, &request, &form).await;
    assert!(answer(&first, "code").is_some());
    assert_eq!(first.headers()["referrer-policy"], "no-referrer");
    assert_refused(&browser.post(&scene, &request, &form).await, StatusCode::BAD_REQUEST);
    assert_eq!(scene.allowed_by("user-ada").await.len(), 1);
}

#[tokio::test]
async fn csr_011_denied_is_denied() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("spa", "&scope=read");
    let token = field(&browser.get(&scene, &request).await, "consent");
    let [deny, allow] = ["deny", "allow"].map(|it| [("decision", it), ("consent", &*token)]);
    let response = browser.post(&scene, &request, &deny).await;
    assert_eq!(answer(&response, "error").unwrap(), "access_denied");
    assert_eq!(answer(&response, "code"), None);
    assert!(scene.allowed_by("user-ada").await.is_empty());
    // Nothing was written: whoever has said no may still say yes, once.
    let response = browser.post(&scene, &request, &allow).await;
    assert!(answer(&response, "code").is_some());
    assert_refused(&browser.post(&scene, &request, &allow).await, StatusCode::BAD_REQUEST);
    assert_eq!(scene.allowed_by("user-ada").await, ["read"]);
}

#[tokio::test]
async fn aut_041_the_form_names_nothing_that_was_not_asked_for() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("spa", "&scope=read+write");
    let token = field(&browser.get(&scene, &request).await, "consent");
    let mut form = [("decision", "allow"), ("consent", &*token), ("scope", "read admin")];
    assert_refused(&browser.post(&scene, &request, &form).await, StatusCode::BAD_REQUEST);
    assert!(scene.allowed_by("user-ada").await.is_empty());
    form[2].1 = "read";
    assert!(answer(&browser.post(&scene, &request, &form).await, "code").is_some());
    assert_eq!(scene.allowed_by("user-ada").await, ["read"]);
}

#[tokio::test]
async fn anything_else_is_no_decision() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    for decision in ["", "yes", "ALLOW"] {
        let response = browser.decide(&scene, &authorize("spa", "&scope=read"), decision).await;
        assert_refused(&response, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_request_by_post_becomes_one_by_get() {
    let scene = Scene::new().await;
    let form = [("client_id", "spa"), ("response_type", "code")];
    let cross_site = [("sec-fetch-site", "cross-site"), ("origin", "https://app.example")];
    let mut browser = Browser::default();
    let response = browser.post_with(&scene, "/authorize", &form, &cross_site).await;
    assert_eq!(location(&response), "/authorize?client_id=spa&response_type=code");
}

#[tokio::test]
async fn another_account_signs_out_and_comes_back() {
    let scene = Scene::new().await;
    let mut browser = Browser::signed_in(&scene, "ada").await;
    let request = authorize("spa", "&scope=read");
    let page = browser.get(&scene, &request).await;
    let form = [("csrf", &*field(&page, "csrf")), ("return_to", &*field(&page, "return_to"))];
    let response = browser.post(&scene, "/sign-out", &form).await;
    assert_eq!(location(&response), request);
    let response = browser.get(&scene, &request).await;
    assert!(location(&response).starts_with("/sign-in?return_to="));
}
