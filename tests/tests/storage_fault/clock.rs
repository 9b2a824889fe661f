//! Clocks that disagree, and clocks that jump back.

use oauth_core::clock::{Clock, Timestamp};
use oauth_core_testkit::ManualClock;
use oauth_core_tests::{
    Setup, World, scenarios,
    world::{As, Tokens, code_for, refresh_for},
};

/// A clock that is ahead by this much, or behind.
#[derive(Debug)]
struct Skewed(ManualClock, i64);

impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.now().unix() + self.1)
    }
}

/// Two nodes, of which one is ahead by twenty seconds and one is behind.
async fn two_nodes(setup: Setup) -> (World, World) {
    let adapter = setup.adapter;
    let world = setup.start().await;
    let node = |skew| {
        let clock = Skewed(world.clock.clone(), skew);
        world.beside(adapter, world.builder().clock(clock).build().expect("a server"))
    };
    (node(20), node(-20))
}

scenarios! {
    // A code is good for a minute of its issuer's clock, so nodes that are a whole minute apart do
    // not understand each other; forty seconds are no trouble.
    async fn sto_019_nodes_whose_clocks_disagree_understand_each_other(setup) {
        let (ahead, behind) = two_nodes(setup).await;
        for (from, to) in [(&ahead, &behind), (&behind, &ahead)] {
            let code = from.code().await;
            let answer = to.token(As::Basic("web"), &code_for(&code)).await;
            assert_eq!(answer.is_ok().json()["expires_in"], 600);
            let tokens = Tokens::of(&answer);
            assert!(from.is_active(&tokens.access).await && to.is_active(&tokens.access).await);
            let next = from.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
            let next = Tokens::of(next.is_ok());
            assert!(to.is_active(&next.access).await);
            to.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.refused(400, "invalid_grant");
            assert!(!from.is_active(&next.access).await && !to.is_active(&next.access).await);
        }
    }

    async fn sto_020_a_clock_that_jumps_back_brings_nothing_spent_back(setup) {
        let world = setup.start().await;
        let start = world.clock.now();
        let (spent, unspent, expired) =
            (world.code().await, world.code().await, world.code().await);
        world.token(As::Basic("web"), &code_for(&spent)).await.is_ok();
        let rotated = world.tokens().await;
        world.token(As::Basic("web"), &refresh_for(&rotated.refresh)).await.is_ok();
        world.clock.advance(61);
        world.token(As::Basic("web"), &code_for(&expired)).await.refused(400, "invalid_grant");
        world.clock.set(start.minus(3600));
        for answer in [
            world.token(As::Basic("web"), &code_for(&spent)).await,
            world.token(As::Basic("web"), &refresh_for(&rotated.refresh)).await,
        ] {
            answer.refused(400, "invalid_grant");
        }
        assert!(!world.is_active(&rotated.access).await);
        // Ends are stored as moments: what ends later than it should is no longer for that.
        let answer = world.token(As::Basic("web"), &code_for(&unspent)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 600);
        let access = answer.text("access_token");
        assert!(world.is_active(&access).await);
        world.clock.advance(600);
        assert!(!world.is_active(&access).await);
    }
}
