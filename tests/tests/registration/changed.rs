//! A client reads, changes and removes itself (RFC 7592).

use oauth_core::{
    model::{ClientId, Tenant},
    store::ClientStore,
};
use oauth_core_tests::{
    World, scenarios,
    world::{As, refresh_for},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    CALLBACK, asks, code_for, confidential, created, information, manage, public, public_tokens,
    register, text, with, world,
};

/// What was answered to a read, as it may be sent back: without what only the server sets.
fn sent_back(mut known: Value) -> Value {
    for ours in [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ] {
        known.as_object_mut().expect("an object").remove(ours);
    }
    known
}

async fn registered(world: &World, metadata: &Value) -> (String, String, Value) {
    let known = created(&register(world, metadata).await);
    let own = |member| text(&known, member).to_owned();
    (own("client_id"), own("registration_access_token"), known)
}

scenarios! {
    async fn a_client_reads_changes_and_removes_itself(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (id, token, known) = registered(&world, &confidential()).await;
        let read = manage(&world, Method::GET, &id, &token, None).await;
        let read = information(read.is_ok());
        assert_eq!(text(&read, "registration_access_token"), token);
        assert_eq!(read["registration_client_uri"], known["registration_client_uri"]);
        assert_eq!(read["redirect_uris"], known["redirect_uris"]);
        let body = with(sent_back(read), "redirect_uris", json!(["https://new.example/cb"]));
        let body = with(body, "client_secret", known["client_secret"].clone());
        let changed = manage(&world, Method::PUT, &id, &token, Some(&body)).await;
        let changed = information(changed.is_ok());
        assert_eq!(changed["redirect_uris"], json!(["https://new.example/cb"]));
        assert!(changed.get("client_secret").is_none(), "the secret stays, and is told once");
        asks(&world, &id).await.page(400, "invalid_request");
        let code = world.code_of(&id, "https://new.example/cb", "read").await;
        let form = oauth_core_tests::world::without(code_for(&code), "redirect_uri");
        world.token(As::BasicWith(&id, text(&known, "client_secret")), &form).await.is_ok();
        let removed = manage(&world, Method::DELETE, &id, &token, None).await;
        assert_eq!((removed.status.as_u16(), removed.body.as_str()), (204, ""));
        assert_eq!(removed.header("cache-control"), "no-store");
        for method in [Method::GET, Method::DELETE] {
            manage(&world, method, &id, &token, None).await.challenge(401, "invalid_token");
        }
        asks(&world, &id).await.page(400, "invalid_client");
    }

    async fn a_client_that_removes_itself_takes_its_tokens_with_it(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (id, token, _) = registered(&world, &public()).await;
        let tokens = public_tokens(&world, &id).await;
        assert!(world.is_active(&tokens.access).await);
        manage(&world, Method::DELETE, &id, &token, None).await;
        assert!(!world.is_active(&tokens.access).await);
        let refreshed = world.token(As::Public(&id), &refresh_for(&tokens.refresh)).await;
        refreshed.refused(401, "invalid_client");
    }

    async fn reg_016_a_token_is_for_its_own_client(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (one, token, _) = registered(&world, &confidential()).await;
        let (two, other, _) = registered(&world, &confidential()).await;
        // No token, another kind of token, a made-up one: nothing happens to anybody.
        let bare = world.request(Method::GET, &format!("/register/{one}"));
        world.send(bare).await.challenge(401, "invalid_token");
        let access = world.machine_token().await;
        let made_up = format!("{one}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        for wrong in [access.as_str(), made_up.as_str(), &one, "."] {
            manage(&world, Method::GET, &one, wrong, None).await.challenge(401, "invalid_token");
        }
        manage(&world, Method::GET, &one, &token, None).await.is_ok();
        // Shown for another client, it ends.
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let body = with(confidential(), "client_id", json!(two));
            let answer = manage(&world, method, &two, &token, Some(&body)).await;
            answer.challenge(401, "invalid_token");
        }
        manage(&world, Method::GET, &one, &token, None).await.challenge(401, "invalid_token");
        manage(&world, Method::GET, &two, &other, None).await.is_ok();
        assert!(world.events.heard("token_revoked"));
    }

    async fn reg_018_a_client_sets_nothing_that_is_the_servers(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (id, token, known) = registered(&world, &confidential()).await;
        let body = with(confidential(), "client_id", json!(id));
        for (member, value) in [
            ("registration_access_token", json!("x")),
            ("registration_client_uri", json!("https://as.example/register/x")),
            ("client_secret_expires_at", json!(0)),
            ("client_id_issued_at", json!(1)),
            ("client_id", json!("other")),
            ("client_id", json!(null)),
            ("client_secret", json!("chosen")),
        ] {
            let body = with(body.clone(), member, value);
            let answer = manage(&world, Method::PUT, &id, &token, Some(&body)).await;
            answer.refused(400, "invalid_client_metadata");
        }
        let read = manage(&world, Method::GET, &id, &token, None).await.json();
        assert_eq!(sent_back(read), {
            let mut known = sent_back(known);
            known.as_object_mut().expect("an object").remove("client_secret");
            known
        });
    }

    async fn reg_019_what_the_host_has_set_survives_a_change(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (id, token, _) = registered(&world, &confidential()).await;
        let (tenant, id_) = (Tenant::default(), ClientId::from(&id));
        let find = async || {
            let found = ClientStore::find(&world.store, &tenant, &id_).await;
            (*found.expect("an answer").expect("a client")).clone()
        };
        world.change(&id, |client| {
            client.access_token_lifetime = Some(17);
            client.not_before = Some(oauth_core::clock::Timestamp::from_unix(5));
            client.dialect.grant_type_in_query = true;
            client.owner = Some("alice".into());
            client.extra.insert("revoke_on_logout".to_owned(), json!(true));
            client.introspects = oauth_core::model::Introspects::Any;
            client.scope = oauth_core::model::Scope::parse("read admin").expect("a scope");
            client.grant_types.push("client_credentials".to_owned());
        }).await;
        let set = find().await;
        let read = manage(&world, Method::GET, &id, &token, None).await.is_ok().json();
        let sent = sent_back(read);
        manage(&world, Method::PUT, &id, &token, Some(&sent)).await.is_ok();
        assert_eq!(find().await, set);
    }

    async fn reg_022_a_client_of_the_hosts_is_not_changed_from_outside(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (_, token, _) = registered(&world, &confidential()).await;
        let body = with(confidential(), "client_id", json!("web"));
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = manage(&world, method, "web", &token, Some(&body)).await;
            answer.challenge(401, "invalid_token");
        }
        manage(&world, Method::GET, "web", "web.x", None).await.challenge(401, "invalid_token");
        world.tokens().await;
    }

    async fn what_a_client_changes_to_is_checked_as_if_it_were_new(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (id, token, _) = registered(&world, &public()).await;
        let body = with(public(), "client_id", json!(id));
        for (member, value, code) in [
            ("scope", json!("admin"), "invalid_client_metadata"),
            ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
            ("redirect_uris", json!(["javascript:x"]), "invalid_redirect_uri"),
        ] {
            let body = with(body.clone(), member, value);
            manage(&world, Method::PUT, &id, &token, Some(&body)).await.refused(400, code);
        }
        asks(&world, &id).await.redirected(CALLBACK);
    }

    async fn a_client_that_becomes_confidential_is_told_a_secret(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (id, token, _) = registered(&world, &public()).await;
        let body = with(confidential(), "client_id", json!(id));
        let changed = manage(&world, Method::PUT, &id, &token, Some(&body)).await.is_ok().json();
        let code = world.code_of(&id, CALLBACK, "read").await;
        world.token(As::Public(&id), &code_for(&code)).await.refused(401, "invalid_client");
        let secret = text(&changed, "client_secret");
        world.token(As::BasicWith(&id, secret), &code_for(&code)).await.is_ok();
        // And back: the secret is gone.
        let body = with(public(), "client_id", json!(id));
        let changed = manage(&world, Method::PUT, &id, &token, Some(&body)).await.is_ok().json();
        assert!(changed.get("client_secret_expires_at").is_none());
        let code = world.code_of(&id, CALLBACK, "read").await;
        world.token(As::BasicWith(&id, secret), &code_for(&code)).await.refused(401, "invalid_client");
        world.token(As::Public(&id), &code_for(&code)).await.is_ok();
    }

    async fn a_token_is_replaced_with_each_change_where_that_was_said(setup) {
        let world = world(setup, |registration| registration.open().rotate_access_tokens()).await;
        let (id, token, _) = registered(&world, &public()).await;
        let body = with(public(), "client_id", json!(id));
        let changed = manage(&world, Method::PUT, &id, &token, Some(&body)).await.is_ok().json();
        let next = text(&changed, "registration_access_token");
        assert_ne!(next, token);
        manage(&world, Method::GET, &id, &token, None).await.challenge(401, "invalid_token");
        manage(&world, Method::GET, &id, next, None).await.is_ok();
    }

    async fn a_client_that_was_switched_off_does_not_change_itself(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let (id, token, _) = registered(&world, &public()).await;
        world.change(&id, |client| client.disabled = true).await;
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = manage(&world, method, &id, &token, None).await;
            answer.challenge(401, "invalid_token");
        }
        // Nor does it come back by registering again.
        let again = created(&register(&world, &public()).await);
        assert_ne!(text(&again, "client_id"), id);
    }
}
