//! Whoever it does not belong to.

use http::StatusCode;

use super::{URI, edit, entered, register, registered, scene};
use crate::scene::{Browser, Scene, assert_refused, field, field_of, location, text};

/// Tokens of this browser for editing, rotating and deleting, with the forms that they are for.
async fn tokens(scene: &Scene, browser: &mut Browser, own: &str) -> [(&'static str, String); 3] {
    let page = browser.get(scene, &edit(own)).await;
    let delete = browser.get(scene, &format!("/apps/delete?client_id={own}")).await;
    [
        ("/apps/edit", field_of(&page, "/apps/edit", "csrf")),
        ("/apps/rotate", field_of(&page, "/apps/rotate", "csrf")),
        ("/apps/delete", field_of(&delete, "/apps/delete", "csrf")),
    ]
}

#[tokio::test]
async fn somebody_elses_is_none() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let adas = register(&scene, &mut ada, "server").await;
    let mut bob = Browser::signed_in(&scene, "bob").await;
    let bobs = register(&scene, &mut bob, "server").await;
    assert!(!text(&bob.get(&scene, "/apps").await).contains(&adas.client_id));
    let tokens = tokens(&scene, &mut bob, &bobs.client_id).await;
    let before =
        serde_json::to_value(registered(&scene, &adas.client_id).await.as_deref()).unwrap();
    let mut bodies = Vec::new();
    // Ada's, one that nobody owns, one that does not exist, and none.
    for client_id in [&*adas.client_id, "web", "unknown", ""] {
        for page in ["edit", "delete"] {
            let response = bob.get(&scene, &format!("/apps/{page}?client_id={client_id}")).await;
            assert_refused(&response, StatusCode::NOT_FOUND);
            bodies.push(response.into_body());
        }
        for (path, csrf) in &tokens {
            let form = [
                ("csrf", &**csrf),
                ("client_id", client_id),
                ("name", "Mine"),
                ("redirect_uris", URI),
            ];
            let response = bob.post(&scene, path, &form).await;
            assert_refused(&response, StatusCode::NOT_FOUND);
            bodies.push(response.into_body());
        }
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "one page for all");
    let after = serde_json::to_value(registered(&scene, &adas.client_id).await.as_deref()).unwrap();
    assert_eq!(before, after);
    assert!(registered(&scene, "web").await.is_some());
}

#[tokio::test]
async fn a_form_of_another_session_or_site_is_refused() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    let mut other = Browser::signed_in(&scene, "ada").await;
    let new = field(&ada.get(&scene, "/apps/new").await, "csrf");
    let mut forms = tokens(&scene, &mut ada, &app.client_id).await.to_vec();
    forms.push(("/apps/new", new));
    for (path, csrf) in &forms {
        let mut form = entered("server", csrf);
        form.push(("client_id", &app.client_id));
        let response = other.post(&scene, path, &form).await;
        assert_refused(&response, StatusCode::FORBIDDEN);
        for headers in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            let response = ada.post_with(&scene, path, &form, &[headers]).await;
            assert_refused(&response, StatusCode::FORBIDDEN);
        }
        assert_refused(&ada.post(&scene, path, &form[1..]).await, StatusCode::FORBIDDEN);
        // The token of one form is nothing in another.
        for (_, token) in forms.iter().filter(|(own, _)| own != path) {
            form[0].1 = token;
            assert_refused(&ada.post(&scene, path, &form).await, StatusCode::FORBIDDEN);
        }
        let mut signed_out = Browser::default();
        let response = signed_out.post(&scene, path, &form).await;
        assert!(location(&response).starts_with("/sign-in?return_to=%2Fapps"), "{path}");
    }
    let client = registered(&scene, &app.client_id).await.unwrap();
    assert_eq!((client.secrets.len(), client.redirect_uris.len()), (1, 1));
    assert_eq!(text(&ada.get(&scene, "/apps").await).matches("<h2>").count(), 1);
}

#[tokio::test]
async fn whoever_is_signed_out_signs_in_and_comes_back() {
    let scene = scene().await;
    let mut browser = Browser::default();
    for (address, back) in [
        ("/apps", "/apps"),
        ("/apps/new", "/apps/new"),
        ("/apps/edit?client_id=a", "/apps"),
        ("/apps/delete?client_id=a", "/apps"),
    ] {
        let response = browser.get(&scene, address).await;
        let sign_in = location(&response).to_owned();
        let response = Browser::default().sign_in(&scene, &sign_in, "ada", "ada").await;
        assert_eq!(location(&response), back, "{address}");
    }
}

#[tokio::test]
async fn red_035_it_returns_to_nothing_but_the_pages() {
    let scene = scene().await;
    for to in [
        "/apps/",
        "/apps%3Fdeleted=x",
        "/apps/edit",
        "/apps/edit%3Fclient_id=a",
        "/apps/delete",
        "/apps/rotate",
        "/sign-out",
        "//evil.example/apps",
        "/apps%2F..%2F..%2Fevil",
        "/%5cevil/apps",
        "https://evil.example/apps",
        "/apps%23",
    ] {
        let address = format!("/sign-in?return_to={to}");
        let response = Browser::default().sign_in(&scene, &address, "ada", "ada").await;
        assert_eq!(location(&response), "/connected-apps", "{to}");
    }
}
