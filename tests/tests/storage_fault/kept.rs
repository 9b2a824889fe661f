//! What is kept, for how long, and that a purge takes away nothing that is still needed.

use oauth_core::{clock::Clock as _, store::GrantStore as _};
use oauth_core_tests::{
    Engine, World, scenarios,
    world::{As, Tokens, code_for, race, refresh_for},
};

/// Purges to the end.
async fn purge(world: &World) -> u32 {
    let mut all = 0;
    loop {
        let removed = world.store.purge(world.clock.now(), 100).await.expect("purged");
        all += removed;
        if removed < 100 {
            return all;
        }
    }
}

scenarios! {
    async fn sto_023_a_purge_leaves_what_is_unexpired_and_what_tells_a_replay(setup) {
        let world = setup.start().await;
        let (code, unused) = (world.code().await, world.code().await);
        let tokens = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        let next = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        let next = Tokens::of(next.is_ok());
        world.clock.advance(59);
        assert_eq!(purge(&world).await, 0);
        let redeemed = world.token(As::Basic("web"), &code_for(&unused)).await;
        let redeemed = Tokens::of(redeemed.is_ok());
        // A spent code is known for what it is for a day after its end, and so is a refresh token.
        world.clock.advance(86_000);
        purge(&world).await;
        assert!(world.is_live("web", &next.refresh).await);
        world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
        assert!(!world.is_live("web", &next.refresh).await);
        assert!(world.events.heard("ReplayDetected { kind: \"authorization_code\""));
        let third = world.token(As::Basic("web"), &refresh_for(&redeemed.refresh)).await;
        let third = Tokens::of(third.is_ok());
        world.clock.advance(13 * 86_400);
        purge(&world).await;
        let replay = world.token(As::Basic("web"), &refresh_for(&redeemed.refresh)).await;
        replay.refused(400, "invalid_grant");
        assert!(!world.is_live("web", &third.refresh).await);
        assert!(world.events.heard("ReplayDetected { kind: \"refresh_token\""));
    }

    async fn sto_023_in_the_end_everything_is_purged(setup) {
        let forgets = setup.engine == Engine::Redis;
        let world = setup.start().await;
        let tokens = world.tokens().await;
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
        world.machine_token().await;
        world.clock.advance(92 * 86_400);
        // Two grants; a code, two refresh tokens, three access tokens.
        assert_eq!(purge(&world).await, if forgets { 0 } else { 8 });
        assert_eq!(purge(&world).await, 0);
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.refused(400, "invalid_grant");
    }

    async fn sto_023_a_purge_disturbs_no_redemption(setup) {
        let forgets = setup.engine == Engine::Redis;
        let world = setup.start().await;
        for _ in 0..20 {
            world.tokens().await;
        }
        world.clock.advance(100 * 86_400);
        let mut requests = Vec::new();
        for _ in 0..30 {
            let code = world.code().await;
            requests.push(world.form("/token", As::Basic("web"), &code_for(&code)));
        }
        let (answers, removed) = tokio::join!(race(requests), purge(&world));
        assert_eq!(removed, if forgets { 0 } else { 80 });
        for answer in answers {
            assert!(world.is_active(&answer.is_ok().text("access_token")).await);
        }
    }
}
