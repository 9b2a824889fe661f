//! An axum application that is an OAuth 2.1 authorization server and a protected API.
#![expect(clippy::print_stdout, reason = "it tells what to open")]

use std::{error::Error, net::SocketAddr, time::Duration};

use axum::{Router, response::Html, routing::get};
use demo::{DemoUsers, ISSUER, PAGE, WALK, register_clients};
use oauth_core::AuthorizationServer;
use oauth_core_axum::{Bearer, purge_every, router};
use oauth_core_pages::{Pages, ScopeWords};
use oauth_core_sql::SqliteStore;
use tokio::net::TcpListener;

oauth_core::scope!(Photos = "photos:read");

async fn photos(token: Bearer<Photos>) -> String {
    match token.subject() {
        Some(subject) => format!("The photos of {subject}, for {}.\n", token.client_id()),
        None => format!("The photos that {} may see.\n", token.client_id()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let store = SqliteStore::open("quickstart.db").await?;
    register_clients(&store).await?;
    let words = ScopeWords::new().scope("photos:read", "See your photos");
    let pages = Pages::new(DemoUsers::new().await?).scope_words(words);
    let server = AuthorizationServer::builder(ISSUER, store.clone(), store).with(pages).build()?;
    tokio::spawn(purge_every(Duration::from_secs(300), server.clone()));
    let app = Router::new()
        .route("/", get(Html(PAGE)))
        .route("/photos", get(photos))
        .merge(router(&server))
        .with_state(server);
    println!("{WALK}");
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
