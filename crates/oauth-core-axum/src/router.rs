//! The endpoints as a router.

use axum::{Router, extract::Request, routing::any};
use oauth_core::server::{Mount, Mounts};

use crate::neutral::{from_neutral, to_neutral};

/// The endpoints of the server at their absolute paths, well-known documents included; of a
/// [`ResourceServer`](oauth_core::server::ResourceServer), the document of the resource. Merge it
/// into the application's router, at the root: the paths follow from the issuer.
pub fn router<S>(server: &impl Mounts) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    server.mounts().into_iter().fold(Router::new(), |router, mount| {
        let path = mount.path().to_owned();
        // axum clones a handler for each request, and with it the mount.
        router.route(&path, any(move |request: Request| serve(mount, request)))
    })
}

async fn serve(mount: Mount, request: Request) -> axum::response::Response {
    match to_neutral(request).await {
        Ok(request) => from_neutral(mount.serve(request).await),
        Err(refusal) => refusal,
    }
}
