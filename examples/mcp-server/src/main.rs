//! An MCP server that is its own authorization server.

use std::{env, error::Error, net::SocketAddr};

use demo::DemoUsers;
use mcp_server::guarded;
use oauth_core::{
    AuthorizationServer,
    model::{Resource, ResourceId, Scope},
    server::Mcp,
    store::MemoryStore,
};
use oauth_core_axum::router;
use oauth_core_fetch::GuardedFetch;
use oauth_core_pages::Pages;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3020".to_owned());
    let (issuer, store) = (format!("http://{address}"), MemoryStore::new());
    let mcp = ResourceId::parse(&format!("{issuer}/mcp"))?;
    let photos = Resource::new(mcp.clone()).scopes(Scope::parse("photos:read photos:write")?);
    // For tests: the URL of a metadata document, a space, and what on this machine stands for it.
    let map = env::var("CLIENT_METADATA_MAP").unwrap_or_default();
    let mut fetch = GuardedFetch::builder();
    if let Some((url, stand_in)) = map.split_once(' ') {
        fetch = fetch.dangerous_map(url, stand_in);
    }
    let server = AuthorizationServer::builder(issuer, store.clone(), store.clone())
        .resource(photos.name("Photos"))
        .default_scope(Scope::parse("photos:read")?)
        .with(Mcp::new(store).documents(fetch.build()?))
        .with(Pages::new(DemoUsers::new().await?))
        .build()?;
    let app = guarded(server.guard().for_resource(mcp)).merge(router(&server));
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
