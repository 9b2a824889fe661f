//! Error pages for people.

use std::fmt::Debug;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::ErrorCode;
use crate::http_types::Response;

/// Shows people an error about which no client can be told, because it is not proven which.
pub trait ErrorPage: Debug + Send + Sync + 'static {
    /// The page, with its headers. `description` is fixed text of this library's.
    fn render(&self, status: StatusCode, code: ErrorCode, description: &str) -> Response;
}

/// The plainest page there is: nothing on it loads anything, and nobody frames it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainErrorPage;

impl ErrorPage for PlainErrorPage {
    fn render(&self, status: StatusCode, code: ErrorCode, description: &str) -> Response {
        let html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Error</title>\
             <h1>This did not work</h1><p>{description}.</p><p><code>{code}</code></p></html>"
        );
        let mut response = Response::new(Bytes::from(html));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let set = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
            ),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        for (name, value) in set {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
