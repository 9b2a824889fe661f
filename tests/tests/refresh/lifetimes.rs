//! Idle and absolute lifetime of refresh tokens.

use oauth_core::context::Lifetimes;
use oauth_core_tests::{
    scenarios,
    world::{As, refresh_for},
};

use crate::{assert_refused, refresh};

const DAY: u32 = 86_400;

scenarios! {
    async fn ref_023_rotation_does_not_prolong_the_family(setup) {
        let world = setup.start().await;
        let mut current = world.tokens().await;
        for _ in 0..8 {
            world.clock.advance(11 * DAY);
            current = refresh(&world, "web", &current.refresh).await;
        }
        world.clock.advance(2 * DAY - 60);
        let answer = world.token(As::Basic("web"), &refresh_for(&current.refresh)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 60, "no token outlives its grant");
        world.clock.advance(60);
        let last = answer.text("refresh_token");
        assert!(!world.is_live("web", &last).await);
        assert!(!world.is_active(&answer.text("access_token")).await);
        assert_refused(&world, "web", &last).await;
        assert!(!world.events.heard("ReplayDetected"));
    }

    async fn ref_024_a_refresh_token_that_is_not_used_expires(setup) {
        let world = setup.start().await;
        let (used, unused) = (world.tokens().await, world.tokens().await);
        world.clock.advance(14 * DAY - 1);
        let next = refresh(&world, "web", &used.refresh).await;
        world.clock.advance(1);
        assert!(!world.is_live("web", &unused.refresh).await);
        assert_refused(&world, "web", &unused.refresh).await;
        assert!(!world.events.heard("ReplayDetected"));
        world.clock.advance(14 * DAY - 2);
        assert!(world.is_live("web", &next.refresh).await);
        refresh(&world, "web", &next.refresh).await;
    }

    async fn ref_023_ref_024_lifetimes_are_the_servers(setup) {
        let lifetimes = Lifetimes {
            refresh_token_idle: 100,
            refresh_token_absolute: 250,
            ..Lifetimes::default()
        };
        let world = setup.server(move |builder| builder.lifetimes(lifetimes)).start().await;
        let (mut current, idle) = (world.tokens().await, world.tokens().await);
        for _ in 0..2 {
            world.clock.advance(99);
            current = refresh(&world, "web", &current.refresh).await;
        }
        assert_refused(&world, "web", &idle.refresh).await;
        world.clock.advance(52);
        assert_refused(&world, "web", &current.refresh).await;
    }
}
