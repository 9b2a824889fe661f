//! Registering.

use http::StatusCode;
use oauth_core::model::ApplicationType;
use oauth_core_pages::Applications;

use super::{
    URI, connect, edit, entered, is_accepted, late::Late, register, registered, scene, shown,
    with_applications,
};
use crate::scene::{Browser, ISSUER, Scene, assert_refused, field, location, pages, store, text};

#[tokio::test]
async fn each_kind_is_registered_and_works() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let page = ada.get(&scene, "/apps").await;
    assert!(text(&page).contains("You have not registered an application"));
    let kinds = [
        ("server", "client_secret_basic", ApplicationType::Web),
        ("browser", "none", ApplicationType::Web),
        ("native", "none", ApplicationType::Native),
    ];
    for (kind, method, application_type) in kinds {
        let app = register(&scene, &mut ada, kind).await;
        let plain =
            |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        assert!(app.client_id.len() >= 22 && plain(&app.client_id));
        assert_eq!(app.secret.is_some(), kind == "server");
        assert!(app.secret.iter().all(|secret| secret.len() == 43 && plain(secret)));
        let client = registered(&scene, &app.client_id).await.unwrap();
        assert_eq!(client.token_endpoint_auth_method, method);
        assert_eq!(client.application_type, application_type);
        assert_eq!(client.owner, Some("user-ada".into()));
        assert_eq!(client.client_name.as_deref(), Some("My app"));
        assert_eq!(client.scope.as_str(), "read");
        assert_eq!(client.redirect_uris[0].as_str(), URI);
        assert!(!client.dialect.dangerous_pkce_optional && client.has_grant_type("refresh_token"));
        assert_eq!(connect(&scene, &mut ada, &app).await, StatusCode::OK);
        // It is shown once and nowhere else.
        for address in ["/apps", &*edit(&app.client_id)] {
            let page = ada.get(&scene, address).await;
            assert!(text(&page).contains(&app.client_id));
            assert!(app.secret.iter().all(|secret| !text(&page).contains(secret)));
        }
    }
    assert_eq!(text(&ada.get(&scene, "/apps").await).matches("<h2>").count(), 3);
}

#[tokio::test]
async fn a_form_registers_once() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let form = entered("server", &csrf);
    let first = shown(&ada.post(&scene, "/apps/new", &form).await);
    let again = ada.post(&scene, "/apps/new", &form).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert!(text(&again).contains("registered already"));
    let known = shown(&again);
    assert_eq!((known.client_id, known.secret), (first.client_id, None));
    assert_eq!(text(&ada.get(&scene, "/apps").await).matches("<h2>").count(), 1);
}

#[tokio::test]
async fn an_answer_that_was_lost_registers_once() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let form = entered("server", &csrf);
    // It is looked for, the others are counted, and the third call registers it.
    scene.store.fail_call(3, oauth_core_testkit::Fault::After);
    let lost = ada.post(&scene, "/apps/new", &form).await;
    assert_refused(&lost, StatusCode::SERVICE_UNAVAILABLE);
    let again = ada.post(&scene, "/apps/new", &form).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert!(text(&again).contains("make a new one"));
}

