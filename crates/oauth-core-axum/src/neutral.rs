//! axum's requests and responses to neutral ones and back. They are the same types but for the
//! body.

use std::{
    error::Error as _,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{ConnectInfo, OriginalUri, Request},
    http::request::Parts,
    response::Response,
};
use futures_util::{TryFutureExt as _, TryStreamExt as _, future};
use http_body_util::LengthLimitError;
use oauth_core::{
    http_types::{self, BODY_DEADLINE, PeerAddress},
    server::Mount,
};

/// The address of the peer, where the application is served with
/// `into_make_service_with_connect_info::<SocketAddr>()`; or of the client behind a proxy that the
/// host trusts.
pub(crate) fn peer(extensions: &axum::http::Extensions) -> Option<IpAddr> {
    extensions.get::<PeerAddress>().map(|peer| peer.0).or_else(|| connected(extensions))
}

/// The address of whoever opened the connection.
pub(crate) fn connected(extensions: &axum::http::Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// Reads the body, of up to `limit` bytes and in its time, and undoes what nesting did to the address.
/// A future that is put together, and no `async fn`, which would have room for the request twice.
pub(crate) fn to_neutral(
    request: Request,
    limit: usize,
) -> impl Future<Output = Result<http_types::Request, Response>> + Send {
    let (parts, body) = request.into_parts();
    in_time(read(body, limit)).and_then(future::ready).map_ok(|body| neutral(parts, body))
}

fn neutral(mut parts: Parts, body: Bytes) -> http_types::Request {
    if let Some(OriginalUri(original)) = parts.extensions.get() {
        parts.uri = original.clone();
    }
    if let Some(peer) = peer(&parts.extensions) {
        parts.extensions.insert(PeerAddress(peer));
    }
    http_types::Request::from_parts(parts, body)
}

/// Reads a body within its time, or says that it was not there.
pub(crate) fn in_time<F: Future>(reading: F) -> impl Future<Output = Result<F::Output, Response>> {
    let deadline = Duration::from_secs(u64::from(BODY_DEADLINE));
    let reading = tokio::time::timeout(deadline, reading);
    reading.map_err(|_| from_neutral(Mount::request_timeout()))
}

/// What is announced to be too much is not asked for: reading would send a client `100 Continue`.
async fn read(body: Body, limit: usize) -> Result<Bytes, Response> {
    if body.size_hint().lower() > limit as u64 {
        return Err(from_neutral(Mount::payload_too_large()));
    }
    let pieces = body.into_data_stream().map_err(|error| match error.source() {
        Some(why) if why.is::<LengthLimitError>() => Mount::payload_too_large(),
        _ => Mount::unreadable_body(),
    });
    Mount::read_body(limit, pieces).await.map_err(from_neutral)
}

pub(crate) fn from_neutral(response: http_types::Response) -> Response {
    response.map(Body::from)
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use axum::{
        body::{Body, Bytes},
        extract::Request,
    };
    use futures_util::stream;
    use oauth_core::http_types::BODY_LIMIT;

    use super::to_neutral;

    /// `count` bytes, one every `pause`.
    fn dripping(count: u32, pause: Duration) -> Request {
        Request::new(Body::from_stream(stream::unfold(0, move |sent| async move {
            tokio::time::sleep(pause).await;
            (sent < count).then_some((Ok::<_, Infallible>(Bytes::from_static(b"a")), sent + 1))
        })))
    }

    #[tokio::test(start_paused = true)]
    async fn dos_005_a_body_that_drips_is_not_waited_for() {
        let refusal =
            to_neutral(dripping(u32::MAX, Duration::from_secs(1)), BODY_LIMIT).await.unwrap_err();
        assert_eq!(refusal.status(), 408);
        assert_eq!(refusal.headers()["connection"], "close");
        let whole = to_neutral(dripping(8, Duration::from_secs(1)), BODY_LIMIT).await.unwrap();
        assert_eq!(whole.body(), "aaaaaaaa");
    }

    #[tokio::test(start_paused = true)]
    async fn dos_004_a_body_without_end_is_cut_off_at_the_limit() {
        let refusal = to_neutral(dripping(u32::MAX, Duration::ZERO), BODY_LIMIT).await.unwrap_err();
        assert_eq!(refusal.status(), 413);
    }
}
