//! What is over is removed, by the call and by the task; and how a health endpoint asks.

use std::time::Duration;

use oauth_core::{
    AuthorizationServer,
    clock::{Clock, Timestamp},
    model::Digest,
    store::{ClientRegistry as _, GrantStore as _},
};
use oauth_core_tests::{
    Adapter, Engine, World, scenarios,
    world::{As, Tokens, refresh_for},
};

async fn is_kept(world: &World, token: &str) -> bool {
    let store = world.store.inner();
    store.find(&Default::default(), &Digest::of(token)).await.expect("an answer").is_some()
}

/// A clock that goes on by a second whenever somebody looks.
#[derive(Debug, Default)]
struct Hasty(std::sync::atomic::AtomicI64);

impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(
            2_000_000_000 + self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
        )
    }
}

scenarios! {
    async fn what_is_over_is_removed_and_what_is_needed_stays(setup) {
        let engine = setup.engine;
        let world = setup.start().await;
        let first = world.tokens().await;
        let second = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
        let second = Tokens::of(second.is_ok());
        assert_eq!(world.server.purge_expired(10, 60).await.expect("purged"), 0);
        world.clock.advance(700);
        // The two access tokens have expired. The spent code and refresh token are remembered.
        let purged = world.server.purge_expired(1, 60).await.expect("purged");
        if engine == Engine::Redis {
            // Which forgets by itself, by its own clock.
            assert_eq!(purged, 0);
        } else {
            assert_eq!(purged, 2);
            assert!(world.events.heard("Purged { count: 2 }"));
            assert!(!is_kept(&world, &first.access).await);
        }
        assert!(is_kept(&world, &first.refresh).await && is_kept(&world, &second.refresh).await);
        world.token(As::Basic("web"), &refresh_for(&first.refresh)).await.refused(400, "invalid_grant");
        assert!(world.events.heard("ReplayDetected"));
        world.clock.advance(200 * 86_400);
        world.server.purge_expired(1_000, 60).await.expect("purged");
        let kept = is_kept(&world, &first.refresh).await || is_kept(&world, &second.refresh).await;
        assert_eq!(kept, engine == Engine::Redis);
    }

    async fn a_purge_ends_at_its_deadline(setup) {
        let engine = setup.engine;
        let world = setup.start().await;
        for _ in 0..8 {
            world.machine_token().await;
        }
        let hasty = world.builder().clock(Hasty::default()).build().expect("a server");
        // One look when it begins, and one before each batch: the third finds the deadline passed.
        let purged = hasty.purge_expired(1, 3).await.expect("purged");
        assert_eq!(purged, if engine == Engine::Redis { 0 } else { 2 });
        assert_eq!(hasty.purge_expired(1, 1).await.expect("purged"), 0);
    }

    async fn sto_026_a_page_of_none_is_empty_and_a_batch_of_none_is_one_of_one(setup) {
        let engine = setup.engine;
        let world = setup.start().await;
        let none = world.store.list(&Default::default(), None, None, 0).await.expect("a list");
        assert!(none.is_empty());
        for _ in 0..3 {
            world.machine_token().await;
        }
        world.clock.advance(700);
        let purged = world.server.purge_expired(0, 60).await.expect("purged");
        assert!(purged >= 3 || engine == Engine::Redis, "{purged}");
        assert_eq!(world.server.purge_expired(0, 60).await.expect("purged"), 0);
    }

    async fn a_store_that_fails_is_heard_of_and_makes_the_node_unready(setup) {
        let world = setup.start().await;
        world.server.ready().await.expect("ready");
        world.store.set_down(true);
        world.server.ready().await.expect_err("no store, not ready");
        world.server.purge_expired(10, 60).await.expect_err("no store, no purge");
        assert!(world.events.heard("StoreFailed"));
        world.store.set_down(false);
        world.server.ready().await.expect("ready again");
        world.server.purge_expired(10, 60).await.expect("purged");
    }

    async fn the_task_purges(setup) {
        let (adapter, engine) = (setup.adapter, setup.engine);
        let world = setup.start().await;
        let tokens = world.tokens().await;
        world.clock.advance(700);
        let before = world.store.calls();
        task(adapter, &world, async |world| {
            let done = async || match engine {
                Engine::Redis => world.store.calls() > before,
                _ => !is_kept(world, &tokens.access).await,
            };
            while !done().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

/// Does the work while the adapter's task purges.
async fn task(adapter: Adapter, world: &World, work: impl AsyncFn(&World)) {
    let period = Duration::from_secs(1);
    let server: AuthorizationServer = world.server.clone();
    let ends = async { tokio::time::timeout(Duration::from_secs(60), work(world)).await };
    let done = match adapter {
        Adapter::Axum => tokio::select! {
            () = oauth_core_axum::purge_every(period, server) => None,
            done = ends => Some(done),
        },
        Adapter::Actix => tokio::select! {
            () = oauth_core_actix::purge_every(period, server) => None,
            done = ends => Some(done),
        },
    };
    done.expect("a task that never ends").expect("purged");
}
