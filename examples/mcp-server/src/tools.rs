//! The tools. They know nothing of OAuth but whom they work for, and what that takes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::request::Parts;
use oauth_core::{Access, guard::Requirement};
use rmcp::{
    ServerHandler,
    handler::server::{router::tool::ToolRouter, tool::Extension},
    model::{ServerCapabilities, ServerConfig},
    tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpService, session::local::LocalSessionManager,
    },
};

#[derive(Clone, Debug)]
pub(crate) struct Photos {
    left: Arc<AtomicUsize>,
    tool_router: ToolRouter<Self>,
}

/// What serves the tools over HTTP.
pub(crate) fn service() -> StreamableHttpService<Photos, LocalSessionManager> {
    let photos = Photos { left: Arc::new(AtomicUsize::new(7)), tool_router: Photos::tool_router() };
    StreamableHttpService::new(move || Ok(photos.clone()), Arc::default(), Default::default())
}

/// What a token must have been granted for a tool, and for everything else.
pub(crate) fn needs(tool: Option<&str>) -> Requirement {
    match tool {
        Some("delete_photo") => Requirement::all(["photos:read", "photos:write"]),
        _ => Requirement::all(["photos:read"]),
    }
}

fn whose(parts: &Parts) -> String {
    let subject = parts.extensions.get::<Access>().and_then(Access::subject);
    subject.map_or_else(|| "nobody".to_owned(), ToString::to_string)
}

#[tool_router]
impl Photos {
    #[tool(description = "Says how many photos there are")]
    fn count_photos(&self, Extension(parts): Extension<Parts>) -> String {
        format!("{} has {} photos", whose(&parts), self.left.load(Ordering::Relaxed))
    }

    #[tool(description = "Deletes the oldest photo")]
    fn delete_photo(&self, Extension(parts): Extension<Parts>) -> String {
        let less = |left: usize| left.checked_sub(1);
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        format!("{} has {} photos left", whose(&parts), before.unwrap_or(1) - 1)
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Photos {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}
