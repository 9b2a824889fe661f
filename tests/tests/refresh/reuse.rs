//! Refresh tokens that stay the same, for confidential clients that ask for it by name.

use oauth_core::model::{IssueRefreshToken, Rotation};
use oauth_core_tests::{
    Setup, World,
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, params, race, refresh_for, with},
};

use crate::{assert_over, assert_refused, client, refresh};

const ID: &str = "legacy";
const DAY: u32 = 86_400;

async fn start(setup: Setup) -> (World, Tokens) {
    let legacy = client(ID, Rotation::Reuse, IssueRefreshToken::Always);
    let world = setup.client(legacy.build().expect("a sound client")).start().await;
    let tokens = world.tokens_of(As::Basic(ID), ID, CALLBACK, "read write").await;
    (world, tokens)
}

scenarios! {
    async fn ref_030_a_refresh_token_stays(setup) {
        let (world, tokens) = start(setup).await;
        for _ in 0..3 {
            let next = refresh(&world, ID, &tokens.refresh).await;
            assert_eq!(next.refresh, tokens.refresh);
            assert_ne!(next.access, tokens.access);
            assert!(world.is_active(&next.access).await);
        }
        assert!(world.is_live(ID, &tokens.refresh).await);
        assert!(!world.events.heard("ReplayDetected"));
    }

    async fn ref_030_use_prolongs_it_and_never_beyond_the_grant(setup) {
        let (world, tokens) = start(setup).await;
        for _ in 0..6 {
            world.clock.advance(13 * DAY);
            refresh(&world, ID, &tokens.refresh).await;
        }
        world.clock.advance(12 * DAY - 300);
        let answer = world.token(As::Basic(ID), &refresh_for(&tokens.refresh)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 300, "the grant ends, and so does this");
        world.clock.advance(300);
        assert_refused(&world, ID, &tokens.refresh).await;
        assert!(!world.is_active(&answer.text("access_token")).await);
    }

    async fn ref_030_unused_it_expires(setup) {
        let (world, tokens) = start(setup).await;
        world.clock.advance(14 * DAY);
        assert_refused(&world, ID, &tokens.refresh).await;
    }

    async fn ref_030_narrowing_is_for_one_answer(setup) {
        let (world, tokens) = start(setup).await;
        let asked = with(refresh_for(&tokens.refresh), "scope", "read");
        assert_eq!(world.token(As::Basic(ID), &asked).await.is_ok().text("scope"), "read");
        let answer = world.token(As::Basic(ID), &refresh_for(&tokens.refresh)).await;
        assert_eq!(answer.is_ok().text("scope"), "read write");
    }

    async fn ref_030_revoked_is_revoked(setup) {
        let (world, tokens) = start(setup).await;
        let next = refresh(&world, ID, &tokens.refresh).await;
        world.post("/revoke", As::Basic(ID), &params([("token", &tokens.refresh)])).await.is_ok();
        assert_refused(&world, ID, &tokens.refresh).await;
        assert_over(&world, ID, &[&tokens, &next]).await;
    }

    async fn ref_030_a_hundred_at_once_all_get_tokens(setup) {
        let (world, tokens) = start(setup).await;
        let asked = refresh_for(&tokens.refresh);
        let answers = race((0..100).map(|_| world.form("/token", As::Basic(ID), &asked))).await;
        for answer in &answers {
            assert_eq!(Tokens::of(answer.is_ok()).refresh, tokens.refresh);
        }
        assert!(world.is_live(ID, &tokens.refresh).await);
    }
}
