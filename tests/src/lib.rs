//! The world in which the protocol scenarios play: an application with an authorization server and
//! a protected API, on a real socket, in every combination of adapter and store.
//!
//! A scenario is written once, inside [`scenarios!`]; it gets a [`Setup`], starts a [`World`] from
//! it, and talks to that with a real HTTP client.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a world that does not come up ends the test"
)]

pub mod answer;
pub mod app;
mod book;
pub mod clients;
pub mod events;
pub mod place;
pub mod postgres;
pub mod raw;
pub mod redis;
mod setup;
pub mod world;

pub use answer::Answer;
pub use book::Book;
pub use place::Place;
pub use setup::{Adapter, Base, Engine, FullStore, Setup, Store};
pub use world::World;

/// Runs scenarios, each a function from a [`Setup`], for every adapter and every store.
#[macro_export]
macro_rules! scenarios {
    ($($(#[$meta:meta])* async fn $name:ident($setup:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[expect(unused_imports, reason = "not every scenario needs all of them")]
            use super::*;

            async fn scenario($setup: $crate::Setup) $body

            $crate::on_embedded_stores!();
            $crate::on_postgres!();
            $crate::on_redis!();
        }
    )*};
}

/// The tests that run the `scenario` of a module on the stores that need no server.
#[macro_export]
macro_rules! on_embedded_stores {
    () => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn axum_memory() {
            scenario($crate::Setup::new($crate::Adapter::Axum, $crate::Engine::Memory)).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn actix_memory() {
            scenario($crate::Setup::new($crate::Adapter::Actix, $crate::Engine::Memory)).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn axum_sqlite() {
            scenario($crate::Setup::new($crate::Adapter::Axum, $crate::Engine::Sqlite)).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn actix_sqlite() {
            scenario($crate::Setup::new($crate::Adapter::Actix, $crate::Engine::Sqlite)).await;
        }
    };
}

/// The tests that run the `scenario` of a module on PostgreSQL, where there is one.
#[macro_export]
macro_rules! on_postgres {
    () => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn axum_postgres() {
            if $crate::postgres::is_there() {
                let setup = $crate::Setup::new($crate::Adapter::Axum, $crate::Engine::Postgres);
                scenario(setup).await;
            }
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn actix_postgres() {
            if $crate::postgres::is_there() {
                let setup = $crate::Setup::new($crate::Adapter::Actix, $crate::Engine::Postgres);
                scenario(setup).await;
            }
        }
    };
}

/// The tests that run the `scenario` of a module on Redis, where there is one.
#[macro_export]
macro_rules! on_redis {
    () => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn axum_redis() {
            if $crate::redis::is_there() {
                scenario($crate::Setup::new($crate::Adapter::Axum, $crate::Engine::Redis)).await;
            }
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn actix_redis() {
            if $crate::redis::is_there() {
                scenario($crate::Setup::new($crate::Adapter::Actix, $crate::Engine::Redis)).await;
            }
        }
    };
}
