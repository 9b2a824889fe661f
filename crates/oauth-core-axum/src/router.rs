//! The endpoints as a router.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, extract::Request, response::Response, routing::any_service};
use futures_util::FutureExt as _;
use oauth_core::server::{Mount, Mounts};
use tower::service_fn;

use crate::neutral::{from_neutral, to_neutral};

/// The endpoints of the server at their absolute paths, well-known documents included; of a
/// [`ResourceServer`](oauth_core::server::ResourceServer), the document of the resource. Merge it
/// into the application's router, at the root: the paths follow from the issuer. The application is
/// served with `into_make_service_with_connect_info::<SocketAddr>()`, for the throttle and events.
pub fn router<S>(server: &impl Mounts) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    server.mounts().into_iter().fold(Router::new(), |router, mount| {
        let path = mount.path().to_owned();
        // A service and no handler, which would have a box of its own around each request.
        let mount = Arc::new(mount);
        let service = move |request| serve(Arc::clone(&mount), request).map(Ok::<_, Infallible>);
        router.route(&path, any_service(service_fn(service)))
    })
}

fn serve(mount: Arc<Mount>, request: Request) -> impl Future<Output = Response> + Send {
    to_neutral(request, mount.body_limit()).then(|request| async move {
        match request {
            Ok(request) => from_neutral(mount.serve(request).await),
            Err(refusal) => refusal,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{body::Body, extract::Request};
    use oauth_core::{AuthorizationServer, store::MemoryStore};

    use super::serve;

    /// axum boxes it, and adds some 100 bytes; beyond 1,032 the allocator of glibc is slow.
    #[tokio::test]
    async fn its_future_is_small() {
        let store = MemoryStore::new();
        let server = AuthorizationServer::builder("https://id.example", store.clone(), store);
        let mount = server.build().unwrap().mounts().remove(0);
        let size = size_of_val(&serve(Arc::new(mount), Request::new(Body::empty())));
        assert!(size <= 900, "{size} bytes");
    }
}
