//! What browsers may not do with an answer.

use http::{HeaderValue, header};

use crate::http_types::Response;

/// The answer, never stored, never framed, and silent towards where the person goes next.
pub(crate) fn never_framed(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        // For browsers from before `frame-ancestors`.
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
