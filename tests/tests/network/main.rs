//! What happens between a server and its store when the network between them fails: cut, silent or
//! refused, at every moment of a request. Nothing is done by halves, everybody is answered, and the
//! server recovers by itself.

mod cut;
mod network;
mod rig;
mod silent;
mod unreachable;

/// Runs scenarios, each a function from a [`Setup`](oauth_core_tests::Setup), for every adapter and
/// every store that is reached over a network.
macro_rules! over_a_network {
    ($($(#[$meta:meta])* async fn $name:ident($rig:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn scenario($rig: $crate::rig::Rig) $body

            async fn on_postgres(adapter: oauth_core_tests::Adapter) {
                if oauth_core_tests::postgres::is_there() {
                    let engine = oauth_core_tests::Engine::Postgres;
                    scenario($crate::rig::Rig::start(adapter, engine).await).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn axum_postgres() {
                on_postgres(oauth_core_tests::Adapter::Axum).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn actix_postgres() {
                on_postgres(oauth_core_tests::Adapter::Actix).await;
            }
        }
    )*};
}
use over_a_network;
