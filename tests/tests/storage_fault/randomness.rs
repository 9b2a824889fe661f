//! Randomness that repeats itself, and randomness that fails.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use oauth_core::random::{Random, RandomFailed};
use oauth_core_testkit::CountingRandom;
use oauth_core_tests::{
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, authz, code_for, params, refresh_for},
};

use crate::live_grants;

/// Draws the same bytes as often as it is told to, and something new at all other times.
#[derive(Clone, Debug, Default)]
struct Stutter(CountingRandom, Arc<AtomicU32>, Arc<AtomicU32>);

impl Stutter {
    /// The next `draws` are all alike.
    fn stutter(&self, draws: u32) {
        self.stutter_after(0, draws);
    }

    /// After so many that are not, the next `draws` are all alike.
    fn stutter_after(&self, new: u32, draws: u32) {
        self.2.store(new, Ordering::SeqCst);
        self.1.store(draws, Ordering::SeqCst);
    }
}

impl Random for Stutter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        let (left, new) = (self.1.load(Ordering::SeqCst), self.2.load(Ordering::SeqCst));
        if left == 0 || new > 0 {
            self.2.store(new.saturating_sub(1), Ordering::SeqCst);
            return self.0.fill(bytes);
        }
        self.1.store(left - 1, Ordering::SeqCst);
        bytes.fill(0xa5);
        Ok(())
    }
}

scenarios! {
    async fn sto_022_a_key_that_is_taken_is_drawn_again(setup) {
        let random = Stutter::default();
        let own = random.clone();
        let world = setup.server(|builder| builder.random(own)).start().await;
        let code = world.code().await;
        random.stutter(2);
        let first = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        for draws in [1, 2, 4] {
            let code = world.code().await;
            random.stutter(draws);
            let second = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
            assert!(second.access != first.access && second.refresh != first.refresh);
            assert!(world.is_active(&first.access).await && world.is_active(&second.access).await);
            assert!(world.is_live("web", &second.refresh).await);
        }
        random.stutter(2);
        let machine = params([("grant_type", "client_credentials")]);
        let second = world.token(As::Basic("m2m"), &machine).await;
        assert!(world.is_active(&second.is_ok().text("access_token")).await);
        assert_eq!(world.introspect(&first.access).await["client_id"], "web");
        let next = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
        assert!(world.is_active(&next.is_ok().text("access_token")).await);
    }

    async fn sto_022_a_code_that_is_taken_is_drawn_again(setup) {
        let random = Stutter::default();
        let own = random.clone();
        let world = setup.server(|builder| builder.random(own)).start().await;
        let mut codes = Vec::new();
        for draws in [1, 1, 2] {
            // The name of the grant is drawn before its code.
            random.stutter_after(1, draws);
            codes.push(world.code().await);
        }
        let before = live_grants(&world).await;
        random.stutter_after(1, u32::MAX);
        world.authorize(&authz()).await.redirected_error(CALLBACK, "server_error");
        assert_eq!(live_grants(&world).await, before);
        random.stutter(0);
        for code in codes {
            world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        }
    }

    async fn sto_022_a_source_that_only_repeats_itself_spends_nothing(setup) {
        let random = Stutter::default();
        let own = random.clone();
        let world = setup.server(|builder| builder.random(own)).start().await;
        let code = world.code().await;
        random.stutter(2);
        let first = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        let code = world.code().await;
        random.stutter(u32::MAX);
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        answer.refused(500, "server_error");
        let answer = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
        answer.refused(500, "server_error");
        random.stutter(0);
        assert!(world.is_active(&first.access).await);
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        world.token(As::Basic("web"), &refresh_for(&first.refresh)).await.is_ok();
    }

    async fn while_there_is_no_randomness_everything_waits_and_nothing_is_lost(setup) {
        let random = CountingRandom::new();
        let own = random.clone();
        let world = setup.server(|builder| builder.random(own)).start().await;
        let (code, tokens) = (world.code().await, world.tokens().await);
        random.fail();
        let machine = params([("grant_type", "client_credentials")]);
        for (client, asked) in [
            (As::Basic("web"), code_for(&code)),
            (As::Basic("web"), refresh_for(&tokens.refresh)),
            (As::Basic("m2m"), machine),
        ] {
            world.token(client, &asked).await.refused(503, "temporarily_unavailable");
        }
        let answer = world.authorize(&authz()).await;
        answer.redirected_error(CALLBACK, "temporarily_unavailable");
        assert_eq!(live_grants(&world).await, 2);
        assert!(world.is_active(&tokens.access).await, "what exists needs none");
        random.count();
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
    }
}
