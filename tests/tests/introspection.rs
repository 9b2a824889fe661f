//! What the introspection endpoint says of tokens, to whom, and of what it says nothing.

use oauth_core::{
    clock::Timestamp,
    model::{Subject, Tenant},
    store::ClientRegistry,
};
use oauth_core_testkit::Fault;
use oauth_core_tests::{
    Answer, World, clients,
    raw::Raw,
    scenarios,
    world::{As, Params, Tokens, again, authz, basic, code_for, params, refresh_for, with},
};
use reqwest::Method;
use serde_json::json;

/// All that is said of a token that is not active, in bytes.
const INACTIVE: &str = r#"{"active":false}"#;

fn asking(token: &str) -> Params<'static> {
    params([("token", token)])
}

/// Asks as a client, and expects 200.
async fn told(world: &World, client: As<'_>, params: &[(&str, String)]) -> String {
    let answer = world.post("/introspect", client, params).await;
    assert_eq!(answer.header("content-type"), "application/json");
    answer.is_ok().body.clone()
}

/// Nothing is said of a token, not even to its own client.
async fn nothing_is_said(world: &World, client: &str, token: &str) {
    assert_eq!(told(world, As::Basic(client), &asking(token)).await, INACTIVE);
}

/// Tokens of `web` for one resource.
async fn tokens_for(world: &World, resource: &str) -> Tokens {
    let answer = world.authorize(&with(authz(), "resource", resource)).await;
    let code = answer.redirected(clients::CALLBACK).remove("code").expect("a code");
    Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok())
}

