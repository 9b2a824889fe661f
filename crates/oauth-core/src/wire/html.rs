//! Pages for people where there is no redirect.

use std::fmt::Debug;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::{ErrorCode, never_framed};
use crate::http_types::Response;

/// Shows people what no client is told, because it is not proven which, or nobody knows it.
pub trait ErrorPage: Debug + Send + Sync + 'static {
    /// The page, with its headers. `description` is fixed text of this library's.
    fn render(&self, status: StatusCode, code: ErrorCode, description: &str) -> Response;

    /// The page in place of a redirect with an error to a client at which nobody has looked, with its
    /// headers and the status 200. It says that `host` is another website that nobody vouches for, and
    /// has a link to `url`, which is not written by the server and must be escaped.
    fn leaving(&self, host: &str, url: &str) -> Response;
}

/// The plainest page there is: nothing on it loads anything, and nobody frames it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainErrorPage;

impl ErrorPage for PlainErrorPage {
    fn render(&self, status: StatusCode, code: ErrorCode, description: &str) -> Response {
        let text = format!("<p>{description}.</p><p><code>{code}</code></p>");
        page(status, "This did not work", &text)
    }

    fn leaving(&self, host: &str, url: &str) -> Response {
        let (host, url) = (escape(host), escape(url));
        let text = format!(
            "<p>What sent you here could not be answered. The answer would go to {host}, at which \
             nobody here has looked. Go on only if you know it.</p><p><a href=\"{url}\">Go on to \
             {host}</a></p>"
        );
        page(StatusCode::OK, "You are about to leave", &text)
    }
}

fn page(status: StatusCode, heading: &str, text: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{heading}</title>\
         <h1>{heading}</h1>{text}</html>"
    );
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    let mut response = never_framed(response);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn escape(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}
