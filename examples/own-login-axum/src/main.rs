//! An application with sessions, a sign-in page and a consent page of its own becomes an
//! authorization server: its handlers stay, and one of them takes an `AuthorizationRequest`.
#![expect(clippy::print_stdout, reason = "it tells what to open")]

mod authorize;
mod login;
mod page;
mod session;

use std::{error::Error, net::SocketAddr};

use axum::{Router, routing::get};
use oauth_core::{
    AuthorizationServer,
    model::{Client, Tenant},
    store::{ClientRegistry, MemoryStore},
};
use oauth_core_axum::{Bearer, router};
use tokio::net::TcpListener;

const WALK: &str = "
Open this in a browser, and sign in as alice with the password wonderland:

  http://127.0.0.1:3002/authorize?response_type=code&client_id=app&scope=photos:read&state=1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256

You arrive at an address where nobody listens, with a code in it. Trade it:

  curl -s -d grant_type=authorization_code -d client_id=app -d code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk -d code=THE_CODE http://127.0.0.1:3002/token
";

async fn app(issuer: &str) -> Result<Router, Box<dyn Error>> {
    let store = MemoryStore::new();
    let client = Client::public("app")
        .native()
        .name("Photo Printer")
        .redirect_uri("http://127.0.0.1:9999/callback")
        .scope("photos:read photos:write")
        .build()?;
    store.register(&Tenant::default(), &client).await?;
    let server = AuthorizationServer::builder(issuer, store.clone(), store).build()?;
    Ok(Router::new()
        .route("/login", get(login::show).post(login::sign_in))
        .route("/authorize", get(authorize::ask).post(authorize::answer))
        .route("/photos", get(async |token: Bearer| format!("{:?}\n", token.subject())))
        .merge(router(&server))
        .layer(session::layer())
        .with_state(server))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let app = app("http://127.0.0.1:3002").await?;
    println!("{WALK}");
    let listener = TcpListener::bind("127.0.0.1:3002").await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

#[cfg(test)]
mod tests;
