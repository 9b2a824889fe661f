//! The guard before an MCP server whose tools differ in what they need.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use oauth_core::{
    Guard,
    guard::{Requirement, called_tool, is_preflight},
};

use crate::{admit, neutral::in_time};

/// Admits requests to the routes of an MCP server, each with a token that reaches as far as `needs`
/// says of the tool that it calls. `needs(None)` is what every request needs, and what a client without
/// a token is told to ask for; who calls a tool that needs more hears so when it does
/// (`insufficient_scope`, with the scope), and asks for that.
///
/// ```no_run
/// # use axum::{Router, routing::post};
/// # use oauth_core::{Guard, guard::Requirement};
/// # use oauth_core_axum::guard_tools;
/// fn needs(tool: Option<&str>) -> Requirement {
///     match tool {
///         Some("delete_photo") => Requirement::all(["photos:read", "photos:write"]),
///         _ => Requirement::all(["photos:read"]),
///     }
/// }
///
/// # fn app(guard: Guard, mcp: Router) -> Router {
/// guard_tools(mcp, guard, needs)
/// # }
/// ```
///
/// A CORS preflight passes without a token, as it does through [`guard_layer`](crate::guard_layer).
/// Bodies are read once the token is known to be good, within the [`DefaultBodyLimit`] of the
/// application and within ten seconds. One that is not a JSON-RPC message, or that could be read in two
/// ways, is answered with 400; one that is empty calls no tool. The checked token is found in the request by
/// [`Bearer`](crate::Bearer), and by rmcp's tools as an extension of the request's parts.
///
/// [`DefaultBodyLimit`]: axum::extract::DefaultBodyLimit
pub fn guard_tools<S, N>(router: Router<S>, guard: Guard, needs: N) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    N: Fn(Option<&str>) -> Requirement + Clone + Send + Sync + 'static,
{
    router.route_layer(from_fn_with_state((guard, needs), pass))
}

async fn pass<N>(State((guard, needs)): State<(Guard, N)>, request: Request, next: Next) -> Response
where
    N: Fn(Option<&str>) -> Requirement,
{
    if is_preflight(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let request = match admit(&guard, request, &needs(None)).await {
        Ok(request) => request,
        Err(challenge) => return challenge.into_response(),
    };
    let (parts, body) = request.into_parts();
    let read = Request::from_parts(parts.clone(), body);
    let body = match in_time(Bytes::from_request(read, &())).await {
        Ok(Ok(body)) => body,
        Ok(Err(refusal)) => return refusal.into_response(),
        Err(late) => return late,
    };
    let tool = if body.is_empty() { Ok(None) } else { called_tool(&body) };
    let Ok(tool) = tool else { return StatusCode::BAD_REQUEST.into_response() };
    let request = Request::from_parts(parts, Body::from(body));
    match admit(&guard, request, &needs(tool.as_deref())).await {
        Ok(request) => next.run(request).await,
        Err(challenge) => challenge.into_response(),
    }
}
