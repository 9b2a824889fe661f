//! Plain http is refused.

use axum::{
    Router,
    extract::Request,
    http::header::STRICT_TRANSPORT_SECURITY,
    middleware::{Next, from_fn},
    response::Response,
};
use oauth_core::{
    http_types::PeerAddress,
    https::{Arrival, HttpsOnly},
};

use crate::neutral::{connected, from_neutral};

/// Refuses plain http on every route that the router has so far, and sets
/// `Strict-Transport-Security`. What a trusted proxy says of the client's address is what the
/// throttle and the events go by from here on.
///
/// axum does not say whether a connection is TLS, so TLS ends at a proxy: name it with
/// [`HttpsOnly::behind`], and serve with `into_make_service_with_connect_info::<SocketAddr>()`.
pub fn https_only<S>(router: Router<S>, https: HttpsOnly) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router.layer(from_fn(move |request: Request, next: Next| {
        let https = https.clone();
        async move { admit(&https, request, next).await }
    }))
}

async fn admit(https: &HttpsOnly, mut request: Request, next: Next) -> Response {
    let peer = connected(request.extensions());
    let client = match https.admit(&Arrival { peer, tls: false, headers: request.headers() }) {
        Ok(client) => client,
        Err(plain) => return from_neutral(plain.to_response()),
    };
    if let Some(client) = client {
        request.extensions_mut().insert(PeerAddress(client));
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, https.hsts());
    response
}
