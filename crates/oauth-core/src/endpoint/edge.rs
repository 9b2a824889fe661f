//! What holds for every endpoint before and after it: limits, methods, CORS, and that a panic ends
//! nothing but its own request.

use std::panic::AssertUnwindSafe;

use bytes::{Bytes, BytesMut};
use futures_util::{
    FutureExt as _, Stream, StreamExt as _,
    future::{self, Either},
};
use http::{HeaderValue, Method, StatusCode, header};

use super::{Endpoint, cors::Origins};
use crate::{
    context::Context,
    http_types::{Request, Response},
    wire::{ErrorCode, json, never_framed},
};

/// The longest query that is read, in bytes.
const QUERY_LIMIT: usize = 16 * 1024;

/// The most that all header names and values may come to, in bytes.
const HEADERS_LIMIT: usize = 32 * 1024;

/// Answers a request to an endpoint. A future that is put together, and no `async fn`, which would
/// have room for the request several times.
pub(crate) fn serve<'a>(
    endpoint: &'a dyn Endpoint,
    origins: &Origins,
    context: Context,
    request: Request,
) -> impl Future<Output = Response> + Send + use<'a> {
    let cross_origin = endpoint.cross_origin();
    let origin = cross_origin.then(|| origins.of(request.headers())).flatten();
    let answer = match in_its_place(endpoint, origin.is_some(), &request) {
        Some(response) => Either::Left(future::ready(response)),
        None => Either::Right(guarded(endpoint, context, request)),
    };
    answer.map(move |mut response| {
        if cross_origin {
            Origins::expose(origin.as_ref(), &mut response);
        }
        response
    })
}

/// The answer to what never comes to the endpoint.
fn in_its_place(endpoint: &dyn Endpoint, admitted: bool, request: &Request) -> Option<Response> {
    if let Some(refusal) = over_limits(request, endpoint.body_limit()) {
        Some(refusal)
    } else if endpoint.cross_origin() && is_preflight(request) {
        Some(Origins::preflight(admitted, endpoint.methods(), request))
    } else if answers(endpoint.methods(), request.method()) {
        None
    } else {
        Some(method_not_allowed(endpoint))
    }
}

/// The endpoint's own answer, or the one to its panic.
fn guarded(
    endpoint: &dyn Endpoint,
    context: Context,
    request: Request,
) -> impl Future<Output = Response> + Send {
    let served = async move { endpoint.serve(context, request).await };
    AssertUnwindSafe(served).catch_unwind().map(|served| {
        served.unwrap_or_else(|_| {
            let code = ErrorCode::ServerError;
            json::error(code.status(), code, "the server could not complete the request")
        })
    })
}

/// Reads a body of up to `limit` bytes that comes in pieces; most bodies are one.
pub(crate) async fn read_body(
    limit: usize,
    mut pieces: impl Stream<Item = Result<Bytes, Response>> + Unpin,
) -> Result<Bytes, Response> {
    let mut body = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        if body.len() + piece.len() > limit {
            return Err(payload_too_large());
        }
        if body.is_empty() {
            body = piece.into();
        } else {
            body.extend_from_slice(&piece);
        }
    }
    Ok(body.freeze())
}

/// A public document, for browser applications of any origin, too.
pub(crate) fn public(request: &Request, document: Response) -> Response {
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => document,
        Method::OPTIONS if asks_first(request) => Origins::preflight(true, &[Method::GET], request),
        _ => {
            let mut response = bare(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        }
    };
    let anybody = HeaderValue::from_static("*");
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anybody);
    response
}

/// An answer with this status and nothing else.
pub(crate) fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// A browser asks before it sends a request that is not simple.
fn asks_first(request: &Request) -> bool {
    is_preflight(request) && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ORIGIN)
}

/// An answer in place of the endpoint's own, whether that is for programs or for people: never
/// stored, never framed.
pub(crate) fn refusal(status: StatusCode) -> Response {
    never_framed(bare(status))
}

fn answers(methods: &[Method], method: &Method) -> bool {
    methods.contains(method) || (*method == Method::HEAD && methods.contains(&Method::GET))
}

pub(crate) fn over_limits(request: &Request, body_limit: usize) -> Option<Response> {
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let query = request.uri().query().map_or(0, str::len);
    if headers > HEADERS_LIMIT {
        Some(refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE))
    } else if query > QUERY_LIMIT {
        Some(refusal(StatusCode::URI_TOO_LONG))
    } else if request.body().len() > body_limit {
        Some(payload_too_large())
    } else if request.headers().contains_key(header::CONTENT_ENCODING) {
        Some(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    } else {
        None
    }
}

/// The answer to a body over the limit, of which the rest is not read.
pub(crate) fn payload_too_large() -> Response {
    unread(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
}

/// The answer to a body that did not arrive in time.
pub(crate) fn request_timeout() -> Response {
    unread(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
}

/// The answer to a body that is not framed as HTTP frames them, or ends too early.
pub(crate) fn unreadable_body() -> Response {
    unread(StatusCode::BAD_REQUEST, "the body cannot be read")
}

/// The connection ends with it: where the next request would begin is not known.
fn unread(status: StatusCode, why: &'static str) -> Response {
    let mut response = never_framed(json::error(status, ErrorCode::InvalidRequest, why));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn method_not_allowed(endpoint: &dyn Endpoint) -> Response {
    let mut response = never_framed(json::error(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::InvalidRequest,
        "the endpoint does not answer this method",
    ));
    let allow = endpoint.methods().iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    if let Ok(allow) = HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, stream};

    use super::{Bytes, read_body};
    use crate::http_types::BODY_LIMIT;

    fn read(lengths: &[usize]) -> Option<usize> {
        let piece = |length: &usize| Bytes::from(vec![b'a'; *length]);
        let pieces = stream::iter(lengths.iter().map(piece)).map(Ok);
        read_body(BODY_LIMIT, pieces).now_or_never().unwrap().ok().map(|body| body.len())
    }

    #[test]
    fn dos_001_a_body_is_read_in_any_number_of_pieces_up_to_the_limit() {
        assert_eq!(read(&[]), Some(0));
        assert_eq!(read(&[3, 0, 4]), Some(7));
        assert_eq!(read(&[BODY_LIMIT]), Some(BODY_LIMIT));
        assert_eq!(read(&[BODY_LIMIT - 1, 1]), Some(BODY_LIMIT));
        assert_eq!(read(&[BODY_LIMIT + 1]), None);
        assert_eq!(read(&[BODY_LIMIT, 1]), None);
    }
}
