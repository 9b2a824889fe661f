//! The application as a process of its own, on a store that it shares with others and with the
//! real clock: `node axum sqlite:path/of/oauth.db`. Says where it listens, and ends with whoever
//! started it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a node that does not come up ends the test"
)]
#![expect(clippy::print_stdout, reason = "says where it listens")]

use std::io::Read as _;

use oauth_core::{AuthorizationServer, events::Unheard, model::Scope};
use oauth_core_tests::{Adapter, app, place, world::ISSUER};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let adapter = match arguments.next().as_deref() {
        Some("axum") => Adapter::Axum,
        Some("actix-web") => Adapter::Actix,
        other => panic!("axum or actix-web, not {other:?}"),
    };
    let url = arguments.next().expect("where the store is");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let store = place::open(&url).await;
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
