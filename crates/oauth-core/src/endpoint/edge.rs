//! What holds for every endpoint before and after it: limits, methods, CORS, and that a panic ends
//! nothing but its own request.

use std::panic::AssertUnwindSafe;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderValue, Method, StatusCode, header};

use super::{Endpoint, cors::Origins};
use crate::{
    context::Context,
    http_types::{BODY_LIMIT, Request, Response},
    wire::{ErrorCode, json},
};

/// The longest query that is read, in bytes.
const QUERY_LIMIT: usize = 16 * 1024;

/// The most that all header names and values may come to, in bytes.
const HEADERS_LIMIT: usize = 32 * 1024;

/// Answers a request to an endpoint.
pub(crate) async fn serve(
    endpoint: &dyn Endpoint,
    origins: &Origins,
    context: Context,
    request: Request,
) -> Response {
    let origin = endpoint.cross_origin().then(|| origins.of(request.headers())).flatten();
    let mut response = if let Some(refusal) = over_limits(&request) {
        refusal
    } else if endpoint.cross_origin() && is_preflight(&request) {
        Origins::preflight(origin.is_some(), endpoint.methods(), &request)
    } else if answers(endpoint.methods(), request.method()) {
        let served = AssertUnwindSafe(endpoint.serve(context, request)).catch_unwind();
        served.await.unwrap_or_else(|_| {
            let code = ErrorCode::ServerError;
            json::error(code.status(), code, "the server could not complete the request")
        })
    } else {
        method_not_allowed(endpoint)
    };
    if endpoint.cross_origin() {
        Origins::expose(origin.as_ref(), &mut response);
    }
    response
}

/// A public document, for browser applications of any origin, too.
pub(crate) fn public(request: &Request, document: Response) -> Response {
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => document,
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

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ORIGIN)
}

/// An answer in place of the endpoint's own, whether that is for programs or for people: never
/// stored, never framed.
pub(super) fn refusal(status: StatusCode) -> Response {
    never_framed(bare(status))
}

fn never_framed(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn answers(methods: &[Method], method: &Method) -> bool {
    methods.contains(method) || (*method == Method::HEAD && methods.contains(&Method::GET))
}

pub(crate) fn over_limits(request: &Request) -> Option<Response> {
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let query = request.uri().query().map_or(0, str::len);
    if headers > HEADERS_LIMIT {
        Some(refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE))
    } else if query > QUERY_LIMIT {
        Some(refusal(StatusCode::URI_TOO_LONG))
    } else if request.body().len() > BODY_LIMIT {
        Some(payload_too_large())
    } else if request.headers().contains_key(header::CONTENT_ENCODING) {
        Some(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    } else {
        None
    }
}

/// The answer to a body over the limit, of which the rest is not read.
pub(crate) fn payload_too_large() -> Response {
    unread(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 32 KiB")
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
