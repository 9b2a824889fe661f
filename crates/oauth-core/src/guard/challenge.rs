//! What a guarded route answers to a request that may not pass (RFC 6750 §3).

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use crate::{
    http_types::Response,
    wire::{ErrorCode, json},
};

/// Why a request may not pass, and the response that says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .kind.description())]
pub struct Challenge {
    kind: Kind,
    realm: String,
    scope: String,
    resource_metadata: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no token. No error is named: the client may not have known (§3.1).
    NoToken,
    /// The header cannot be read, or there are two.
    InvalidRequest,
    /// The token is unknown, expired, revoked, or meant for another.
    InvalidToken,
    /// The token does not reach far enough.
    InsufficientScope,
    /// It cannot be said.
    Unavailable,
}

impl Kind {
    pub(super) const fn code(self) -> ErrorCode {
        match self {
            Self::NoToken | Self::InvalidToken => ErrorCode::InvalidToken,
            Self::InvalidRequest => ErrorCode::InvalidRequest,
            Self::InsufficientScope => ErrorCode::InsufficientScope,
            Self::Unavailable => ErrorCode::TemporarilyUnavailable,
        }
    }

    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::NoToken => "an access token is needed",
            Self::InvalidRequest => "one Authorization header with one Bearer token is needed",
            Self::InvalidToken => "the access token is not valid",
            Self::InsufficientScope => "the access token does not reach this far",
            Self::Unavailable => "the access token cannot be checked at the moment",
        }
    }
}

impl Challenge {
    /// `scope` is what the route needs, `resource_metadata` the address of the document that says
    /// where to get it (RFC 9728 §5.1).
    pub(super) fn new(
        kind: Kind,
        realm: String,
        scope: String,
        resource_metadata: Option<String>,
    ) -> Self {
        Self { kind, realm, scope, resource_metadata }
    }

    /// The status: 401, 403, 400, or 503.
    pub fn status(&self) -> StatusCode {
        self.kind.code().status()
    }

    /// The value of `WWW-Authenticate`; `None` with 503, where no other token would help.
    pub fn www_authenticate(&self) -> Option<String> {
        let mut value = format!("Bearer realm=\"{}\"", self.realm);
        let mut add = |name, text: &str| value.extend([", ", name, "=\"", text, "\""]);
        match self.kind {
            Kind::Unavailable => return None,
            Kind::NoToken => {}
            kind => {
                add("error", kind.code().as_str());
                add("error_description", kind.description());
            }
        }
        if !self.scope.is_empty() && self.kind != Kind::InvalidRequest {
            add("scope", &self.scope);
        }
        if let Some(url) = &self.resource_metadata {
            add("resource_metadata", url);
        }
        Some(value)
    }

    /// The response.
    pub fn to_response(&self) -> Response {
        let mut response = match self.kind {
            Kind::NoToken => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                response
            }
            _ => json::error(self.status(), self.kind.code(), self.kind.description()),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.www_authenticate().map(|value| HeaderValue::from_str(&value)) {
            Some(Ok(value)) => drop(headers.insert(header::WWW_AUTHENTICATE, value)),
            Some(Err(_)) => {}
            None => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"))),
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{Challenge, Kind};

    fn shown(kind: Kind, scope: &str, document: Option<&str>) -> Option<String> {
        let (realm, document) = ("https://as.example".to_owned(), document.map(str::to_owned));
        Challenge::new(kind, realm, scope.to_owned(), document).www_authenticate()
    }

    /// RFC 6750 §3 and §3.1.
    #[test]
    fn challenges_are_spelled_as_the_rfc_does() {
        let none = shown(Kind::NoToken, "", None);
        assert_eq!(none.unwrap(), "Bearer realm=\"https://as.example\"");
        assert!(shown(Kind::InvalidToken, "", None).unwrap().contains("error=\"invalid_token\""));
        let scope = shown(Kind::InsufficientScope, "a b", None).unwrap();
        assert!(scope.contains("error=\"insufficient_scope\"") && scope.ends_with("scope=\"a b\""));
        assert_eq!(shown(Kind::Unavailable, "a", Some("https://as.example/x")), None);
    }

    /// RFC 9728 §5.1.
    #[test]
    fn a_challenge_says_where_the_resource_describes_itself() {
        let url = "https://a.example/.well-known/oauth-protected-resource";
        let told = shown(Kind::NoToken, "a", Some(url)).unwrap();
        let expected = format!(
            "Bearer realm=\"https://as.example\", scope=\"a\", resource_metadata=\"{url}\""
        );
        assert_eq!(told, expected);
    }
}
