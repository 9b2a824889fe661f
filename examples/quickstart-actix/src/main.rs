//! An actix-web application that is an OAuth 2.1 authorization server and a protected API.
#![expect(clippy::print_stdout, reason = "it tells what to open")]

use std::{error::Error, time::Duration};

use actix_web::{App, HttpServer, web};
use demo::{DemoUsers, ISSUER, PAGE, WALK, register_clients};
use oauth_core::AuthorizationServer;
use oauth_core_actix::{Bearer, configure, purge_every};
use oauth_core_pages::{Pages, ScopeWords};
use oauth_core_sql::SqliteStore;

oauth_core::scope!(Photos = "photos:read");

async fn photos(token: Bearer<Photos>) -> String {
    match token.subject() {
        Some(subject) => format!("The photos of {subject}, for {}.\n", token.client_id()),
        None => format!("The photos that {} may see.\n", token.client_id()),
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let store = SqliteStore::open("quickstart.db").await?;
    register_clients(&store).await?;
    let words = ScopeWords::new().scope("photos:read", "See your photos");
    let pages = Pages::new(DemoUsers::new().await?).scope_words(words);
    let server = AuthorizationServer::builder(ISSUER, store.clone(), store).with(pages).build()?;
    actix_web::rt::spawn(purge_every(Duration::from_secs(300), server.clone()));
    println!("{WALK}");
    let app = move || {
        App::new()
            .configure(configure(&server))
            .route("/", web::get().to(async || web::Html::new(PAGE)))
            .route("/photos", web::get().to(photos))
    };
    Ok(HttpServer::new(app).bind("127.0.0.1:3000")?.run().await?)
}
