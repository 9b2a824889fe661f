//! Editing.

use http::StatusCode;
use oauth_core::{
    model::{Client, Scope, Tenant},
    store::ClientRegistry as _,
};

use super::{URI, edit, is_accepted, register, registered, scene};
use crate::scene::{Browser, assert_refused, authorize, field, location, text};

#[tokio::test]
async fn what_is_on_the_form_changes_and_the_rest_stays() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    let before = registered(&scene, &app.client_id).await.unwrap();
    // What only the host can have given it.
    let seen = before;
    let mut before = Client::clone(&seen);
    before.dialect.dangerous_pkce_optional = true;
    before.disabled = true;
    before.scope = Scope::parse("admin read").unwrap();
    before.extra.insert("plan".to_owned(), "gold".into());
    assert!(scene.store.inner().replace(&Tenant::default(), &seen, &before).await.unwrap());

    let page = ada.get(&scene, &edit(&app.client_id)).await;
    for part in
        ["My app", URI, "Web server app", "Switched off", r#""scope:read" value="on" checked"#]
    {
        assert!(text(&page).contains(part), "{part}");
    }
    assert!(!text(&page).contains("admin"));
    let form = [
        ("csrf", &*field(&page, "csrf")),
        ("client_id", &*app.client_id),
        ("name", "Renamed"),
        ("redirect_uris", "https://new.example/cb"),
        ("scope:write", "on"),
        ("scope:admin2", "on"),
        ("kind", "browser"),
        ("owner", "user-bob"),
    ];
    let saved = location(&ada.post(&scene, "/apps/edit", &form).await).to_owned();
    assert!(text(&ada.get(&scene, &saved).await).contains("Your changes were saved"));
    let after = registered(&scene, &app.client_id).await.unwrap();
    assert_eq!(after.client_name.as_deref(), Some("Renamed"));
    assert_eq!(after.redirect_uris.len(), 1);
    assert_eq!(after.scope.as_str(), "admin write");
    let same = |client: &Client| {
        let mut json = serde_json::to_value(client).unwrap();
        for name in ["client_name", "redirect_uris", "scope"] {
            json.as_object_mut().unwrap().remove(name);
        }
        json
    };
    assert_eq!(same(&before), same(&after));
}

#[tokio::test]
async fn what_was_taken_away_is_refused() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "browser").await;
    let request = authorize(&app.client_id, "&scope=read");
    assert_eq!(ada.get(&scene, &request).await.status(), StatusCode::OK);
    let csrf = field(&ada.get(&scene, &edit(&app.client_id)).await, "csrf");
    let uris = format!("{URI}\r\nhttps://new.example/cb");
    let mut form = vec![
        ("csrf", &*csrf),
        ("client_id", &*app.client_id),
        ("name", "a"),
        ("redirect_uris", &uris),
    ];
    ada.post(&scene, "/apps/edit", &form).await;
    // Nobody but its owner has looked at it, so it hears of that by a link.
    let response = ada.get(&scene, &request).await;
    assert!(text(&response).contains("error=invalid_scope"));
    form[3].1 = "https://new.example/cb";
    form.push(("scope:read", "on"));
    ada.post(&scene, "/apps/edit", &form).await;
    assert_refused(&ada.get(&scene, &request).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_changed() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let app = register(&scene, &mut ada, "server").await;
    let csrf = field(&ada.get(&scene, &edit(&app.client_id)).await, "csrf");
    let mut form = [
        ("csrf", &*csrf),
        ("client_id", &*app.client_id),
        ("name", "Renamed"),
        ("redirect_uris", "com.example.app:/cb"),
    ];
    let page = ada.post(&scene, "/apps/edit", &form).await;
    assert_refused(&page, StatusCode::BAD_REQUEST);
    let (_, fault) = text(&page).split_once("id=\"redirect-uris-fault\">").unwrap();
    assert!(fault.contains("Begin with https://"));
    assert!(
        text(&page).contains("value=\"Renamed\"")
            && text(&page).contains("com.example.app:/cb</textarea>")
    );
    // The way to a new secret is still there, and the heading is what is registered.
    assert!(
        text(&page).contains("/apps/rotate") && text(&page).contains("<h1><bdi>My app</bdi></h1>")
    );
    form[3].1 = "";
    let page = ada.post(&scene, "/apps/edit", &form).await;
    assert!(text(&page).contains("Enter at least one redirect URI."));
    let client = registered(&scene, &app.client_id).await.unwrap();
    assert_eq!(client.client_name.as_deref(), Some("My app"));
    assert!(is_accepted(&scene, &app, app.secret.as_deref().unwrap()).await);
}

#[tokio::test]
async fn nobody_else_says_that_something_was_done() {
    let scene = scene().await;
    let mut ada = Browser::signed_in(&scene, "ada").await;
    let csrf = field(&ada.get(&scene, "/apps").await, "csrf");
    for query in ["saved=1", "deleted=1", "deleted", &format!("deleted={csrf}")] {
        let page = ada.get(&scene, &format!("/apps?{query}")).await;
        assert!(!text(&page).contains("role=\"status\""), "{query}");
    }
}
