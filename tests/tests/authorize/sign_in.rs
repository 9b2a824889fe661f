//! Requests that are posted, and visitors who have to sign in.

use oauth_core::clock::Clock as _;
use oauth_core_tests::{
    Answer, World,
    clients::CALLBACK,
    scenarios,
    world::{As, authz, with},
};
use reqwest::Method;

use crate::{address, told};

/// Where a signed-out visitor is sent back to after the sign-in.
#[track_caller]
fn return_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    let query = answer.header("location").strip_prefix("/sign-in?").expect("the sign-in page");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (name, value) = pairs.next().expect("a parameter");
    assert_eq!((&*name, pairs.next()), ("return_to", None), "{answer:?}");
    value.into_owned()
}

/// An authorization request by a visitor who signed in some seconds ago, and allows it.
async fn signed_in_for(world: &World, seconds: i64, path: &str) -> Answer {
    let auth_time = (world.clock.now().unix() - seconds).to_string();
    let request = world.request(Method::GET, path).header("x-user", "alice");
    world.send(request.header("x-auth-time", auth_time)).await
}

scenarios! {
    async fn aut_019_a_posted_request_becomes_one_by_get_and_only_a_form_does(setup) {
        let world = setup.start().await;
        let query = address(&with(authz(), "state", "a b&c+d")).replace("/authorize?", "");
        let post = |content_type: &'static str, body: String| {
            let request = world.request(Method::POST, "/authorize").header("x-user", "alice");
            request.header("content-type", content_type).body(body)
        };
        for content_type in ["application/json", "text/plain", "multipart/form-data", "",
            "application/x-www-form-urlencodedish"] {
            let answer = world.send(post(content_type, query.clone())).await;
            answer.page(400, "invalid_request");
        }
        for body in ["", "a=b c", "a=b\r\nX-Injected:1", "a=b#c", "a=\u{e9}"] {
            let answer = world.send(post("application/x-www-form-urlencoded", body.into())).await;
            answer.page(400, "invalid_request");
            assert_eq!(answer.header("x-injected"), "");
        }
        assert!(!world.events.heard("Allowed"));
        for content_type in ["application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-8",
            "Application/X-WWW-Form-URLEncoded"] {
            let answer = world.send(post(content_type, query.clone())).await;
            assert_eq!(answer.status, 303, "{content_type}: {answer:?}");
            assert_eq!(answer.header("location"), format!("/authorize?{query}"));
            let request = world.request(Method::GET, answer.header("location"));
            let answer = world.send(request.header("x-user", "alice")).await;
            assert_eq!(answer.redirected(CALLBACK)["state"], "a b&c+d");
        }
    }

    async fn aut_020_prompt_none_never_shows_a_page(setup) {
        let world = setup.start().await;
        let asked = with(authz(), "prompt", "none");
        let answer = world.send(world.authorization(&asked)).await;
        told(&answer, CALLBACK, "login_required");
        let stale = with(asked.clone(), "max_age", "60");
        let answer = signed_in_for(&world, 61, &address(&stale)).await;
        told(&answer, CALLBACK, "login_required");
        assert!(world.authorize(&asked).await.redirected(CALLBACK).contains_key("code"));
        for prompt in ["none login", "login none", "nonsense", "LOGIN", "none "] {
            let answer = world.send(world.authorization(&with(authz(), "prompt", prompt))).await;
            told(&answer, CALLBACK, "invalid_request");
        }
    }

    async fn aut_024_max_age_is_a_whole_number_and_an_empty_one_is_absent(setup) {
        let world = setup.start().await;
        for max_age in ["-1", "1e309", "9007199254740993", "abc", "1.5", " 1", "0x10", "+1"] {
            let answer = world.authorize(&with(authz(), "max_age", max_age)).await;
            told(&answer, CALLBACK, "invalid_request");
        }
        // RFC 6749 §3.1: a parameter without a value counts as not sent.
        let asked = address(&with(authz(), "max_age", ""));
        let answer = signed_in_for(&world, 1_000_000, &asked).await;
        assert!(answer.redirected(CALLBACK).contains_key("code"));
        let asked = address(&with(authz(), "max_age", "4294967295"));
        let answer = signed_in_for(&world, 1_000_000, &asked).await;
        assert!(answer.redirected(CALLBACK).contains_key("code"));
    }

    /// No ID token was ever issued here, so none is a hint (OpenID Connect Core §3.1.2.2).
    async fn aut_027_an_id_token_hint_is_none_of_this_servers(setup) {
        let world = setup.start().await;
        let unsigned = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUifQ.";
        for hint in [unsigned, "x", "a.b.c"] {
            let asked = with(authz(), "id_token_hint", hint);
            told(&world.authorize(&asked).await, CALLBACK, "invalid_request");
            let answer = signed_in_for(&world, 1, &address(&asked)).await;
            told(&answer, CALLBACK, "invalid_request");
        }
    }

    async fn aut_025_a_sign_in_older_than_max_age_is_made_again_once(setup) {
        let world = setup.start().await;
        let asked = address(&with(authz(), "max_age", "1"));
        let answer = signed_in_for(&world, 5, &asked).await;
        let back = return_to(&answer);
        assert!(signed_in_for(&world, 1, &asked).await.redirected(CALLBACK).contains_key("code"));
        // The way back from the sign-in page takes a moment; asking again would never end.
        assert!(signed_in_for(&world, 5, &back).await.redirected(CALLBACK).contains_key("code"));
        // But a sign-in that was not made is still missed.
        return_to(&signed_in_for(&world, 3600, &back).await);
        let asked = address(&with(authz(), "max_age", "3600"));
        let back = return_to(&signed_in_for(&world, 3601, &asked).await);
        assert_eq!(back, asked, "there is time enough");
        assert!(signed_in_for(&world, 3600, &back).await.redirected(CALLBACK).contains_key("code"));
        // OpenID Connect Core §3.1.2.1: `max_age=0` is as good as `prompt=login`.
        let asked = address(&with(authz(), "max_age", "0"));
        let back = return_to(&signed_in_for(&world, 0, &asked).await);
        assert!(signed_in_for(&world, 2, &back).await.redirected(CALLBACK).contains_key("code"));
    }

    async fn red_035_red_036_a_sign_in_comes_back_to_the_very_same_request(setup) {
        let world = setup.start().await;
        let asked = with(with(authz(), "state", "a b&c=d#\u{e9}"), "ui_locales", "de");
        let back = return_to(&world.send(world.authorization(&asked)).await);
        assert_eq!(back, address(&asked), "byte by byte");
        let proven = world.server.return_to(&back).expect("one of our own");
        let request = world.request(Method::GET, proven.as_str()).header("x-user", "alice");
        assert_eq!(world.send(request).await.redirected(CALLBACK)["state"], "a b&c=d#\u{e9}");
        for foreign in ["/\\evil.example", "//evil.example", "/%09/evil.example", "https:evil",
            "/%5cevil.example", "https://evil.example/authorize?x", "/authorize", "/token?x", ""] {
            assert!(world.server.return_to(foreign).is_none(), "{foreign}");
        }
    }

    async fn prompt_login_asks_for_a_sign_in_once(setup) {
        let world = setup.start().await;
        for (prompt, left) in [("login", None), ("select_account login", None),
            ("login consent", Some("consent")), ("consent login select_account", Some("consent"))] {
            let asked = address(&with(authz(), "prompt", prompt));
            for asked in [asked.clone(), asked.replace("prompt=", "%70rompt=").replace('+', "%20"),
                asked.replace("login", "lo%67in")] {
                let back = return_to(&signed_in_for(&world, 0, &asked).await);
                let expected = match left {
                    Some(left) => address(&with(authz(), "prompt", left)),
                    None => address(&authz()),
                };
                assert_eq!(back, expected, "{asked}");
                let answer = signed_in_for(&world, 0, &back).await;
                assert!(answer.redirected(CALLBACK).contains_key("code"));
            }
        }
        let asked = with(authz(), "prompt", "consent");
        assert!(world.authorize(&asked).await.redirected(CALLBACK).contains_key("code"));
    }

    async fn a_signed_out_visitor_costs_the_store_nothing(setup) {
        let world = setup.start().await;
        return_to(&world.send(world.authorization(&authz())).await);
        assert!(world.events.all().is_empty(), "{:?}", world.events.all());
        let posted = world.send(world.form("/authorize", As::Nobody, &authz())).await;
        assert_eq!(posted.header("location"), address(&authz()));
        assert!(world.events.all().is_empty(), "{:?}", world.events.all());
    }
}
