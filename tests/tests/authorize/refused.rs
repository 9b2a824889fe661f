//! What is refused, how the client hears of it, and what it is not told.

use oauth_core::model::{Client, Scope, Secret, SecretHash};
use oauth_core_tests::{
    Setup,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, ISSUER, again, authz, authz_of, code_for, params, with, without},
};

use crate::told;

fn hash() -> SecretHash {
    SecretHash::of_generated(&Secret::new(SECRET))
}

scenarios! {
    async fn aut_002_an_unknown_client_gets_a_page_and_a_disabled_one_the_same(setup) {
        let off = Client::confidential("off", hash()).redirect_uri(CALLBACK).scope("read");
        let off = off.with(|client| client.disabled = true).build().expect("a client");
        let world = setup.client(off).start().await;
        let nobody = world.authorize(&authz_of("nobody", "https://evil.example/cb", "read")).await;
        nobody.page(400, "invalid_client");
        assert!(!nobody.body.contains("evil.example"));
        assert_eq!(nobody.header("x-frame-options"), "DENY");
        let disabled = world.authorize(&authz_of("off", CALLBACK, "read")).await;
        disabled.page(400, "invalid_client");
        assert_eq!(nobody.body, disabled.body);
        let absent = world.authorize(&without(authz(), "client_id")).await;
        absent.page(400, "invalid_request");
        assert!(!world.events.heard("Allowed"));
        world.authorize(&authz()).await.redirected(CALLBACK);
        assert!(world.events.heard("Allowed"));
    }

    async fn aut_003_aut_004_a_repeated_client_id_or_redirect_uri_gets_a_page(setup) {
        let world = setup.start().await;
        for (name, value) in [
            ("client_id", "other"),
            ("client_id", "web"),
            ("redirect_uri", "https://evil.example/cb"),
            ("redirect_uri", CALLBACK),
            ("redirect_uri", ""),
        ] {
            let answer = world.authorize(&again(authz(), name, value)).await;
            answer.page(400, "invalid_request");
            let mut first = params([(name, value)]);
            first.extend(authz());
            world.authorize(&first).await.page(400, "invalid_request");
        }
        assert!(!world.events.heard("Allowed"));
    }

    async fn aut_007_aut_045_token_response_types_are_refused_in_the_fragment(setup) {
        let world = setup.start().await;
        for kind in ["token", "id_token", "id_token token", "code token", "code id_token"] {
            let asked = with(with(authz(), "response_type", kind), "scope", "read openid");
            let answer = world.authorize(&with(asked, "nonce", "n")).await;
            told(&answer, &format!("{CALLBACK}#"), "unsupported_response_type");
        }
        for kind in ["none", "Code", "code code"] {
            let answer = world.authorize(&with(authz(), "response_type", kind)).await;
            told(&answer, &format!("{CALLBACK}?"), "unsupported_response_type");
        }
        for asked in [without(authz(), "response_type"), with(authz(), "response_type", "")] {
            told(&world.authorize(&asked).await, &format!("{CALLBACK}?"), "invalid_request");
        }
        assert!(!world.events.heard("Allowed"));
    }

    async fn aut_008_a_client_that_is_not_registered_for_code_gets_none(setup) {
        let world = setup.start().await;
        let uri = "https://m2m.example/cb";
        let answer = world.authorize(&authz_of("m2m", uri, "api")).await;
        told(&answer, uri, "unauthorized_client");
        world.authorize(&authz_of("rs", CALLBACK, "read")).await.page(400, "invalid_request");
        assert!(!world.events.heard("Allowed"));
    }

    async fn aut_009_a_repeated_parameter_is_refused(setup) {
        let world = setup.start().await;
        for (name, value) in [
            ("scope", "admin"),
            ("scope", "read"),
            ("nonce", "n"),
            ("response_type", "code"),
            ("code_challenge", "x"),
            ("code_challenge_method", "S256"),
            ("response_mode", "query"),
            ("prompt", "none"),
            ("max_age", "1"),
            ("never_heard_of", "1"),
        ] {
            let asked = with(with(authz(), "nonce", "m"), "response_mode", "query");
            let asked = with(with(asked, "prompt", "none"), "max_age", "60");
            let asked = again(with(asked, "never_heard_of", ""), name, value);
            told(&world.authorize(&asked).await, CALLBACK, "invalid_request");
        }
        // Which of two states is meant cannot be known, so neither comes back.
        let answer = world.authorize(&again(authz(), "state", "abc")).await;
        let pairs = answer.redirected_error(CALLBACK, "invalid_request");
        assert!(!pairs.contains_key("state"), "{answer:?}");
        assert!(!world.events.heard("Allowed"));
    }

    async fn aut_011_a_malformed_scope_is_refused_and_injects_nothing(setup) {
        let world = setup.start().await;
        let malformed = ["read\"\r\nX-Injected: 1", "read  write", " read", "read\\", "read\twrite",
            "lesen\u{e9}"];
        for scope in malformed {
            let answer = world.authorize(&with(authz(), "scope", scope)).await;
            told(&answer, CALLBACK, "invalid_scope");
            assert_eq!(answer.header("x-injected"), "");
            assert!(!answer.header("location").to_lowercase().contains("inject"), "{answer:?}");
        }
        for scope in ["admin", "read admin", "api", "READ"] {
            let answer = world.authorize(&with(authz(), "scope", scope)).await;
            told(&answer, CALLBACK, "invalid_scope");
        }
        let answer = world.authorize(&with(authz(), "scope", "write read read")).await;
        let code = answer.redirected(CALLBACK)["code"].clone();
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        assert_eq!(answer.is_ok().text("scope"), "write read");
    }

    async fn aut_012_without_a_scope_the_default_is_meant_and_else_it_is_refused(setup) {
        let (adapter, engine) = (setup.adapter, setup.engine);
        let world = setup.start().await;
        for asked in [without(authz(), "scope"), with(authz(), "scope", "")] {
            told(&world.authorize(&asked).await, CALLBACK, "invalid_scope");
        }
        let default = Scope::parse("read api").expect("a scope");
        let setup = Setup::new(adapter, engine).server(|server| server.default_scope(default));
        let world = setup.start().await;
        let answer = world.authorize(&without(authz(), "scope")).await;
        let code = answer.redirected(CALLBACK)["code"].clone();
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        assert_eq!(answer.is_ok().text("scope"), "read", "never more than the client may ask");
    }

    async fn aut_014_aut_015_aut_016_unknown_response_modes_are_refused(setup) {
        let world = setup.start().await;
        for mode in ["smoke", "form_post", "fragment", "query.jwt", "form_post.jwt", "QUERY"] {
            let asked = with(authz(), "response_mode", mode);
            told(&world.authorize(&asked).await, &format!("{CALLBACK}?"), "invalid_request");
        }
        // A hybrid type never gets its answer into the query, whichever mode it asks for.
        let asked = with(authz(), "response_type", "code id_token");
        let answer = world.authorize(&with(asked, "response_mode", "query")).await;
        told(&answer, &format!("{CALLBACK}#"), "unsupported_response_type");
        let answer = world.authorize(&with(authz(), "response_mode", "query")).await;
        assert!(answer.redirected(CALLBACK).contains_key("code"));
    }

    async fn aut_017_every_response_mode_goes_through_the_redirect_uri_check(setup) {
        let world = setup.start().await;
        for mode in ["query", "fragment", "form_post", "form_post.jwt", "web_message"] {
            let asked = with(authz(), "redirect_uri", "https://evil.example/cb");
            let asked = with(asked, "response_mode", mode);
            world.authorize(&asked).await.page(400, "invalid_request");
        }
        for kind in ["token", "code id_token", "none"] {
            let asked = with(authz(), "redirect_uri", "https://evil.example/cb");
            let asked = with(asked, "response_type", kind);
            world.authorize(&asked).await.page(400, "invalid_request");
        }
    }

    async fn aut_030_a_redirect_uri_with_a_response_parameter_is_not_registered(setup) {
        for name in ["code", "state", "iss", "error", "id_token", "access_token", "response",
            "session_state"] {
            let uri = format!("https://client.example/cb?{name}=x");
            let client = Client::confidential("x", hash()).redirect_uri(uri).build();
            assert!(client.is_err(), "{name}");
        }
        let world = setup.start().await;
        let asked = with(authz(), "redirect_uri", "https://client.example/cb?iss=x");
        world.authorize(&asked).await.page(400, "invalid_request");
    }

    async fn aut_032_no_answer_can_be_framed_or_leaks_where_it_was(setup) {
        let world = setup.start().await;
        let page = world.authorize(&with(authz(), "client_id", "nobody")).await;
        assert_eq!(page.header("x-frame-options"), "DENY");
        let allowed = world.authorize(&authz()).await;
        let signed_out = world.send(world.authorization(&authz())).await;
        let posted = world.form("/authorize", As::Nobody, &authz()).header("x-user", "alice");
        for answer in [page, allowed, signed_out, world.send(posted).await] {
            let csp = answer.header("content-security-policy");
            assert!(csp.contains("frame-ancestors 'none'"), "{answer:?}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{answer:?}");
            assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{answer:?}");
        }
    }

    async fn aut_034_the_fragment_of_the_address_before_is_not_inherited(setup) {
        let world = setup.start().await;
        for request in [world.authorization(&authz()).header("x-decision", "allow"),
            world.authorization(&authz()).header("x-decision", "deny")] {
            let answer = world.send(request.header("x-user", "alice")).await;
            assert!(answer.redirected(CALLBACK).contains_key("state"));
            assert!(answer.header("location").ends_with('#'), "{answer:?}");
        }
    }

    async fn aut_043_requests_by_reference_or_as_an_object_are_refused(setup) {
        let world = setup.start().await;
        for uri in ["http://169.254.169.254/latest", "urn:ietf:params:oauth:request_uri:x"] {
            let answer = world.authorize(&with(authz(), "request_uri", uri)).await;
            told(&answer, CALLBACK, "request_uri_not_supported");
        }
        let answer = world.authorize(&with(authz(), "request", "eyJhbGciOiJub25lIn0.e30.")).await;
        told(&answer, CALLBACK, "request_not_supported");
        assert!(!world.events.heard("Allowed"));
    }

    async fn aut_044_what_is_not_known_is_ignored(setup) {
        let world = setup.start().await;
        let asked = with(with(authz(), "extra", "1"), "acr_values", "unknown");
        let asked = with(with(asked, "ui_locales", "xx"), "scope[a]", "b");
        let pairs = world.authorize(&asked).await.redirected(CALLBACK);
        assert_eq!((pairs["state"].as_str(), pairs["iss"].as_str()), ("xyz", ISSUER));
        assert_eq!(pairs.len(), 3, "{pairs:?}");
        world.token(As::Basic("web"), &code_for(&pairs["code"])).await.is_ok();
    }
}
