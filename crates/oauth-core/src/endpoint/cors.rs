//! Cross-origin access for browser applications (Fetch standard §3.2). Never at the authorization
//! endpoint, where only people go.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::edge::refusal;
use crate::http_types::{Request, Response};

/// For how long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";

/// The browser origins that the host allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(Vec<HeaderValue>);

impl Origins {
    pub(crate) fn new(origins: impl IntoIterator<Item = HeaderValue>) -> Self {
        Self(origins.into_iter().collect())
    }

    /// The request's origin, if it is allowed.
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.0.contains(origin).then(|| origin.clone())
    }

    /// Answers a preflight.
    pub(super) fn preflight(allowed: bool, methods: &[Method], request: &Request) -> Response {
        if !allowed || !request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
            return refusal(StatusCode::FORBIDDEN);
        }
        let mut response = refusal(StatusCode::NO_CONTENT);
        let headers = response.headers_mut();
        let methods = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        if let Ok(methods) = HeaderValue::from_str(&methods) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        let allowed =
            HeaderValue::from_static("authorization, content-type, dpop, mcp-protocol-version");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        response
    }

    /// Lets the page at `origin` read the answer. No cookies are involved, so none are allowed.
    pub(super) fn expose(origin: Option<&HeaderValue>, response: &mut Response) {
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let exposed = HeaderValue::from_static("WWW-Authenticate, Retry-After");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}
