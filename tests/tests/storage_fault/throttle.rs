//! A throttle that fails.

use async_trait::async_trait;
use oauth_core::{
    store::StoreError,
    throttle::{Guess, Throttle},
};
use oauth_core_tests::{
    scenarios,
    world::{As, code_for, params},
};

#[derive(Debug)]
struct Broken;

#[async_trait]
impl Throttle for Broken {
    async fn wait(&self, _: &Guess<'_>) -> Result<Option<u32>, StoreError> {
        Err(StoreError::unavailable("nobody counts"))
    }

    async fn failed(&self, _: &Guess<'_>) -> Result<(), StoreError> {
        Err(StoreError::unavailable("nobody counts"))
    }
}

scenarios! {
    async fn sto_013_while_the_throttle_fails_the_server_counts_by_itself(setup) {
        let world = setup.server(|builder| builder.throttle(Broken)).start().await;
        let code = world.code().await;
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        assert!(world.events.heard("StoreFailed") && world.events.heard("nobody counts"));
        let asked = params([("grant_type", "client_credentials")]);
        let mut refusals = 0;
        let throttled = loop {
            let answer = world.token(As::BasicWith("m2m", "wrong"), &asked).await;
            if answer.status == 429 {
                break answer;
            }
            answer.refused(401, "invalid_client");
            refusals += 1;
            assert!(refusals < 50, "nobody counts");
        };
        throttled.refused(429, "temporarily_unavailable");
        assert!(refusals >= 5, "a few mistakes are allowed");
        world.token(As::Basic("m2m"), &asked).await.refused(429, "temporarily_unavailable");
        let wait = throttled.header("retry-after").parse().expect("seconds");
        world.clock.advance(wait);
        world.token(As::Basic("m2m"), &asked).await.is_ok();
        world.tokens().await;
    }
}
