//! An MCP server with two tools, behind a guard. Where its tokens come from, the binaries decide.

mod tools;

use std::env;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use oauth_core::{Guard, guard::Requirement};
use oauth_core_axum::admit;
use oauth_core_fetch::{GuardedFetch, InvalidFetch};
use serde_json::Value;

/// The tools at `/mcp`, for those whom the guard lets through.
pub fn guarded(guard: Guard) -> Router {
    Router::new().nest_service("/mcp", tools::service()).layer(from_fn_with_state(guard, by_tool))
}

/// Tools differ in what they need: a client that has not asked for it is told to.
async fn by_tool(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 1 << 20).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let needed = Requirement::all(tools::scope_of(call["params"]["name"].as_str()).split(' '));
    match admit(&guard, Request::from_parts(parts, Body::from(body)), &needed).await {
        Ok(request) => next.run(request).await,
        Err(challenge) => challenge.into_response(),
    }
}

/// Fetches what clients name. For tests, `CLIENT_METADATA_MAP` has the URL of a document, a space,
/// and what on this machine stands for it.
///
/// # Errors
/// [`InvalidFetch`] if the two are not such URLs.
pub fn fetch() -> Result<GuardedFetch, InvalidFetch> {
    let map = env::var("CLIENT_METADATA_MAP").unwrap_or_default();
    let fetch = GuardedFetch::builder();
    match map.split_once(' ') {
        Some((url, stand_in)) => fetch.dangerous_map(url, stand_in).build(),
        None => fetch.build(),
    }
}
