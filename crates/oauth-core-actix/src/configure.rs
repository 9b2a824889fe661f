//! The endpoints as a configuration of an application.

use actix_web::{HttpRequest, HttpResponse, web};
use oauth_core::server::{Mount, Mounts};

use crate::neutral::{from_neutral, to_neutral};

/// Mounts the endpoints of the server at their absolute paths, well-known documents included (of a
/// [`ResourceServer`](oauth_core::server::ResourceServer), the document of the resource), and puts
/// the server where the extractors find it. Use it on the `App` itself, not inside a scope:
/// the paths follow from the issuer.
pub fn configure<S: Mounts>(server: &S) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<S> {
    let server = server.clone();
    move |config| {
        for mount in server.mounts() {
            let path = mount.path().to_owned();
            let service = move |request: HttpRequest, payload: web::Payload| {
                serve(mount.clone(), request, payload)
            };
            config.route(&path, web::route().to(service));
        }
        config.app_data(server.guard());
        config.app_data(server);
    }
}

async fn serve(mount: Mount, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    match to_neutral(&request, &mut payload.into_inner(), mount.body_limit()).await {
        Ok(request) => from_neutral(mount.serve(request).await),
        Err(refusal) => from_neutral(refusal),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{FromRequest as _, dev::Payload, test::TestRequest, web};
    use futures_util::FutureExt as _;
    use oauth_core::{AuthorizationServer, store::MemoryStore};

    use super::serve;

    /// actix-web boxes it, and adds some 100 bytes; beyond 1,032 the allocator of glibc is slow.
    #[test]
    fn its_future_is_small() {
        let store = MemoryStore::new();
        let server = AuthorizationServer::builder("https://id.example", store.clone(), store);
        let mount = server.build().unwrap().mounts().remove(0);
        let request = TestRequest::post().to_http_request();
        let payload = web::Payload::from_request(&request, &mut Payload::None);
        let payload = payload.now_or_never().unwrap().unwrap();
        let size = size_of_val(&serve(mount, request, payload));
        assert!(size <= 900, "{size} bytes");
    }
}
