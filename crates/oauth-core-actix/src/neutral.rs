//! The only file that knows that actix-web 4 speaks http 0.2 where everything else speaks http 1.

use std::{net::IpAddr, time::Duration};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, dev::Payload, http as old};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use oauth_core::{
    http_types::{BODY_DEADLINE, PeerAddress, Request, Response},
    server::Mount,
};

/// The address of the peer, or of the client behind a proxy that the host trusts. Forwarded headers
/// are not looked at here.
pub(crate) fn peer(request: &HttpRequest) -> Option<IpAddr> {
    let named = request.extensions().get::<PeerAddress>().map(|peer| peer.0);
    named.or_else(|| request.peer_addr().map(|address| address.ip()))
}

/// Reads the body, of up to `limit` bytes and in its time, and translates the rest.
pub(crate) async fn to_neutral(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> Result<Request, Response> {
    let announced = request.headers().get(old::header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Mount::payload_too_large());
    }
    let deadline = Duration::from_secs(u64::from(BODY_DEADLINE));
    let pieces = payload.map_err(|_| Mount::unreadable_body());
    // Not by actix-web's own reader, which makes room for 32 KiB, whatever comes.
    let reading = actix_web::rt::time::timeout(deadline, Mount::read_body(limit, pieces)).await;
    match reading {
        Ok(body) => Ok(head(request, body?)),
        Err(_) => Err(Mount::request_timeout()),
    }
}

fn head(request: &HttpRequest, body: Bytes) -> Request {
    let mut neutral = Request::new(body);
    // Method and address have been parsed by the same grammar once already.
    if let Ok(method) = Method::from_bytes(request.method().as_str().as_bytes()) {
        *neutral.method_mut() = method;
    }
    if let Some(uri) = address(request.uri()) {
        *neutral.uri_mut() = uri;
    }
    neutral.headers_mut().reserve(request.headers().len());
    for (name, value) in request.headers() {
        append(neutral.headers_mut(), name, value);
    }
    if let Some(peer) = peer(request) {
        neutral.extensions_mut().insert(PeerAddress(peer));
    }
    neutral
}

/// Most addresses are a path and a query, and need not be put together again.
fn address(uri: &old::Uri) -> Option<Uri> {
    match (uri.authority(), uri.path_and_query()) {
        (None, Some(own)) => own.as_str().parse().ok(),
        _ => uri.to_string().parse().ok(),
    }
}

/// The headers that the guard looks at, and no others.
pub(crate) fn authorization(request: &HttpRequest) -> HeaderMap {
    some_headers(request, &[old::header::AUTHORIZATION])
}

/// These headers.
pub(crate) fn some_headers(request: &HttpRequest, names: &[old::header::HeaderName]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in names {
        for value in request.headers().get_all(name) {
            append(&mut headers, name, value);
        }
    }
    headers
}

/// A value for one of actix-web's headers.
pub(crate) fn to_old(value: &HeaderValue) -> Option<old::header::HeaderValue> {
    old::header::HeaderValue::from_bytes(value.as_bytes()).ok()
}

fn append(
    headers: &mut HeaderMap,
    name: &old::header::HeaderName,
    value: &old::header::HeaderValue,
) {
    let name = HeaderName::from_bytes(name.as_str().as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
        headers.append(name, value);
    }
}

pub(crate) fn from_neutral(response: Response) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = old::StatusCode::from_u16(parts.status.as_u16());
    let mut builder = HttpResponse::build(status.unwrap_or(old::StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &parts.headers {
        if *name == http::header::CONNECTION {
            // actix-web keeps its own account of connections.
            builder.force_close();
            continue;
        }
        let name = old::header::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = old::header::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            builder.append_header((name, value));
        }
    }
    builder.body(body)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::{HttpRequest, dev::Payload, test::TestRequest};
    use futures_util::stream;
    use oauth_core::http_types::BODY_LIMIT;

    use super::{Bytes, to_neutral};

    /// `count` bytes, one every `pause`.
    fn dripping(count: u32, pause: Duration) -> (HttpRequest, Payload) {
        let bytes = stream::unfold(0, move |sent| async move {
            tokio::time::sleep(pause).await;
            (sent < count).then_some((Ok(Bytes::from_static(b"a")), sent + 1))
        });
        let request = TestRequest::post().to_http_request();
        (request, Payload::Stream { payload: Box::pin(bytes) })
    }

    #[tokio::test(start_paused = true)]
    async fn dos_005_a_body_that_drips_is_not_waited_for() {
        let (request, mut payload) = dripping(u32::MAX, Duration::from_secs(1));
        let refusal = to_neutral(&request, &mut payload, BODY_LIMIT).await.unwrap_err();
        assert_eq!(refusal.status(), 408);
        assert_eq!(refusal.headers()["connection"], "close");
        let (request, mut payload) = dripping(8, Duration::from_secs(1));
        let whole = to_neutral(&request, &mut payload, BODY_LIMIT).await.unwrap();
        assert_eq!(whole.body(), "aaaaaaaa");
    }

    #[tokio::test(start_paused = true)]
    async fn dos_004_a_body_without_end_is_cut_off_at_the_limit() {
        let (request, mut payload) = dripping(u32::MAX, Duration::ZERO);
        let refusal = to_neutral(&request, &mut payload, BODY_LIMIT).await.unwrap_err();
        assert_eq!(refusal.status(), 413);
    }
}
