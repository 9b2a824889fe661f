//! What is granted: scope, resources, or nothing.

use oauth_core::{context::Lifetimes, server::ServerBuilder};
use oauth_core_tests::{
    Setup, clients,
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, again, authz, code_for, with},
};
use serde_json::json;

use crate::told;

scenarios! {
    async fn aut_047_what_travels_in_an_address_is_good_for_ten_minutes_at_most(setup) {
        let mut all = clients::all().into_iter();
        let mut web = all.find(|own| own.client_id.as_str() == "web").expect("a fixture");
        web.response_types.push("token".to_owned());
        web.dialect.dangerous_implicit_grant = true;
        for (own, expected) in [(Some(86_400), "600"), (Some(60), "60"), (None, "600")] {
            web.access_token_lifetime = own;
            let setup = Setup::new(setup.adapter, setup.engine).client(web.clone());
            let hour = Lifetimes { access_token: 3600, ..Lifetimes::default() };
            let setup = setup.server(move |builder| builder.lifetimes(hour));
            let world = setup.server(ServerBuilder::dangerous_implicit_grant).start().await;
            let asked = with(authz(), "response_type", "token");
            let sent = world.authorize(&asked).await.redirected(&format!("{CALLBACK}#"));
            assert_eq!(sent["expires_in"], expected);
            assert!(!sent.contains_key("refresh_token") && sent.contains_key("iss"));
            assert!(world.is_active(&sent["access_token"]).await);
            world.clock.advance(expected.parse().expect("seconds"));
            assert!(!world.is_active(&sent["access_token"]).await);
        }
    }

    async fn aut_041_what_is_granted_is_never_more_than_was_asked(setup) {
        let world = setup.start().await;
        let asked = with(authz(), "scope", "read openid");
        for (allowed, granted) in [("read admin write", "read"), ("openid read", "read openid")] {
            let request = world.authorization(&asked).header("x-user", "alice");
            let answer = world.send(request.header("x-scope", allowed)).await;
            let code = answer.redirected(CALLBACK)["code"].clone();
            let answer = world.token(As::Basic("web"), &code_for(&code)).await;
            assert_eq!(answer.is_ok().text("scope"), granted);
            let access = Tokens::of(&answer).access;
            assert_eq!(world.introspect(&access).await["scope"], granted);
        }
    }

    async fn a_resource_owner_who_says_no_grants_nothing(setup) {
        let world = setup.start().await;
        let request = world.authorization(&authz()).header("x-user", "alice");
        let answer = world.send(request.header("x-decision", "deny")).await;
        told(&answer, CALLBACK, "access_denied");
        assert!(!world.events.heard("Allowed"));
        let grants = world.server.grants().expect("one server");
        assert_eq!(grants.of_subject(&"alice".into()).await.expect("grants").len(), 0);
        world.authorize(&authz()).await.redirected(CALLBACK);
        assert_eq!(grants.of_subject(&"alice".into()).await.expect("grants").len(), 1);
    }

    async fn a_resource_that_is_not_known_is_an_invalid_target(setup) {
        let world = setup.start().await;
        for resource in ["https://evil.example", "https://a.example//", "/relative",
            "https://a.example#f", "https://A.example"] {
            let answer = world.authorize(&with(authz(), "resource", resource)).await;
            told(&answer, CALLBACK, "invalid_target");
            let one_of_two = again(with(authz(), "resource", "https://a.example"), "resource",
                resource);
            told(&world.authorize(&one_of_two).await, CALLBACK, "invalid_target");
        }
        assert!(!world.events.heard("Allowed"));
    }

    async fn a_granted_resource_becomes_the_audience_of_the_token(setup) {
        let world = setup.start().await;
        let asked = with(authz(), "resource", "https://a.example");
        let code = world.authorize(&asked).await.redirected(CALLBACK)["code"].clone();
        // What was not granted cannot be had, and asking for it spends nothing.
        let b = with(code_for(&code), "resource", "https://b.example");
        world.token(As::Basic("web"), &b).await.refused(400, "invalid_target");
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        let access = Tokens::of(answer.is_ok()).access;
        assert_eq!(world.introspect(&access).await["aud"], json!(["https://a.example"]));
        assert_eq!(world.get("/only-a", &access).await.status, 200);

        let both = again(asked, "resource", "https://b.example");
        let code = world.authorize(&both).await.redirected(CALLBACK)["code"].clone();
        let b = with(code_for(&code), "resource", "https://b.example");
        let access = Tokens::of(world.token(As::Basic("web"), &b).await.is_ok()).access;
        assert_eq!(world.introspect(&access).await["aud"], json!(["https://b.example"]));
        world.get("/only-a", &access).await.challenge(401, "invalid_token");
    }
}
