//! The same MCP server, whose authorization server is elsewhere and issues JWTs.

use std::{env, error::Error, net::SocketAddr};

use mcp_server::guarded;
use oauth_core::{
    guard::JwksVerifier,
    model::{Issuer, Resource, ResourceId, Scope},
    server::ResourceServer,
};
use oauth_core_axum::router;
use oauth_core_fetch::GuardedFetch;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let mut arguments = env::args().skip(1);
    let issuer = arguments.next().ok_or("which authorization server? ISSUER [ADDRESS]")?;
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3020".to_owned());
    let issuer = Issuer::parse(&issuer)?;
    let mcp = ResourceId::parse(&format!("http://{address}/mcp"))?;
    let photos = Resource::new(mcp.clone()).scopes(Scope::parse("photos:read photos:write")?);
    // The authorization server of this example is on the same machine.
    let fetch = GuardedFetch::builder().dangerous_allow_loopback().build()?;
    let verifier = JwksVerifier::new(issuer.clone(), mcp, issuer.url("/jwks"), fetch);
    let server = ResourceServer::new(&photos.name("Photos"), &issuer, verifier)?;
    let app = guarded(server.guard()).merge(router(&server));
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
