//! Which pages of which origins may read what.

use oauth_core_tests::{
    Answer, World, scenarios,
    world::{As, authz, code_for, params},
};
use reqwest::{Method, RequestBuilder};

const ALLOWED: &str = "https://spa.example";

/// Origins that are not allowed, some of which look as if they were.
const FOREIGN: [&str; 9] = [
    "https://evil.example",
    "null",
    "http://spa.example",
    "https://spa.example:8443",
    "https://spa.example.evil.example",
    "https://SPA.example",
    "https://spa.example/",
    "https://evil.spa.example",
    "*",
];

/// The endpoints that pages may read, with the method that each answers.
const READABLE: [(&str, &str); 5] = [
    ("/token", "POST"),
    ("/revoke", "POST"),
    ("/introspect", "POST"),
    ("/.well-known/oauth-authorization-server", "GET"),
    ("/.well-known/openid-configuration", "GET"),
];

async fn preflight(world: &World, path: &str, origin: &str, method: &str) -> Answer {
    let request = world.request(Method::OPTIONS, path).header("origin", origin);
    let request = request.header("access-control-request-method", method);
    world.send(request.header("access-control-request-headers", "authorization")).await
}

/// Nothing in the answer lets a page read it.
#[track_caller]
fn unreadable(answer: &Answer) {
    for name in answer.headers.keys() {
        assert!(!name.as_str().starts_with("access-control-"), "{answer:?}");
    }
}

/// The page at `ALLOWED` may read the answer, and no cookies go with it.
#[track_caller]
fn readable(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), ALLOWED, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-credentials"), "", "{answer:?}");
}

/// Whatever is answered depends on who asks.
#[track_caller]
fn varies(answer: &Answer) {
    let mut vary = answer.headers.get_all("vary").iter();
    assert!(vary.any(|value| value.as_bytes().eq_ignore_ascii_case(b"origin")), "{answer:?}");
}

async fn from(world: &World, request: RequestBuilder, origin: &str) -> Answer {
    world.send(request.header("origin", origin)).await
}

scenarios! {
    async fn met_008_no_preflight_for_foreign_origins(setup) {
        let world = setup.start().await;
        for (path, method) in READABLE {
            for origin in FOREIGN {
                let answer = preflight(&world, path, origin, method).await;
                assert_eq!(answer.status, 403, "{path} {origin}");
                unreadable(&answer);
                varies(&answer);
                let plain = world.request(Method::OPTIONS, path);
                let answer = from(&world, plain, origin).await;
                assert_eq!(answer.status, 403, "{path} {origin}");
                unreadable(&answer);
            }
        }
    }

    async fn met_008_a_preflight_for_an_allowed_origin_says_what_it_may(setup) {
        let world = setup.start().await;
        for (path, method) in READABLE {
            let answer = preflight(&world, path, ALLOWED, method).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""), "{path}");
            readable(&answer);
            varies(&answer);
            assert_eq!(answer.header("access-control-allow-methods"), method, "{path}");
            let headers = answer.header("access-control-allow-headers");
            for name in ["authorization", "content-type"] {
                assert!(headers.split(", ").any(|own| own == name), "{path}: {headers}");
            }
            assert!(answer.header("access-control-max-age").parse::<u32>().is_ok());
        }
    }

    async fn met_008_only_an_allowed_origin_reads_answers(setup) {
        let world = setup.start().await;
        let requests = || {
            let nothing = params([("token", "x")]);
            [
                world.form("/token", As::Basic("m2m"), &params([("grant_type", "client_credentials")])),
                world.form("/token", As::Nobody, &code_for("x")),
                world.form("/token", As::Basic("web"), &code_for("x")),
                world.form("/revoke", As::Public("spa"), &nothing),
                world.form("/introspect", As::Basic("rs"), &nothing),
                world.form("/introspect", As::Public("spa"), &nothing),
                world.request(Method::GET, "/token"),
                world.request(Method::GET, "/.well-known/oauth-authorization-server"),
                world.request(Method::GET, "/.well-known/openid-configuration"),
                world.request(Method::POST, "/.well-known/openid-configuration"),
            ]
        };
        for request in requests() {
            let answer = from(&world, request, ALLOWED).await;
            readable(&answer);
            varies(&answer);
            let exposed = answer.header("access-control-expose-headers");
            assert!(exposed.contains("WWW-Authenticate") && exposed.contains("Retry-After"));
        }
        for origin in FOREIGN {
            for request in requests() {
                let answer = from(&world, request, origin).await;
                unreadable(&answer);
                varies(&answer);
            }
        }
        for request in requests() {
            let answer = world.send(request).await;
            unreadable(&answer);
            varies(&answer);
        }
    }

    /// A page learns that it is to wait, and that its body was too long.
    async fn met_008_refusals_of_the_edge_are_readable(setup) {
        let world = setup.start().await;
        world.store.set_down(true);
        let form = world.form("/token", As::Basic("web"), &code_for("x"));
        let answer = from(&world, form, ALLOWED).await;
        readable(answer.refused(503, "temporarily_unavailable"));
        let encoded = world.form("/token", As::Basic("web"), &code_for("x"));
        let encoded = encoded.header("content-encoding", "gzip");
        let answer = from(&world, encoded, ALLOWED).await;
        assert_eq!(answer.status, 415);
        readable(&answer);
    }

    async fn met_008_nobody_reads_the_authorization_endpoint(setup) {
        let world = setup.start().await;
        for origin in FOREIGN.into_iter().chain([ALLOWED]) {
            for request in [
                world.authorization(&authz()).header("x-user", "alice"),
                world.authorization(&authz()),
                world.authorization(&params([])),
                world.request(Method::POST, "/authorize").form(&authz()),
            ] {
                unreadable(&from(&world, request, origin).await);
            }
            unreadable(&preflight(&world, "/authorize", origin, "GET").await);
        }
    }

    async fn met_008_without_configuration_nobody_reads_anything(setup) {
        let world = setup
            .start_as(|base| {
                let (store, clock) = (base.store.clone(), base.clock.clone());
                let builder = oauth_core::AuthorizationServer::builder(
                    oauth_core_tests::world::ISSUER,
                    store.clone(),
                    store,
                );
                builder.clock(clock).client_cache(0).build().expect("a server")
            })
            .await;
        for (path, method) in READABLE {
            for origin in FOREIGN.into_iter().chain([ALLOWED]) {
                let answer = preflight(&world, path, origin, method).await;
                assert_eq!(answer.status, 403);
                unreadable(&answer);
            }
            unreadable(&from(&world, world.request(Method::GET, path), ALLOWED).await);
        }
    }

    async fn met_008_an_origin_that_is_none_is_not_configured(setup) {
        let world = setup.start().await;
        for origin in ["*", "null", "https://spa.example/", "https://spa.example/app", "spa.example", ""] {
            let builder = world.builder().browser_origin(origin);
            assert!(builder.build().is_err(), "{origin}");
        }
        assert!(world.builder().browser_origin("http://localhost:5173").build().is_ok());
    }
}
