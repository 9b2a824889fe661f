//! What a failing store does to JWTs.

use oauth_core::{keys::RotatingKeys, model::AccessTokenFormat};
use oauth_core_tests::{
    scenarios,
    world::{As, params},
};
use reqwest::Method;

use crate::{jwks, jwts, kids, ok};

scenarios! {
    async fn sto_011_a_jwt_is_good_without_the_store_unless_revocation_is_asked_for(setup) {
        let world = setup.server(jwts).start().await;
        let token = world.machine_token().await;
        world.store.set_down(true);
        ok(&world.get("/resource", &token).await);
        for path in ["/live", "/live-inside"] {
            let answer = world.get(path, &token).await;
            assert_eq!(answer.status, 503, "{answer:?}");
            assert!(!answer.header("retry-after").is_empty());
        }
        world.store.set_down(false);
        ok(&world.get("/live", &token).await);
    }

    async fn a_guard_of_jwts_makes_no_store_call_and_a_live_one_two(setup) {
        let world = setup.server(jwts).start().await;
        let token = world.machine_token().await;
        let before = world.store.calls();
        for _ in 0..3 {
            ok(&world.get("/resource", &token).await);
        }
        assert_eq!(world.store.calls(), before);
        // The token, and the client, which tests do not remember.
        ok(&world.get("/live", &token).await);
        assert_eq!(world.store.calls(), before + 2);
    }

    async fn sto_025_the_keys_from_before_go_on_and_without_any_it_is_503(setup) {
        let world = setup.start_as(|base| {
            base.store.set_down(true);
            base.builder(oauth_core_tests::world::ISSUER)
                .signing_keys(RotatingKeys::new(base.store.clone()))
                .access_token_format(AccessTokenFormat::Jwt)
                .build()
                .expect("a server")
        }).await;
        let answer = world.send(world.request(Method::GET, "/jwks")).await;
        answer.refused(503, "temporarily_unavailable");
        assert!(!answer.header("retry-after").is_empty());
        world.store.set_down(false);
        let published = kids(&jwks(&world).await);
        assert_eq!(published.len(), 1);
        let token = world.machine_token().await;
        world.store.set_down(true);
        for _ in 0..3 {
            world.clock.advance(120);
            assert_eq!(kids(&jwks(&world).await), published);
            ok(&world.get("/resource", &token).await);
            let asked = params([("grant_type", "client_credentials")]);
            world.token(As::Basic("m2m"), &asked).await.refused(503, "temporarily_unavailable");
        }
        world.store.set_down(false);
        world.machine_token().await;
    }

    async fn the_store_is_read_once_a_minute(setup) {
        let world = setup.start_as(|base| {
            base.builder(oauth_core_tests::world::ISSUER)
                .signing_keys(RotatingKeys::new(base.store.clone()))
                .build()
                .expect("a server")
        }).await;
        jwks(&world).await;
        let before = world.store.calls();
        for _ in 0..59 {
            world.clock.advance(1);
            jwks(&world).await;
        }
        assert_eq!(world.store.calls(), before);
        world.clock.advance(1);
        jwks(&world).await;
        jwks(&world).await;
        assert_eq!(world.store.calls(), before + 1);
    }
}
