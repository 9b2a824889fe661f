//! rmcp's own client, from the first refused request to the last tool call, with the authorization
//! server beside the MCP server and elsewhere.

use std::{error::Error, net::SocketAddr};

use async_trait::async_trait;
use axum::{Router, routing::get};
use bytes::Bytes;
use http::{
    HeaderValue,
    header::{CONTENT_TYPE, LOCATION},
};
use mcp_server::guarded;
use oauth_core::{
    Approval, AuthorizationServer,
    clock::{Clock as _, SystemClock},
    fetch::{Fetch, FetchFailed},
    guard::JwksVerifier,
    http_types::{Request, Response},
    keys::RotatingKeys,
    model::{AccessTokenFormat, Issuer, Resource, ResourceId, Scope},
    server::{Mcp, ResourceServer},
    store::MemoryStore,
};
use oauth_core_axum::{AuthorizationRequest, router};
use oauth_core_fetch::GuardedFetch;
use oauth_core_testkit::ManualClock;
use reqwest::redirect::Policy;
use rmcp::{
    RoleClient, ServiceExt as _,
    model::CallToolRequestParams,
    service::RunningService,
    transport::{
        AuthClient, StreamableHttpClientTransport,
        auth::{AuthorizationCallback, AuthorizationRequest as Asking, OAuthState},
        streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use tokio::net::TcpListener;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;
type Client = RunningService<RoleClient, ()>;

const REDIRECT_URI: &str = "http://127.0.0.1:5173/callback";
const DOCUMENT: &str = "https://client.example/metadata.json";

/// The website at which the client describes itself.
#[derive(Debug)]
struct Website;

#[async_trait]
impl Fetch for Website {
    async fn fetch(&self, request: Request, _: usize) -> Result<Response, FetchFailed> {
        assert_eq!(request.uri(), DOCUMENT);
        let document = format!(
            r#"{{ "client_id": "{DOCUMENT}", "redirect_uris": ["{REDIRECT_URI}"],
                  "grant_types": ["authorization_code", "refresh_token"] }}"#
        );
        let mut response = Response::new(Bytes::from(document));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

/// Whoever comes is signed in, and allows everything.
async fn allow(request: AuthorizationRequest) -> axum::response::Response {
    request.allow(Approval::new("demo")).await
}

async fn listen() -> Outcome<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((listener, origin))
}

fn serve(listener: TcpListener, app: Router) {
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
}

/// Starts both servers; returns the address of the tools.
async fn start(beside: bool, clock: &ManualClock) -> Outcome<String> {
    let (listener, issuer) = listen().await?;
    let (other, elsewhere) = listen().await?;
    let url = format!("{}/mcp", if beside { &issuer } else { &elsewhere });
    let mcp = ResourceId::parse(&url)?;
    let photos = Resource::new(mcp.clone()).scopes(Scope::parse("photos:read photos:write")?);
    let photos = photos.access_token_format(AccessTokenFormat::Jwt);
    let store = MemoryStore::new();
    let server = AuthorizationServer::builder(&issuer, store.clone(), store.clone())
        .resource(photos.clone())
        .signing_keys(RotatingKeys::new(store.clone()))
        .with(Mcp::new(store).documents(Website))
        .clock(clock.clone())
        .build()?;
    let app = router(&server)
        .merge(Router::new().route("/authorize", get(allow)).with_state(server.clone()));
    if beside {
        serve(listener, app.merge(guarded(server.guard().for_resource(mcp))));
    } else {
        serve(listener, app);
        let issuer = Issuer::parse(&issuer)?;
        let fetch = GuardedFetch::builder().dangerous_allow_loopback().build()?;
        let verifier = JwksVerifier::new(issuer.clone(), mcp, issuer.url("/jwks"), fetch);
        let resource = ResourceServer::new(&photos, &issuer, verifier.clock(clock.clone()))?;
        serve(other, guarded(resource.guard()).merge(router(&resource)));
    }
    Ok(url)
}

/// Follows the authorization request to the address at which the client gets the answer.
async fn browser(url: &str) -> Outcome<String> {
    let browser = reqwest::Client::builder().redirect(Policy::none()).build()?;
    let response = browser.get(url).send().await?;
    let location = response.headers().get(LOCATION).ok_or("no redirect")?;
    Ok(location.to_str()?.to_owned())
}

async fn call(client: &Client, tool: &'static str) -> Outcome<String> {
    let result = client.call_tool(CallToolRequestParams::new(tool)).await?;
    Ok(serde_json::to_string(&result)?)
}

async fn walk(beside: bool, document: bool) -> Outcome {
    let clock = ManualClock::new(SystemClock.now());
    let url = start(beside, &clock).await?;

    let refused = ().serve(StreamableHttpClientTransport::from_uri(url.clone())).await;
    let refused = refused.err().ok_or("nobody was asked")?;
    let challenge = refused.auth_challenge().ok_or("no challenge")?;

    let mut state = OAuthState::new(&url, None).await?;
    let mut request =
        Asking::new(REDIRECT_URI).with_initial_scope_selection().with_challenge(challenge);
    if document {
        request = request.with_client_metadata_url(DOCUMENT);
    }
    state.start_authorization(request).await?;
    state.handle_callback_url(&browser(&state.get_authorization_url().await?).await?).await?;
    let client_id = state.get_credentials().await?.0;
    assert_eq!(client_id == DOCUMENT, document, "{client_id}");

    let manager = state.into_authorization_manager().ok_or("not authorized")?;
    let http = AuthClient::new(reqwest::Client::new(), manager);
    let configuration = StreamableHttpClientTransportConfig::with_uri(url);
    let transport = StreamableHttpClientTransport::with_client(http.clone(), configuration);
    let client = ().serve(transport).await?;
    assert!(call(&client, "count_photos").await?.contains("demo has 7 photos"));

    // Deleting needs more than the challenge named that the client has seen.
    assert!(call(&client, "delete_photo").await.is_err());
    let manager = http.auth_manager.lock().await;
    let asked = manager.request_scope_upgrade("photos:read photos:write").await?;
    let answer = AuthorizationCallback::from_redirect_url(&browser(&asked).await?)?;
    let AuthorizationCallback { code, csrf_token, issuer, .. } = answer;
    assert!(issuer.is_some());
    manager.exchange_code_for_token_with_issuer(&code, &csrf_token, issuer.as_deref()).await?;
    let before = manager.get_access_token().await?;
    drop(manager);
    assert!(call(&client, "delete_photo").await?.contains("demo has 6 photos left"));

    // The token has expired for the server; the client hears 401 and refreshes.
    clock.advance(15 * 60);
    assert!(call(&client, "count_photos").await?.contains("demo has 6 photos"));
    assert_ne!(http.get_access_token().await?, before);
    Ok(())
}

#[tokio::test]
async fn registered_beside() -> Outcome {
    walk(true, false).await
}

#[tokio::test]
async fn registered_elsewhere() -> Outcome {
    walk(false, false).await
}

#[tokio::test]
async fn described_beside() -> Outcome {
    walk(true, true).await
}

#[tokio::test]
async fn described_elsewhere() -> Outcome {
    walk(false, true).await
}
