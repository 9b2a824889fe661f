//! An MCP server with two tools, guarded, and the authorization server that its clients need.

mod tools;

use std::{error::Error, net::SocketAddr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use demo::DemoUsers;
use oauth_core::{
    AuthorizationServer, Guard,
    guard::Requirement,
    model::{Resource, ResourceId, Scope},
    store::MemoryStore,
};
use oauth_core_axum::{admit, router};
use oauth_core_pages::Pages;
use tokio::net::TcpListener;

const ISSUER: &str = "http://127.0.0.1:3020";

/// Reading needs one scope, deleting another: a client that has not asked for it is told to.
async fn by_tool(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 1 << 20).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default();
    let needed = match call["params"]["name"].as_str() {
        Some("delete_photo") => Requirement::all(["photos:read", "photos:write"]),
        _ => Requirement::all(["photos:read"]),
    };
    match admit(&guard, Request::from_parts(parts, Body::from(body)), &needed).await {
        Ok(request) => next.run(request).await,
        Err(challenge) => challenge.into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let (store, mcp) = (MemoryStore::new(), ResourceId::parse(&format!("{ISSUER}/mcp"))?);
    let photos = Resource::new(mcp.clone()).scopes(Scope::parse("photos:read photos:write")?);
    let server = AuthorizationServer::builder(ISSUER, store.clone(), store.clone())
        .resource(photos.name("Photos"))
        .with(Pages::new(DemoUsers::new().await?))
        .build()?;
    let guard = server.guard().for_resource(mcp);
    let app = Router::new()
        .nest_service("/mcp", tools::service())
        .layer(from_fn_with_state(guard, by_tool))
        .merge(router(&server));
    let listener = TcpListener::bind("127.0.0.1:3020").await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
