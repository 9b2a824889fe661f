//! Which clients stay.

use oauth_core_tests::{World, scenarios, world::As, world::refresh_for};
use serde_json::json;

use crate::{CALLBACK, asks, created, public, public_tokens, register, text, with, world};

/// What a host does now and then. There is nothing else to be removed.
async fn purge(world: &World) -> u64 {
    world.server.purge_expired(1000, 60).await.expect("a purge")
}

scenarios! {
    async fn one_that_registers_again_is_kept_for_longer(setup) {
        let world = world(setup, |registration| registration.open().unused(Some(3600))).await;
        let known = created(&register(&world, &public()).await);
        let id = text(&known, "client_id");
        world.clock.advance(3000);
        let again = created(&register(&world, &public()).await);
        assert_eq!(text(&again, "client_id"), id);
        world.clock.advance(3000);
        assert_eq!(purge(&world).await, 0);
        asks(&world, id).await.redirected(CALLBACK);
    }

    async fn a_client_that_was_never_used_is_removed(setup) {
        let world = world(setup, |registration| registration.open()).await;
        let named = |name: &str| with(public(), "client_name", json!(name));
        let unused = created(&register(&world, &named("unused")).await);
        let used = created(&register(&world, &named("used")).await);
        let (unused, used) = (text(&unused, "client_id"), text(&used, "client_id"));
        let tokens = public_tokens(&world, used).await;
        assert_eq!(purge(&world).await, 0);
        world.clock.advance(24 * 60 * 60 + 61);
        // The used one's code and access token are over by then, too.
        assert!(purge(&world).await >= 1);
        asks(&world, unused).await.page(400, "invalid_client");
        world.token(As::Public(used), &refresh_for(&tokens.refresh)).await.is_ok();
        // Nor do those go that the host registered, and that nobody has used.
        asks(&world, "web").await.page(400, "invalid_request");
    }

    async fn clients_stay_for_ever_where_that_was_said(setup) {
        let world = world(setup, |registration| registration.open().unused(None)).await;
        let known = created(&register(&world, &public()).await);
        world.clock.advance(100 * 24 * 60 * 60);
        assert_eq!(purge(&world).await, 0);
        asks(&world, text(&known, "client_id")).await.redirected(CALLBACK);
    }
}
