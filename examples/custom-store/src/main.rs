//! A server whose store is its own.
#![expect(clippy::print_stdout, reason = "it tells what to type")]

mod store;

use std::{error::Error, net::SocketAddr, time::Duration};

use axum::{Router, routing::get};
use oauth_core::{
    AuthorizationServer,
    model::{Client, Secret, SecretHash, Tenant},
    store::{ClientRegistry, StoreError},
};
use oauth_core_axum::{Bearer, purge_every, router};
use redb::Database;
use store::RedbStore;
use tokio::net::TcpListener;

const WALK: &str = r#"
In a shell:

  TOKEN=$(curl -s -u robot:robot-secret-0123456789abcdef -d grant_type=client_credentials http://127.0.0.1:3003/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3003/readings

Stop the server, start it again: the token is still good, for it is in custom-store.db.

  curl -s -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3003/readings

Revoked, it opens nothing any more.

  curl -s -u robot:robot-secret-0123456789abcdef -d token=$TOKEN http://127.0.0.1:3003/revoke
  curl -i -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3003/readings
"#;

oauth_core::scope!(Readings = "readings");

async fn readings(token: Bearer<Readings>) -> String {
    format!("21.5 degrees, for {}.\n", token.client_id())
}

async fn server(store: RedbStore) -> Result<AuthorizationServer, Box<dyn Error>> {
    let secret = SecretHash::of_generated(&Secret::new("robot-secret-0123456789abcdef"));
    let robot = Client::confidential("robot", secret)
        .grant_types(["client_credentials"])
        .scope("readings")
        .build()?;
    match store.register(&Tenant::default(), &robot).await {
        // Registered when the server was started before.
        Ok(()) | Err(StoreError::Conflict) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(AuthorizationServer::builder("http://127.0.0.1:3003", store.clone(), store).build()?)
}

fn app(server: AuthorizationServer) -> Router {
    Router::new().route("/readings", get(readings)).merge(router(&server)).with_state(server)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let store = RedbStore::new(Database::create("custom-store.db")?)?;
    let server = server(store).await?;
    // Nobody else removes what is over.
    tokio::spawn(purge_every(Duration::from_secs(60 * 60), server.clone()));
    let app = app(server);
    println!("{WALK}");
    let listener = TcpListener::bind("127.0.0.1:3003").await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::{Request, StatusCode},
    };
    use redb::Database;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::{RedbStore, Router, app, server};

    /// `robot:robot-secret-0123456789abcdef`.
    const BASIC: &str = "Basic cm9ib3Q6cm9ib3Qtc2VjcmV0LTAxMjM0NTY3ODlhYmNkZWY=";

    async fn post(app: &Router, path: &str, form: String) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header("authorization", BASIC)
            .header("content-type", "application/x-www-form-urlencoded");
        let response = app.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn readings(app: &Router, token: &str) -> StatusCode {
        let request = Request::get("/readings").header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_token_outlives_the_process_and_a_revocation_does_too() {
        let directory = tempfile::tempdir().unwrap();
        // As the process that is started again: what was there before is closed by then.
        let start = async || {
            let database = Database::create(directory.path().join("test.db")).unwrap();
            app(server(RedbStore::new(database).unwrap()).await.unwrap())
        };
        let first = start().await;
        let (_, tokens) = post(&first, "/token", "grant_type=client_credentials".into()).await;
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(readings(&first, token).await, StatusCode::OK);
        drop(first);
        let second = start().await;
        assert_eq!(readings(&second, token).await, StatusCode::OK);
        let (revoked, _) = post(&second, "/revoke", format!("token={token}")).await;
        assert_eq!(revoked, StatusCode::OK);
        drop(second);
        assert_eq!(readings(&start().await, token).await, StatusCode::UNAUTHORIZED);
    }
}
