//! What happens between a server and its store when the network between them fails: cut, silent or
//! refused, at every moment of a request. Nothing is done by halves, everybody is answered, and the
//! server recovers by itself.

mod cut;
mod network;
mod rig;
mod silent;
mod unreachable;

/// Runs scenarios, each a function from a [`Rig`](rig::Rig), for every adapter and every store that
/// is reached over a network.
macro_rules! over_a_network {
    ($($(#[$meta:meta])* async fn $name:ident($rig:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn scenario($rig: $crate::rig::Rig) $body

            $crate::on_stores!(Axum, axum_postgres, axum_redis);
            $crate::on_stores!(Actix, actix_postgres, actix_redis);
        }
    )*};
}

/// Runs scenarios that wait for long and that no adapter has a part in.
macro_rules! over_a_slow_network {
    ($($(#[$meta:meta])* async fn $name:ident($rig:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn scenario($rig: $crate::rig::Rig) $body

            $crate::on_stores!(Axum, postgres, redis);
        }
    )*};
}

/// The tests that run the `scenario` of a module with an adapter.
macro_rules! on_stores {
    ($adapter:ident, $postgres:ident, $redis:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgres() {
            if oauth_core_tests::postgres::is_there() {
                let engine = oauth_core_tests::Engine::Postgres;
                let adapter = oauth_core_tests::Adapter::$adapter;
                scenario($crate::rig::Rig::start(adapter, engine).await).await;
            }
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $redis() {
            if oauth_core_tests::redis::is_there() {
                let engine = oauth_core_tests::Engine::Redis;
                let adapter = oauth_core_tests::Adapter::$adapter;
                scenario($crate::rig::Rig::start(adapter, engine).await).await;
            }
        }
    };
}
use on_stores;
use over_a_network;
use over_a_slow_network;