#[tokio::test]
async fn forms_that_race_register_once() {
    let store = store().await;
    let late = Late::new(store.clone());
    let pages = with_applications(pages(), Applications::new(late.clone()));
    let scene = Scene::over(store, ISSUER, pages, |builder| builder);
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let form = entered("server", &csrf);
    let first = shown(&ada.post(&scene, "/apps/new", &form).await);
    late.overlook_one();
    let second = ada.post(&scene, "/apps/new", &form).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    assert_eq!(shown(&second).client_id, first.client_id);
    assert!(is_accepted(&scene, &first, first.secret.as_deref().unwrap()).await);
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_the_input_stays() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let long = format!("https://a.example/{}", "a".repeat(2100));
    let (many, turned) = ("n".repeat(201), "My \u{202e}app");
    let uris = [
        ("", "Enter at least one redirect URI."),
        ("https://a.example/cb#f", "Leave out the #"),
        ("https://ada@a.example/cb", "Leave out the user name"),
        ("https://a.example/*", "A * does not stand"),
        ("http://a.example/cb", "Begin with https://"),
        ("com.example.app:/cb", "Begin with https://"),
        ("javascript:alert(1)", "Begin with https://"),
        ("https://a.example/cb?state=x", "Leave out query parameters"),
        ("https://A.example/cb", "Enter the whole address"),
        ("/cb", "Enter the whole address"),
        (&long, "Use at most 2048 bytes."),
        ("https://a.example/cb\r\nhttps://a.example/*", "A * does not stand"),
    ];
    let uris = uris.map(|(value, words)| ("redirect_uris", value, "redirect-uris-fault", words));
    let others = [
        ("name", "", "name-fault", "Enter a name."),
        ("name", "  ", "name-fault", "Enter a name."),
        ("name", &many, "name-fault", "at most 200 bytes"),
        ("name", turned, "name-fault", "turn the direction"),
        ("name", "\u{200b}", "name-fault", "something that can be seen"),
        ("kind", "", "kind-fault", "Choose one."),
        ("kind", "trusted", "kind-fault", "Choose one."),
    ];
    for (name, value, id, words) in uris.into_iter().chain(others) {
        let mut form = entered("server", &csrf);
        form.iter_mut().filter(|(own, _)| *own == name).for_each(|(_, own)| *own = value);
        let page = ada.post(&scene, "/apps/new", &form).await;
        assert_refused(&page, StatusCode::BAD_REQUEST);
        let (_, fault) = text(&page).split_once(&format!("id=\"{id}\">")).expect(value);
        assert!(fault.split("</p>").next().unwrap().contains(words), "{value}: {fault}");
        assert_eq!(text(&page).matches("class=\"fault\"").count(), 1, "{value}");
        assert!(text(&page).contains(r#"name="scope:read" value="on" checked"#));
        assert_eq!(text(&page).contains("My app"), name != "name");
        let last = value.lines().last().unwrap_or_default();
        assert!(name != "redirect_uris" || text(&page).contains(&format!("{last}</textarea>")));
    }
    assert!(text(&ada.get(&scene, "/apps").await).contains("You have not registered"));
    // And the same form registers once it is right.
    let page = ada.post(&scene, "/apps/new", &entered("server", &csrf)).await;
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_native_application_has_schemes_of_its_own() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let mut form = entered("native", &csrf);
    form[3].1 = "myapp:/cb";
    let page = ada.post(&scene, "/apps/new", &form).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(text(&page).contains("com.example.app:/callback"));
    form[3].1 = "com.example.app:/cb\r\n\r\n http://127.0.0.1/cb ";
    let app = shown(&ada.post(&scene, "/apps/new", &form).await);
    assert_eq!(registered(&scene, &app.client_id).await.unwrap().redirect_uris.len(), 2);
}

#[tokio::test]
async fn an_owner_has_so_many_and_no_more() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let mut last = None;
    for _ in 0..3 {
        last = Some(register(&scene, &mut ada, "browser").await);
    }
    let page = ada.get(&scene, "/apps").await;
    assert!(text(&page).contains("as many applications") && !text(&page).contains("/apps/new"));
    assert_eq!(location(&ada.get(&scene, "/apps/new").await), "/apps");
    let page = ada.post(&scene, "/apps/new", &entered("server", &csrf)).await;
    assert_refused(&page, StatusCode::BAD_REQUEST);
    assert!(text(&page).contains("role=\"alert\"") && text(&page).contains("My app"));
    // Others have room of their own, and deleting makes room.
    let mut bob = Browser::signed_in(&scene, "bob").await;
    register(&scene, &mut bob, "browser").await;
    let address = format!("/apps/delete?client_id={}", last.unwrap().client_id);
    let token = field(&ada.get(&scene, &address).await, "csrf");
    let id = address.split_once('=').unwrap().1;
    ada.post(&scene, "/apps/delete", &[("csrf", &token), ("client_id", id)]).await;
    register(&scene, &mut ada, "server").await;
}
