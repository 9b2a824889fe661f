//! A server with a grant type of its own.
#![expect(clippy::print_stdout, reason = "it tells what to type")]

mod pin_grant;

use std::{error::Error, net::SocketAddr};

use axum::{Router, routing::get};
use oauth_core::{
    AuthorizationServer,
    model::{Client, Tenant},
    store::{ClientRegistry, MemoryStore},
};
use oauth_core_axum::{Bearer, router};
use pin_grant::PinGrant;
use tokio::net::TcpListener;

const WALK: &str = "
A kiosk has shown the PIN 271828 to alice. In a shell:

  curl -s -d grant_type=urn:example:oauth:grant-type:pin -d client_id=app -d pin=271828 http://127.0.0.1:3001/token

It works once.
";

async fn app() -> Result<Router, Box<dyn Error>> {
    let store = MemoryStore::new();
    let client = Client::public("app")
        .grant_types([pin_grant::NAME, "refresh_token"])
        .scope("photos:read")
        .build()?;
    store.register(&Tenant::default(), &client).await?;
    let server = AuthorizationServer::builder("http://127.0.0.1:3001", store.clone(), store)
        .without_authorization_endpoint()
        .grant_type(PinGrant::new([("271828", "alice"), ("314159", "bob")]))
        .build()?;
    let whoami = async |token: Bearer| format!("{:?} via {:?}\n", token.subject(), token.claims());
    Ok(Router::new().route("/whoami", get(whoami)).merge(router(&server)).with_state(server))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let app = app().await?;
    println!("{WALK}");
    let listener = TcpListener::bind("127.0.0.1:3001").await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[tokio::test]
    async fn a_pin_is_good_once() -> Result<(), Box<dyn std::error::Error>> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = super::app().await?.into_make_service_with_connect_info::<super::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let http = reqwest::Client::new();
        let form =
            [("grant_type", super::pin_grant::NAME), ("client_id", "app"), ("pin", "271828")];
        let tokens: Value =
            http.post(format!("{url}/token")).form(&form).send().await?.json().await?;
        assert_eq!(tokens["scope"], "photos:read");
        let token = tokens["access_token"].as_str().unwrap_or_default();
        let whoami =
            http.get(format!("{url}/whoami")).bearer_auth(token).send().await?.text().await?;
        assert!(whoami.contains("alice") && whoami.contains("pin"), "{whoami}");
        let again = http.post(format!("{url}/token")).form(&form).send().await?;
        assert_eq!(again.status(), 400);
        let refresh = tokens["refresh_token"].as_str().unwrap_or_default();
        let form =
            [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh)];
        assert_eq!(http.post(format!("{url}/token")).form(&form).send().await?.status(), 200);
        Ok(())
    }
}
