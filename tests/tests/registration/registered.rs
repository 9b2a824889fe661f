//! What is registered works.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use oauth_core::{
    context::Context,
    endpoint::registration::InitialAccess,
    model::{Digest, Secret},
    store::StoreError,
};
use oauth_core_tests::{
    scenarios,
    world::{As, params, refresh_for},
};
use reqwest::Method;
use serde_json::json;

use crate::{
    CALLBACK, asks, code_for, confidential, created, manage, public, public_tokens, register, text,
    with, world,
};

/// Admits whoever comes first, and counts who was looked at.
#[derive(Clone, Debug, Default)]
struct OneUse(Arc<AtomicU32>);

#[async_trait]
impl InitialAccess for OneUse {
    async fn admits(&self, _: &Context, _: &Digest) -> Result<bool, StoreError> {
        Ok(self.0.fetch_add(1, Ordering::SeqCst) == 0)
    }
}

scenarios! {
    async fn a_public_client_registers_and_gets_tokens(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let metadata = world.send(world.request(Method::GET, "/.well-known/oauth-authorization-server"));
        assert_eq!(metadata.await.text("registration_endpoint"), "https://as.example/register");
        let known = created(&register(&world, &public()).await);
        let id = text(&known, "client_id");
        assert_eq!(known["token_endpoint_auth_method"], "none");
        assert_eq!(known["client_id_issued_at"], 1_790_000_000);
        assert_eq!(known["response_types"], json!(["code"]));
        assert_eq!(known["scope"], "read write api openid offline_access");
        assert!(known.get("client_secret").is_none() && known.get("client_secret_expires_at").is_none());
        let uri = format!("https://as.example/register/{id}");
        assert_eq!(text(&known, "registration_client_uri"), uri);
        let tokens = public_tokens(&world, id).await;
        let answer = world.token(As::Public(id), &refresh_for(&tokens.refresh)).await;
        let access = answer.is_ok().text("access_token");
        assert!(world.is_active(&access).await);
        assert!(world.events.heard(&format!("Registered {{ client: \"{id}\", what: \"registered\"")));
    }

    async fn a_client_with_a_secret_is_told_it_once(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let known = created(&register(&world, &confidential()).await);
        assert_eq!(known["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(known["client_secret_expires_at"], 0);
        let (id, secret) = (text(&known, "client_id"), text(&known, "client_secret"));
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(id.chars().chain(secret.chars()).all(plain) && secret.len() >= 43);
        let code = world.code_of(id, CALLBACK, "read").await;
        world.token(As::BasicWith(id, "wrong"), &code_for(&code)).await.refused(401, "invalid_client");
        world.token(As::BasicWith(id, secret), &code_for(&code)).await.is_ok();
        let post = with(confidential(), "token_endpoint_auth_method", json!("client_secret_post"));
        let known = created(&register(&world, &post).await);
        let (id, secret) = (text(&known, "client_id"), text(&known, "client_secret"));
        let code = world.code_of(id, CALLBACK, "read").await;
        let mut form = code_for(&code);
        form.extend(params([("client_id", id), ("client_secret", secret)]));
        world.token(As::Nobody, &form).await.is_ok();
        // No secret is in the store, and none is told again.
        let token = text(&known, "registration_access_token");
        for live in [secret, token] {
            assert!(!String::from_utf8_lossy(&world.dump().await).contains(live));
        }
        let read = manage(&world, Method::GET, id, token, None).await;
        assert!(read.json().get("client_secret").is_none());
    }

    async fn a_secret_ends_when_the_answer_said(setup) {
        let world = world(setup, |registration| registration.open().secret_lifetime(100)).await;
        let known = created(&register(&world, &confidential()).await);
        assert_eq!(known["client_secret_expires_at"], 1_790_000_100);
        let (id, secret) = (text(&known, "client_id"), text(&known, "client_secret"));
        let token = text(&known, "registration_access_token");
        world.clock.advance(100);
        let code = world.code_of(id, CALLBACK, "read").await;
        world.token(As::BasicWith(id, secret), &code_for(&code)).await.refused(401, "invalid_client");
        let body = with(confidential(), "client_id", json!(id));
        let changed = manage(&world, Method::PUT, id, token, Some(&body)).await;
        let changed = changed.is_ok().json();
        assert_eq!(changed["client_secret_expires_at"], 1_790_000_200);
        let code = world.code_of(id, CALLBACK, "read").await;
        let secret = text(&changed, "client_secret");
        world.token(As::BasicWith(id, secret), &code_for(&code)).await.is_ok();
    }

    async fn a_native_application_comes_back_on_any_port(setup) {
        let world = world(setup, |registration| registration.open()).await;
        // As clients of the Model Context Protocol do: no application_type, and what they lack as null.
        let metadata = json!({
            "client_name": "Editor", "client_uri": null, "logo_uri": "", "scope": null, "contacts": null,
            "redirect_uris": ["http://127.0.0.1/cb", "http://localhost:33418/"],
            "grant_types": ["authorization_code", "refresh_token",
                            "urn:ietf:params:oauth:grant-type:device_code"],
            "response_types": ["code"], "token_endpoint_auth_method": "none", "x_own": [1],
        });
        let known = created(&register(&world, &metadata).await);
        assert_eq!(known["application_type"], "native");
        assert_eq!(known["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert!(known.get("x_own").is_none());
        let id = text(&known, "client_id");
        for callback in ["http://127.0.0.1:51004/cb", "http://localhost:40000/"] {
            let code = world.code_of(id, callback, "read").await;
            let params = oauth_core_tests::world::with(code_for(&code), "redirect_uri", callback);
            world.token(As::Public(id), &params).await.is_ok();
        }
    }

    async fn the_same_client_from_the_same_address_is_the_same_client(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let first = created(&register(&world, &public()).await);
        let (id, token) = (text(&first, "client_id"), text(&first, "registration_access_token"));
        manage(&world, Method::GET, id, token, None).await.is_ok();
        let again = created(&register(&world, &public()).await);
        assert_eq!(text(&again, "client_id"), id);
        // Two may share it now, so neither may change it.
        assert!(again.get("registration_access_token").is_none());
        assert!(again.get("registration_client_uri").is_none());
        manage(&world, Method::GET, id, token, None).await.challenge(401, "invalid_token");
        public_tokens(&world, id).await;
        // Another client, another address and another day are another client.
        let other = register(&world, &with(public(), "client_name", json!("Other"))).await;
        assert_ne!(text(&created(&other), "client_id"), id);
        let elsewhere = reqwest::Client::builder().no_proxy()
            .local_address(Some(Ipv4Addr::new(127, 0, 0, 2).into()))
            .build().expect("a client")
            .post(format!("http://{}/register", world.address()));
        assert_ne!(text(&created(&world.send(elsewhere.json(&public())).await), "client_id"), id);
        world.clock.advance(24 * 60 * 60);
        assert_ne!(text(&created(&register(&world, &public()).await), "client_id"), id);
        // A client with a secret is always a new one.
        let ids = [register(&world, &confidential()).await, register(&world, &confidential()).await];
        assert_ne!(created(&ids[0])["client_id"], created(&ids[1])["client_id"]);
    }

    async fn a_client_that_has_changed_is_not_the_same_client(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let first = created(&register(&world, &public()).await);
        let (id, token) = (text(&first, "client_id"), text(&first, "registration_access_token"));
        let body = with(public(), "redirect_uris", json!(["https://moved.example/cb"]));
        let body = with(body, "client_id", json!(id));
        manage(&world, Method::PUT, id, token, Some(&body)).await.is_ok();
        let again = created(&register(&world, &public()).await);
        assert_ne!(text(&again, "client_id"), id);
        asks(&world, text(&again, "client_id")).await.redirected(CALLBACK);
        // And the one that moved keeps its token.
        manage(&world, Method::GET, id, token, None).await.is_ok();
    }

    async fn an_initial_access_token_lets_its_holder_register(setup) {
        let token = Secret::new("initial-0123456789abcdefghijklmnopqrstuvwxyz");
        let world = world(setup, move |registration| registration.initial_access_token(&token)).await;
        let send = |token: &'static str| {
            world.send(world.request(Method::POST, "/register").bearer_auth(token).json(&public()))
        };
        send("initial-wrong").await.challenge(401, "invalid_token");
        created(&send("initial-0123456789abcdefghijklmnopqrstuvwxyz").await);
    }

    async fn a_token_for_one_use_is_not_spent_by_what_cannot_be_registered(setup) {
        let tokens = OneUse::default();
        let own = tokens.clone();
        let world = world(setup, move |registration| registration.initial_access(own)).await;
        let request = || world.request(Method::POST, "/register").bearer_auth("one-use");
        let send = |request| world.send(request);
        send(request().body("{}").header("content-type", "text/plain")).await
            .refused(400, "invalid_client_metadata");
        for (member, value, error) in [
            ("redirect_uris", json!(["javascript:alert(1)"]), "invalid_redirect_uri"),
            ("client_uri", json!("http://c.example/"), "invalid_client_metadata"),
            ("scope", json!("admin"), "invalid_client_metadata"),
        ] {
            let asked = with(public(), member, value);
            send(request().json(&asked)).await.refused(400, error);
        }
        assert_eq!(tokens.0.load(Ordering::SeqCst), 0, "it was not looked at");
        created(&send(request().json(&public())).await);
        send(request().json(&public())).await.challenge(401, "invalid_token");
        let nothing = send(world.request(Method::POST, "/register").json(&public())).await;
        nothing.challenge(401, "invalid_token");
        let two = request().header("authorization", "Bearer other").json(&public());
        send(two).await.challenge(400, "invalid_request");
    }

    async fn browser_applications_register_across_origins(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let preflight = world.request(Method::OPTIONS, "/register")
            .header("origin", "https://spa.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = world.send(preflight).await;
        assert_eq!(answer.header("access-control-allow-origin"), "https://spa.example");
        assert!(answer.header("access-control-allow-headers").contains("content-type"));
    }
}
