//! Revocation (RFC 7009): whose token ends, what ends with it, and what never does.

use oauth_core::{context::Lifetimes, model::Subject};
use oauth_core_testkit::Fault;
use oauth_core_tests::{
    Answer, World, clients,
    clients::CALLBACK,
    scenarios,
    world::{As, Params, Tokens, again, basic, code_for, params, refresh_for, with},
};
use reqwest::Method;

fn ending(token: &str) -> Params<'static> {
    params([("token", token)])
}

async fn revoke(world: &World, client: As<'_>, token: &str) -> Answer {
    world.post("/revoke", client, &ending(token)).await
}

/// A refresh token's grant, rotated once: the first pair of tokens and the second.
async fn rotated(world: &World) -> (Tokens, Tokens) {
    let first = world.tokens().await;
    let answer = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
    (first, Tokens::of(answer.is_ok()))
}

async fn spa_tokens(world: &World, id: &str) -> Tokens {
    world.tokens_of(As::Public(id), id, "https://spa.example/cb", "read").await
}

scenarios! {
    async fn rev_002_another_clients_token_stays(setup) {
        let world = setup.start().await;
        let others = world.tokens_of(As::Basic("other"), "other", CALLBACK, "read").await;
        for token in [&others.access, &others.refresh] {
            revoke(&world, As::Basic("web"), token).await.refused(400, "unauthorized_client");
            revoke(&world, As::Basic("rs"), token).await.refused(400, "unauthorized_client");
        }
        assert!(world.is_active(&others.access).await);
        assert!(world.is_live("other", &others.refresh).await);
        assert!(!world.events.heard("Revoked {"));
    }

    /// Refused as for confidential clients.
    async fn rev_003_a_public_client_ends_no_token_of_another(setup) {
        let world = setup.start().await;
        let others = spa_tokens(&world, "spa2").await;
        for token in [&others.access, &others.refresh] {
            revoke(&world, As::Public("spa"), token).await.refused(400, "unauthorized_client");
        }
        assert!(world.is_active(&others.access).await);
        world.token(As::Public("spa2"), &refresh_for(&others.refresh)).await.is_ok();
    }

    async fn rev_004_a_public_client_ends_its_own_tokens(setup) {
        let world = setup.start().await;
        let own = spa_tokens(&world, "spa").await;
        assert!(world.is_active(&own.access).await);
        assert_eq!(revoke(&world, As::Public("spa"), &own.access).await.is_ok().body, "{}");
        assert!(!world.is_active(&own.access).await);
        // An access token ends alone; its grant goes on.
        let answer = world.token(As::Public("spa"), &refresh_for(&own.refresh)).await;
        let next = Tokens::of(answer.is_ok());
        revoke(&world, As::Public("spa"), &next.refresh).await.is_ok();
        assert!(!world.is_active(&next.access).await);
        let answer = world.token(As::Public("spa"), &refresh_for(&next.refresh)).await;
        answer.refused(400, "invalid_grant");
    }

    async fn rev_005_a_confidential_client_proves_who_it_is(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for client in [
            As::Public("web"),
            As::Nobody,
            As::BasicWith("web", "wrong"),
            As::Post("web"),
            As::Public("unheard-of"),
        ] {
            for token in [&tokens.access, &tokens.refresh] {
                revoke(&world, client, token).await.refused(401, "invalid_client");
            }
        }
        assert!(world.is_active(&tokens.access).await);
        assert!(world.is_live("web", &tokens.refresh).await);
    }

    async fn rev_006_a_refresh_token_takes_all_of_its_grant_with_it(setup) {
        let world = setup.start().await;
        let (first, second) = rotated(&world).await;
        let bystander = world.tokens().await;
        let asked = with(ending(&second.refresh), "token_type_hint", "refresh_token");
        world.post("/revoke", As::Basic("web"), &asked).await.is_ok();
        assert!(!world.is_active(&first.access).await);
        assert!(!world.is_active(&second.access).await);
        let answer = world.token(As::Basic("web"), &refresh_for(&second.refresh)).await;
        answer.refused(400, "invalid_grant");
        assert!(world.events.heard(r#"Revoked { what: "grant""#));
        let alice = Subject::from("alice");
        let grants = world.server.grants().expect("one server");
        assert_eq!(grants.of_subject(&alice).await.expect("a store").len(), 1);
        assert!(world.is_active(&bystander.access).await, "another grant of the same client");
        assert!(world.is_live("web", &bystander.refresh).await);
    }

    /// Also by one that was traded for another already.
    async fn rev_006_a_spent_refresh_token_ends_its_grant(setup) {
        let world = setup.start().await;
        let (first, second) = rotated(&world).await;
        revoke(&world, As::Basic("web"), &first.refresh).await.is_ok();
        assert!(!world.is_active(&first.access).await);
        assert!(!world.is_active(&second.access).await);
        assert!(!world.is_live("web", &second.refresh).await);
    }

    async fn rev_006_an_access_token_ends_alone(setup) {
        let world = setup.start().await;
        let (first, second) = rotated(&world).await;
        revoke(&world, As::Basic("web"), &first.access).await.is_ok();
        assert!(!world.is_active(&first.access).await);
        assert!(world.is_active(&second.access).await);
        assert!(world.is_live("web", &second.refresh).await);
        assert!(world.events.heard(r#"Revoked { what: "token""#));
    }

    async fn rev_007_a_wrong_hint_saves_nobody(setup) {
        let world = setup.start().await;
        for hint in ["access_token", "banana", "id_token", ""] {
            let tokens = world.tokens().await;
            let asked = with(ending(&tokens.refresh), "token_type_hint", hint);
            world.post("/revoke", As::Basic("web"), &asked).await.is_ok();
            assert!(!world.is_live("web", &tokens.refresh).await, "{hint}");
            assert!(!world.is_active(&tokens.access).await, "{hint}");
        }
        let tokens = world.tokens().await;
        let asked = with(ending(&tokens.access), "token_type_hint", "refresh_token");
        world.post("/revoke", As::Basic("web"), &asked).await.is_ok();
        assert!(!world.is_active(&tokens.access).await);
        assert!(world.is_live("web", &tokens.refresh).await);
    }

    async fn rev_010_a_get_is_refused_and_ends_nothing(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for token in [&tokens.access, &tokens.refresh] {
            let address = format!("/revoke?token={token}");
            for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
                let request = world.request(method.clone(), &address);
                let request = request.header("authorization", basic("web", clients::SECRET));
                let answer = world.send(request).await;
                assert_eq!(answer.status, 405, "{method}");
                assert_eq!(answer.header("allow"), "POST", "{method}");
            }
            let request = world.request(Method::POST, &address).form(&params([]));
            let request = request.header("authorization", basic("web", clients::SECRET));
            world.send(request).await.refused(400, "invalid_request");
        }
        assert!(world.is_active(&tokens.access).await);
        assert!(world.is_live("web", &tokens.refresh).await);
    }

    async fn rev_012_an_expired_refresh_token_still_ends_its_grant(setup) {
        let long = Lifetimes { access_token: 3600, refresh_token_idle: 60, ..Lifetimes::default() };
        let world = setup.server(move |builder| builder.lifetimes(long)).start().await;
        let tokens = world.tokens().await;
        let bystander = world.tokens().await;
        world.clock.advance(61);
        let answer = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        answer.refused(400, "invalid_grant");
        assert!(world.is_active(&tokens.access).await);
        revoke(&world, As::Basic("web"), &tokens.refresh).await.is_ok();
        assert!(!world.is_active(&tokens.access).await);
        assert!(world.is_active(&bystander.access).await);
    }

    async fn rev_013_a_store_that_does_not_answer_has_revoked_nothing(setup) {
        let world = setup.start().await;
        let spare = world.tokens().await;
        let calls = world.store.calls();
        revoke(&world, As::Basic("web"), &spare.refresh).await.is_ok();
        let calls = world.store.calls() - calls;
        assert!(calls >= 2);
        let tokens = world.tokens().await;
        for nth in 1..=calls {
            world.store.fail_call(nth, Fault::Before);
            let answer = revoke(&world, As::Basic("web"), &tokens.refresh).await;
            answer.refused(503, "temporarily_unavailable");
            assert!(world.is_active(&tokens.access).await, "call {nth}");
            assert!(world.is_live("web", &tokens.refresh).await, "call {nth}");
        }
        world.store.set_down(true);
        let answer = revoke(&world, As::Basic("web"), &tokens.refresh).await;
        answer.refused(503, "temporarily_unavailable");
        world.store.set_down(false);
        assert!(world.is_live("web", &tokens.refresh).await);
        // An answer that was lost may have been a yes; asking again makes it one.
        world.store.fail_call(calls, Fault::After);
        let answer = revoke(&world, As::Basic("web"), &tokens.refresh).await;
        answer.refused(503, "temporarily_unavailable");
        revoke(&world, As::Basic("web"), &tokens.refresh).await.is_ok();
        assert!(!world.is_active(&tokens.access).await);
    }

    async fn rev_015_nothing_is_called_back(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        let form = world.form("/revoke?callback=alert", As::Basic("web"), &ending(&token));
        let answer = world.send(form).await;
        assert_eq!(answer.is_ok().header("content-type"), "application/json");
        assert_eq!(answer.body, "{}");
        let asked = with(ending(&token), "callback", "alert");
        assert_eq!(world.post("/revoke", As::Basic("web"), &asked).await.is_ok().body, "{}");
        assert!(!world.is_active(&token).await);
    }

    /// RFC 7009 §2.2: what is no token of ours cannot be used, which is what was asked for. There
    /// are no ID tokens here; this is what one would look like.
    async fn rev_016_what_is_no_token_is_accepted_and_changes_nothing(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        let code = world.code().await;
        let id_token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUifQ.c2ln";
        for text in [id_token, "garbage", &code, &tokens.access[..52], "ö", "alice", "web"] {
            assert_eq!(revoke(&world, As::Basic("web"), text).await.is_ok().body, "{}", "{text}");
        }
        assert!(world.is_active(&tokens.access).await);
        assert!(world.is_live("web", &tokens.refresh).await);
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
    }

    async fn rev_016_revoking_twice_is_revoking_once(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for token in [&tokens.access, &tokens.refresh, &tokens.access, &tokens.refresh] {
            revoke(&world, As::Basic("web"), token).await.is_ok();
        }
        assert!(!world.is_active(&tokens.access).await);
    }

    async fn rev_005_the_form_is_read_as_strictly_as_at_the_token_endpoint(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for sent in [params([]), ending(""), again(ending(&tokens.access), "token", "other")] {
            world.post("/revoke", As::Basic("web"), &sent).await.refused(400, "invalid_request");
        }
        let json = world.request(Method::POST, "/revoke");
        let json = json.header("authorization", basic("web", clients::SECRET));
        let json = json.header("content-type", "application/json");
        let json = json.body(format!(r#"{{"token":"{}"}}"#, tokens.access));
        world.send(json).await.refused(400, "invalid_request");
        assert!(world.is_active(&tokens.access).await);
    }
}
