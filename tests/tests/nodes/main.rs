//! Three processes over one store, two on axum and one on actix-web: whichever of them is asked, and
//! however many are asked at once, they decide as one.
//!
//! `OAUTH_TEST_RACE_ROUNDS` says how often each race is run.
#![expect(clippy::print_stdout, reason = "how much was tried")]

mod cluster;
#[path = "../crash/process.rs"]
mod process;
mod redeemed;
mod refreshed;
mod revoked;

/// How many requests race for one credential.
const RACERS: usize = 100;

/// How often a race is run.
fn rounds() -> usize {
    let set = std::env::var("OAUTH_TEST_RACE_ROUNDS").ok();
    set.and_then(|rounds| rounds.parse().ok()).unwrap_or(10)
}

/// Runs scenarios, each a function from a [`Cluster`](cluster::Cluster), on every store that
/// processes on several machines can share.
macro_rules! on_shared_stores {
    ($($(#[$meta:meta])* async fn $name:ident($cluster:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn scenario($cluster: $crate::cluster::Cluster) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if oauth_core_tests::postgres::is_there() {
                    let engine = oauth_core_tests::Engine::Postgres;
                    scenario($crate::cluster::Cluster::start(engine).await).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn redis() {
                if oauth_core_tests::redis::is_there() {
                    let engine = oauth_core_tests::Engine::Redis;
                    scenario($crate::cluster::Cluster::start(engine).await).await;
                }
            }
        }
    )*};
}
use on_shared_stores;
