//! An MCP server with two tools, behind a guard. Where its tokens come from, the binaries decide.

mod tools;

use axum::Router;
use oauth_core::Guard;
use oauth_core_axum::guard_tools;

/// The tools at `/mcp`, for those whom the guard lets through.
pub fn guarded(guard: Guard) -> Router {
    guard_tools(Router::new().nest_service("/mcp", tools::service()), guard, tools::needs)
}
