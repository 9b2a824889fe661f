//! The application as a process of its own, on an SQLite file and with the real clock, for tests
//! that kill it: `node axum path/of/oauth.db`. Says where it listens, and ends with whoever
//! started it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a node that does not come up ends the test"
)]
#![expect(clippy::print_stdout, reason = "says where it listens")]

use std::io::Read as _;

use oauth_core::{AuthorizationServer, events::Unheard, model::Scope};
use oauth_core_sql::SqliteStore;
use oauth_core_tests::{Adapter, app, world::ISSUER};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let adapter = match arguments.next().as_deref() {
        Some("axum") => Adapter::Axum,
        Some("actix-web") => Adapter::Actix,
        other => panic!("axum or actix-web, not {other:?}"),
    };
    let path = arguments.next().expect("the path of an SQLite file");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let store = SqliteStore::open(path).await.expect("an SQLite file");
        let server = AuthorizationServer::builder(ISSUER, store.clone(), store)
            .events(Unheard)
            .scopes(Scope::parse("read write").expect("a scope"))
            .build();
        let app = app::start(adapter, server.expect("a server"));
        println!("{}", app.address);
        // Nothing is ever written there: it ends when the process at the other end does.
        let waiting = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
        let _ended = waiting.await;
    });
}