scenarios! {
    async fn int_004_of_a_token_that_is_not_active_nothing_else_is_said(setup) {
        let world = setup.start().await;
        let revoked = world.tokens().await;
        let expired = world.tokens().await;
        let code = world.code().await;
        assert_eq!(world.introspect(&revoked.access).await["active"], true);
        world.post("/revoke", As::Basic("web"), &asking(&revoked.access)).await.is_ok();
        nothing_is_said(&world, "rs", &revoked.access).await;
        nothing_is_said(&world, "web", &revoked.access).await;

        let spent = expired.refresh.clone();
        let answer = world.token(As::Basic("web"), &refresh_for(&spent)).await;
        let next = Tokens::of(answer.is_ok());
        nothing_is_said(&world, "web", &spent).await;
        assert!(world.is_live("web", &next.refresh).await);

        world.clock.advance(599);
        assert_eq!(world.introspect(&next.access).await["active"], true);
        world.clock.advance(1);
        nothing_is_said(&world, "rs", &expired.access).await;
        nothing_is_said(&world, "rs", &next.access).await;

        for no_token in [code.as_str(), "garbage", "oat_", "ö", "a b", &expired.access[1..]] {
            nothing_is_said(&world, "rs", no_token).await;
            nothing_is_said(&world, "web", no_token).await;
        }
    }

    async fn int_006_without_a_token_there_is_nothing_to_answer(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        let ask = async |sent: &[(&str, String)]| world.post("/introspect", As::Basic("rs"), sent).await;
        ask(&params([])).await.refused(400, "invalid_request");
        ask(&params([("token_type_hint", "access_token")])).await.refused(400, "invalid_request");
        ask(&asking("")).await.refused(400, "invalid_request");
        ask(&again(asking(&token), "token", &token)).await.refused(400, "invalid_request");
        ask(&asking(&token)).await.is_ok();
    }

    async fn int_007_a_get_is_refused_and_tells_nothing(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        let address = format!("/introspect?token={token}");
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
            let request = world.request(method.clone(), &address);
            let request = request.header("authorization", basic("rs", clients::SECRET));
            let answer = world.send(request).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.header("allow"), "POST", "{method}");
            assert_eq!(answer.header("cache-control"), "no-store", "{method}");
            assert!(!answer.body.contains("active"), "{method}");
        }
        // Nor is the query looked at where the method is right.
        let request = world.request(Method::POST, &address).form(&params([]));
        let request = request.header("authorization", basic("rs", clients::SECRET));
        world.send(request).await.refused(400, "invalid_request");
    }

    async fn int_008_int_009_a_wrong_or_unknown_hint_changes_nothing(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for hint in ["access_token", "refresh_token", "banana", "", "ACCESS_TOKEN", "id_token"] {
            for token in [&tokens.access, &tokens.refresh] {
                let asked = with(asking(token), "token_type_hint", hint);
                let body = told(&world, As::Basic("web"), &asked).await;
                assert!(body.starts_with(r#"{"active":true"#), "{hint}: {body}");
            }
            let asked = with(asking("garbage"), "token_type_hint", hint);
            assert_eq!(told(&world, As::Basic("web"), &asked).await, INACTIVE);
        }
    }

    async fn int_012_the_not_before_of_a_client_ends_all_that_is_older(setup) {
        let world = setup.start().await;
        let old = world.tokens().await;
        world.clock.advance(10);
        let new = world.tokens().await;
        assert!(world.is_active(&old.access).await);
        let now = Timestamp::from_unix(1_790_000_000).plus(10);
        world.change("web", |client| client.not_before = Some(now)).await;
        assert!(!world.is_active(&old.access).await);
        nothing_is_said(&world, "rs", &old.access).await;
        assert!(!world.is_live("web", &old.refresh).await);
        world.token(As::Basic("web"), &refresh_for(&old.refresh)).await.refused(400, "invalid_grant");
        assert!(world.is_active(&new.access).await, "issued at that very moment");
        assert!(world.is_live("web", &new.refresh).await);
        world.token(As::Basic("web"), &refresh_for(&new.refresh)).await.is_ok();
        // It is a setting and no revocation: whoever takes it back honours again what is older.
        world.change("web", |client| client.not_before = None).await;
        assert!(world.is_active(&old.access).await);
        assert!(world.is_live("web", &old.refresh).await);
    }

    async fn int_015_a_store_that_does_not_answer_is_no_inactive_token(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        let calls = world.store.calls();
        world.introspect(&token).await;
        let calls = world.store.calls() - calls;
        assert!(calls >= 2);
        for nth in 1..=calls {
            world.store.fail_call(nth, Fault::Before);
            let answer = world.post("/introspect", As::Basic("rs"), &asking(&token)).await;
            answer.refused(503, "temporarily_unavailable");
            assert!(!answer.body.contains("active"), "call {nth}: {answer:?}");
            assert!(!answer.body.contains("injected"), "what failed is the operator's: {answer:?}");
        }
        assert!(world.events.heard("StoreFailed"));
        world.store.set_down(true);
        let answer = world.post("/introspect", As::Basic("rs"), &asking(&token)).await;
        answer.refused(503, "temporarily_unavailable");
        world.store.set_down(false);
        assert!(world.is_active(&token).await);
    }

    async fn int_016_a_token_of_a_mebibyte_is_not_read(setup) {
        let world = setup.start().await;
        let calls = world.store.calls();
        let authorization = basic("rs", clients::SECRET);
        let mut raw = Raw::connect(&world).await;
        let head = format!(
            "POST /introspect HTTP/1.1\r\nhost: as.example\r\nauthorization: {authorization}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\ntoken=",
            6 + (1 << 20)
        );
        raw.send(head).await;
        raw.send(vec![b'a'; 40 * 1024]).await;
        let answer = raw.answer().await.expect("an answer");
        assert_eq!(answer.status, 413, "{answer:?}");
        assert!(!answer.body.contains("active"));
        assert!(raw.answer().await.is_none(), "the connection is closed");
        assert_eq!(world.store.calls(), calls, "nobody was asked");
    }

    async fn int_018_a_disabled_client_or_user_has_no_active_tokens(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        let others = world.tokens_of(As::Basic("other"), "other", clients::CALLBACK, "read").await;
        world.change("web", |client| client.disabled = true).await;
        assert!(!world.is_active(&tokens.access).await);
        nothing_is_said(&world, "rs", &tokens.access).await;
        let answer = world.post("/introspect", As::Basic("web"), &asking(&tokens.refresh)).await;
        answer.refused(401, "invalid_client");
        assert!(world.is_active(&others.access).await);
        world.change("web", |client| client.disabled = false).await;
        assert!(world.is_active(&tokens.access).await);

        let machine = world.machine_token().await;
        let grants = world.server.grants().expect("one server");
        grants.revoke_subject(&Subject::from("alice")).await.expect("revoked");
        for token in [&tokens.access, &others.access] {
            assert!(!world.is_active(token).await);
            nothing_is_said(&world, "rs", token).await;
        }
        assert!(!world.is_live("web", &tokens.refresh).await);
        assert!(world.is_active(&machine).await);
    }

    async fn int_018_a_removed_client_has_no_active_tokens(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        assert!(world.is_active(&tokens.access).await);
        assert!(world.store.remove(&Tenant::default(), &"web".into()).await.expect("a store"));
        assert!(!world.is_active(&tokens.access).await);
        nothing_is_said(&world, "rs", &tokens.access).await;
    }

    /// Resource servers authenticate as clients here; no access token admits to the endpoint.
    async fn int_019_an_access_token_is_no_client_authentication(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        for bearer in [&token, &world.machine_token().await] {
            let request = world.form("/introspect", As::Nobody, &asking(&token));
            let answer = world.send(request.bearer_auth(bearer)).await;
            answer.refused(401, "invalid_token");
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer ") && challenge.contains("invalid_token"));
            assert!(!answer.body.contains("active"));
        }
    }

    async fn int_020_who_guesses_tokens_waits(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        let mut guesses = 0;
        let refused = loop {
            let guess = asking(&format!("oat_{guesses}"));
            let answer = world.post("/introspect", As::Basic("rs"), &guess).await;
            if answer.status != 200 {
                break answer;
            }
            assert_eq!(answer.body, INACTIVE);
            guesses += 1;
            assert!(guesses <= 1000, "guessed for ever");
        };
        refused.refused(429, "temporarily_unavailable");
        assert!(guesses >= 100, "an honest resource server meets wrong tokens, too: {guesses}");
        assert!(world.events.heard("Throttled"));
        assert!(world.events.heard("introspected_token"));
        let answer = world.post("/introspect", As::Basic("rs"), &asking("oat_x")).await;
        answer.refused(429, "temporarily_unavailable");
        assert_eq!(answer.json()["active"], false, "it was looked up all the same");
        // What is good is no guess, and is not refused for those of others.
        assert_eq!(world.introspect(&token).await["active"], true);
        // One guesser does not lock the others out.
        assert_ne!(told(&world, As::Basic("web"), &asking(&token)).await, INACTIVE);
        let wait = answer.header("retry-after").parse().expect("seconds");
        world.clock.advance(wait);
        assert_eq!(world.introspect(&token).await["active"], true);
    }

    async fn int_020_good_tokens_are_no_guesses(setup) {
        let world = setup.start().await;
        let token = world.machine_token().await;
        for _ in 0..600 {
            assert_eq!(world.introspect(&token).await["active"], true);
        }
    }

    async fn int_022_an_active_token_is_described_as_it_is(setup) {
        let world = setup.start().await;
        let token = tokens_for(&world, "https://a.example").await;
        let described = json!({
            "active": true, "scope": "read", "client_id": "web", "sub": "alice",
            "token_type": "Bearer", "iss": "https://as.example", "aud": ["https://a.example"],
            "iat": 1_790_000_000, "exp": 1_790_000_600,
        });
        assert_eq!(world.introspect(&token.access).await, described);
        let answer = world.post("/introspect", As::Basic("web"), &asking(&token.refresh)).await;
        let refresh = answer.is_ok().json();
        assert_eq!(refresh["token_type"], json!(null), "a refresh token is no bearer token");
        assert_eq!((&refresh["active"], &refresh["scope"]), (&json!(true), &json!("read")));
        let machine = world.introspect(&world.machine_token().await).await;
        assert_eq!(machine["sub"], json!(null), "nobody's but the client's");
        assert_eq!((&machine["client_id"], &machine["scope"]), (&json!("m2m"), &json!("api")));
        assert_eq!(machine["aud"], json!(null));
    }

    /// Neighbours of INT-004: a token of another reads as one that does not exist.
    async fn int_004_a_client_is_told_of_its_own_tokens_only(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        nothing_is_said(&world, "other", &tokens.access).await;
        assert!(world.events.heard("may not introspect"), "the operator is told");
        nothing_is_said(&world, "other", &tokens.refresh).await;
        nothing_is_said(&world, "m2m", &tokens.access).await;
        nothing_is_said(&world, "rs", &tokens.refresh).await;
        for own in [&tokens.access, &tokens.refresh] {
            assert_ne!(told(&world, As::Basic("web"), &asking(own)).await, INACTIVE);
        }

        let (a, b) = ("https://a.example", "https://b.example");
        let (for_a, for_b) = (tokens_for(&world, a).await, tokens_for(&world, b).await);
        assert_ne!(told(&world, As::Basic("rs_a"), &asking(&for_a.access)).await, INACTIVE);
        for other in [&for_b.access, &for_a.refresh, &tokens.access] {
            nothing_is_said(&world, "rs_a", other).await;
        }
    }

    /// RFC 7662 §2.1: otherwise anybody could try tokens.
    async fn int_019_who_does_not_authenticate_is_told_nothing(setup) {
        let world = setup.start().await;
        let tokens = world
            .tokens_of(As::Public("spa"), "spa", "https://spa.example/cb", "read")
            .await;
        let ask = async |client: As<'_>| -> Answer {
            world.post("/introspect", client, &asking(&tokens.access)).await
        };
        for client in [
            As::Public("spa"),
            As::Public("web"),
            As::Public("nobody"),
            As::Nobody,
            As::BasicWith("rs", "wrong"),
            As::Post("rs"),
        ] {
            let answer = ask(client).await;
            answer.refused(401, "invalid_client");
            assert!(!answer.body.contains("active"), "{client:?}");
        }
        ask(As::Basic("rs")).await.is_ok();
    }
}
