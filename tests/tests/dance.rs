//! The whole dance, from the authorization request to the end of the grant.

use oauth_core_tests::{
    scenarios,
    world::{As, Tokens, code_for, refresh_for},
};

scenarios! {
    async fn the_whole_dance(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        assert!(world.is_active(&tokens.access).await);
        let answer = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        let next = Tokens::of(answer.is_ok());
        assert!(world.is_active(&next.access).await);
        let replay = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        replay.refused(400, "invalid_grant");
        assert!(!world.is_active(&next.access).await);
        let machine = world.machine_token().await;
        assert!(world.is_active(&machine).await);
        let code = world.code().await;
        world.token(As::Basic("other"), &code_for(&code)).await.refused(400, "invalid_grant");
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
    }
}
