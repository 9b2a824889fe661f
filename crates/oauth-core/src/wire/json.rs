//! JSON answers.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::ErrorCode;
use crate::http_types::Response;

/// Room for a token response, in bytes; longer ones grow.
const CAPACITY: usize = 256;

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
}

/// Answers with `body` as JSON that nobody may store (RFC 6749 §5.1).
pub(crate) fn answer<T: Serialize>(status: StatusCode, body: &T) -> Response {
    // The bodies are our own structs of strings and numbers, which always serialize.
    let mut bytes = Vec::with_capacity(CAPACITY);
    if serde_json::to_writer(&mut bytes, body).is_err() {
        bytes.clear();
    }
    let mut response = Response::new(Bytes::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Answers with an error (RFC 6749 §5.2).
pub(crate) fn error(status: StatusCode, code: ErrorCode, description: &'static str) -> Response {
    answer(status, &ErrorBody { error: code.as_str(), error_description: description })
}
