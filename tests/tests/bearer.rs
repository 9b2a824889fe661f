//! The guarded routes: extractors, the layer, and where both must give the same answers.

use oauth_core::{
    model::{ResourceId, Subject, Tenant},
    server::ServerBuilder,
    store::ClientRegistry,
};
use oauth_core_tests::{
    Answer, World,
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, again, authz, code_for, params, with},
};
use reqwest::Method;
use serde_json::json;

/// Guarded by an extractor, by a layer, and by two layers.
const GUARDED: [&str; 7] =
    ["/resource", "/read", "/both", "/either", "/layered", "/only-a", "/nested"];

/// The challenge to a request without a token. It names no error (RFC 6750 §3.1).
const NO_TOKEN: &str = r#"Bearer realm="https://as.example""#;

async fn get(world: &World, path: &str, authorization: &[&str]) -> Answer {
    let mut request = world.request(Method::GET, path);
    for value in authorization {
        request = request.header("authorization", *value);
    }
    world.send(request).await
}

/// 401 without an error, and without anything to store. It may say which scope the route needs.
#[track_caller]
fn asks_for_a_token(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let told = answer.header("www-authenticate").strip_prefix(NO_TOKEN).expect("a challenge");
    assert!(told.is_empty() || told.starts_with(", scope=\"read"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert_eq!(answer.body, "");
}

/// It is a challenge with an error, in the header and in the body, that nobody stores.
#[track_caller]
fn challenged(answer: &Answer, status: u16, code: &str) {
    answer.challenge(status, code);
    assert!(answer.header("www-authenticate").starts_with(NO_TOKEN), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert_eq!(answer.text("error"), code);
}

async fn tokens_for(world: &World, scope: &str, resources: &[&str]) -> Tokens {
    let mut asked = with(authz(), "scope", scope);
    for resource in resources {
        asked = again(asked, "resource", resource);
    }
    let answer = world.authorize(&asked).await;
    let code = answer.redirected(CALLBACK).remove("code").expect("a code");
    Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok())
}

/// The application by another name than its issuer's.
fn here(builder: ServerBuilder) -> ServerBuilder {
    builder.default_audience(ResourceId::parse("https://a.example").expect("a resource"))
}

scenarios! {
    async fn brr_001_without_a_token_no_error_is_named(setup) {
        let world = setup.start().await;
        for path in GUARDED {
            asks_for_a_token(&get(&world, path, &[]).await);
            // Another scheme is no token, either.
            for other in ["Basic d2ViOng=", "DPoP abc", "Bearers abc", "Digest x=\"y\""] {
                asks_for_a_token(&get(&world, path, &[other]).await);
            }
        }
        assert_eq!(get(&world, "/maybe", &[]).await.json(), json!(null));
    }

    async fn brr_002_a_wrong_token_is_invalid(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        let code = world.code().await;
        let changed = format!("{}A", &tokens.access[..tokens.access.len() - 1]);
        let shorter = &tokens.access[..tokens.access.len() - 1];
        let wrong = ["garbage", &tokens.refresh, &code, &changed, shorter, "oat_", "..", "=="];
        for path in GUARDED.into_iter().chain(["/maybe"]) {
            for token in wrong {
                if token != tokens.access {
                    challenged(&world.get(path, token).await, 401, "invalid_token");
                }
            }
        }
        assert_eq!(world.get("/maybe", &tokens.access).await.text("sub"), "alice");
        assert_eq!(get(&world, "/resource", &[&format!("bEARER {}", tokens.access)]).await.status, 200);
    }

    /// RFC 6750 §2.2 lets a resource server look for tokens in forms, too; this one never does, so
    /// that the guard needs no body. The token of the header is the only one that counts.
    async fn brr_004_a_token_in_the_body_is_not_looked_at(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        for path in ["/resource", "/read", "/layered"] {
            let in_body = params([("access_token", &token)]);
            let alone = world.form(path, As::Nobody, &in_body);
            asks_for_a_token(&world.send(alone).await);
            for body in [token.as_str(), "garbage"] {
                let in_body = params([("access_token", body)]);
                let with_header = world.form(path, As::Nobody, &in_body).bearer_auth(&token);
                assert_eq!(world.send(with_header).await.status, 200);
                let wrong_header = world.form(path, As::Nobody, &in_body).bearer_auth("garbage");
                challenged(&world.send(wrong_header).await, 401, "invalid_token");
            }
        }
    }

    async fn brr_005_a_token_in_the_query_is_not_looked_at(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        for path in GUARDED {
            let answer = get(&world, &format!("{path}?access_token={token}"), &[]).await;
            asks_for_a_token(&answer);
        }
        let answer = get(&world, &format!("/maybe?access_token={token}"), &[]).await;
        assert_eq!(answer.json(), json!(null));
        assert_eq!(world.get("/resource?access_token=garbage", &token).await.status, 200);
    }

    async fn brr_006_an_expired_or_revoked_token_is_invalid(setup) {
        let world = setup.server(here).start().await;
        let revoked = tokens_for(&world, "read write", &["https://a.example"]).await.access;
        let expired = tokens_for(&world, "read write", &["https://a.example"]).await.access;
        let paths = || GUARDED.into_iter().chain(["/maybe"]);
        for path in paths() {
            assert_eq!(world.get(path, &revoked).await.status, 200, "{path}");
        }
        world.post("/revoke", As::Basic("web"), &params([("token", &revoked)])).await.is_ok();
        world.clock.advance(599);
        for path in paths() {
            challenged(&world.get(path, &revoked).await, 401, "invalid_token");
            assert_eq!(world.get(path, &expired).await.status, 200, "{path}");
        }
        world.clock.advance(1);
        for path in paths() {
            challenged(&world.get(path, &expired).await, 401, "invalid_token");
        }
    }

    async fn brr_009_a_token_that_does_not_reach_far_enough_says_how_far(setup) {
        let world = setup.start().await;
        let read = tokens_for(&world, "read", &[]).await.access;
        let write = tokens_for(&world, "write", &[]).await.access;
        let neither = tokens_for(&world, "openid", &[]).await.access;
        let both = tokens_for(&world, "write read", &[]).await.access;
        let cases = [
            ("/read", &write, "read"),
            ("/read", &neither, "read"),
            ("/layered", &write, "read"),
            ("/layered", &neither, "read"),
            ("/both", &read, "read write"),
            ("/both", &write, "read write"),
            ("/either", &neither, "read write"),
        ];
        for (path, token, scope) in cases {
            let answer = world.get(path, token).await;
            challenged(&answer, 403, "insufficient_scope");
            let named = format!("scope=\"{scope}\"");
            assert!(answer.header("www-authenticate").contains(&named), "{path}: {answer:?}");
        }
        for (path, token) in [
            ("/read", &read),
            ("/layered", &read),
            ("/either", &read),
            ("/either", &write),
            ("/both", &both),
            ("/resource", &neither),
            ("/maybe", &neither),
        ] {
            assert_eq!(world.get(path, token).await.status, 200, "{path}");
        }
    }

    async fn brr_012_two_headers_are_an_invalid_request(setup) {
        let world = setup.server(here).start().await;
        let tokens = tokens_for(&world, "read write", &["https://a.example"]).await;
        let good = format!("Bearer {}", tokens.access);
        let cases: [&[&str]; 5] = [
            &[&good, "Bearer other"],
            &["Bearer other", &good],
            &[&good, &good],
            &[&good, "Basic d2ViOng="],
            &["Basic d2ViOng=", &good],
        ];
        for path in GUARDED.into_iter().chain(["/maybe"]) {
            assert_eq!(get(&world, path, &[&good]).await.status, 200, "{path}");
            for headers in cases {
                challenged(&get(&world, path, headers).await, 400, "invalid_request");
            }
        }
    }

    async fn brr_012_a_header_that_cannot_be_read_is_an_invalid_request(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        let two = format!("Bearer {token} {token}");
        let list = format!("Bearer {token}, Bearer {token}");
        let quoted = format!("Bearer \"{token}\"");
        for path in GUARDED.into_iter().chain(["/maybe"]) {
            for value in ["Bearer", "Bearer ", "Bearer a\tb", &two, &list, &quoted] {
                challenged(&get(&world, path, &[value]).await, 400, "invalid_request");
            }
        }
    }

    async fn brr_013_the_tokens_of_who_is_gone_are_invalid(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        let machine = world.machine_token().await;
        assert_eq!(world.get("/resource", &token).await.status, 200);
        let grants = world.server.grants().expect("one server");
        grants.revoke_subject(&Subject::from("alice")).await.expect("revoked");
        challenged(&world.get("/resource", &token).await, 401, "invalid_token");
        challenged(&world.get("/layered", &token).await, 401, "invalid_token");
        challenged(&world.get("/maybe", &token).await, 401, "invalid_token");
        assert_eq!(world.get("/resource", &machine).await.status, 200);
        assert!(world.store.remove(&Tenant::default(), &"m2m".into()).await.expect("a store"));
        challenged(&world.get("/resource", &machine).await, 401, "invalid_token");
    }

    async fn brr_018_a_token_for_another_resource_is_invalid(setup) {
        let world = setup.server(here).start().await;
        let (a, b) = ("https://a.example", "https://b.example");
        let for_a = tokens_for(&world, "read", &[a]).await.access;
        let for_b = tokens_for(&world, "read", &[b]).await.access;
        let for_both = tokens_for(&world, "read", &[a, b]).await.access;
        let for_none = tokens_for(&world, "read", &[]).await.access;
        for path in ["/only-a", "/nested"] {
            for good in [&for_a, &for_both] {
                let answer = world.get(path, good).await;
                assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "a"), "{path}");
            }
            for other in [&for_b, &for_none] {
                challenged(&world.get(path, other).await, 401, "invalid_token");
            }
        }
        // The application goes by the name of `a`, and takes what is for nobody in particular.
        for good in [&for_a, &for_both, &for_none] {
            assert_eq!(world.get("/resource", good).await.status, 200);
        }
        challenged(&world.get("/resource", &for_b).await, 401, "invalid_token");
    }

    async fn the_guard_says_503_while_nobody_can_say(setup) {
        let world = setup.server(here).start().await;
        let token = tokens_for(&world, "read write", &["https://a.example"]).await.access;
        world.store.set_down(true);
        for path in GUARDED.into_iter().chain(["/maybe"]) {
            let answer = world.get(path, &token).await;
            answer.refused(503, "temporarily_unavailable");
            assert_eq!(answer.header("www-authenticate"), "", "no other token would help");
            assert!(!answer.body.contains("injected"), "{answer:?}");
        }
        // What can be said without the store is said.
        asks_for_a_token(&get(&world, "/resource", &[]).await);
        challenged(&world.get("/resource", "garbage").await, 401, "invalid_token");
        assert_eq!(get(&world, "/maybe", &[]).await.json(), json!(null));
        assert!(world.events.heard(r#"endpoint: "guard""#));
        world.store.set_down(false);
        assert_eq!(world.get("/resource", &token).await.status, 200);
    }

    async fn layer_and_extractor_give_the_same_answers(setup) {
        let world = setup.start().await;
        let read = tokens_for(&world, "read", &[]).await;
        let write = tokens_for(&world, "write", &[]).await;
        let long = format!("Bearer {}", "a".repeat(4097));
        let values = [&read.access, &write.access, &read.refresh];
        let [good, narrow, refresh] = values.map(|token| format!("Bearer {token}"));
        let cases: [&[&str]; 9] = [
            &[],
            &[&good],
            &[&narrow],
            &[&refresh],
            &["Bearer garbage"],
            &["Basic d2ViOng="],
            &["Bearer"],
            &[&good, &good],
            &[&long],
        ];
        for down in [false, true] {
            world.store.set_down(down);
            for headers in cases {
                let layer = get(&world, "/layered", headers).await;
                let extractor = get(&world, "/read", headers).await;
                assert_eq!(layer.status, extractor.status, "{headers:?}");
                assert_eq!(layer.body, extractor.body, "{headers:?}");
                for name in ["www-authenticate", "cache-control", "retry-after", "content-type"] {
                    assert_eq!(layer.header(name), extractor.header(name), "{headers:?}");
                }
            }
        }
    }

    async fn an_optional_token_may_be_absent_and_not_wrong(setup) {
        let world = setup.start().await;
        let token = world.tokens().await.access;
        assert_eq!(world.get("/maybe", &token).await.text("sub"), "alice");
        assert_eq!(get(&world, "/maybe", &[]).await.json(), json!(null));
        assert_eq!(get(&world, "/maybe", &["Basic d2ViOng="]).await.json(), json!(null));
        challenged(&world.get("/maybe", "garbage").await, 401, "invalid_token");
        challenged(&get(&world, "/maybe", &["Bearer"]).await, 400, "invalid_request");
        world.clock.advance(600);
        challenged(&world.get("/maybe", &token).await, 401, "invalid_token");
    }

    /// A browser sends no token with a preflight; the route's own CORS answers it.
    async fn a_preflight_passes_the_layer(setup) {
        let world = setup.start().await;
        for path in ["/only-a", "/nested"] {
            let preflight = world.request(Method::OPTIONS, path);
            let preflight = preflight.header("origin", "https://spa.example");
            let preflight = preflight.header("access-control-request-method", "GET");
            assert_ne!(world.send(preflight).await.status, 401);
            let plain = world.request(Method::OPTIONS, path).header("origin", "https://spa.example");
            asks_for_a_token(&world.send(plain).await);
            let get = world.request(Method::GET, path);
            let get = get.header("access-control-request-method", "GET");
            asks_for_a_token(&world.send(get).await);
        }
    }

    async fn what_a_token_says_reaches_the_handler(setup) {
        let world = setup.start().await;
        let token = tokens_for(&world, "read write", &[]).await.access;
        for path in ["/resource", "/read", "/both", "/either", "/layered", "/maybe"] {
            let said = world.get(path, &token).await.json();
            assert_eq!(said["sub"], "alice", "{path}");
            assert_eq!(said["client_id"], "web", "{path}");
            assert_eq!(said["scope"], "read write", "{path}");
            assert_eq!(said["exp"], 1_790_000_600, "{path}");
            assert_eq!(said["claims"], json!({ "tier": "gold" }), "{path}");
        }
        let machine = world.get("/resource", &world.machine_token().await).await.json();
        assert_eq!((&machine["sub"], &machine["client_id"]), (&json!(null), &json!("m2m")));
    }

    async fn dos_008_a_long_token_is_refused_unread(setup) {
        let world = setup.start().await;
        let calls = world.store.calls();
        for path in ["/resource", "/layered", "/maybe"] {
            for length in [4097, 20 * 1024] {
                let value = format!("Bearer {}", ".".repeat(length));
                challenged(&get(&world, path, &[&value]).await, 400, "invalid_request");
            }
            let longest = "a".repeat(4096);
            challenged(&world.get(path, &longest).await, 401, "invalid_token");
        }
        assert_eq!(world.store.calls(), calls, "nobody was asked");
    }
}
