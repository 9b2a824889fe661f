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
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no token. No error is named: the client may not have known (§3.1).
    NoToken,
    /// The header cannot be read, or there are two.
    InvalidRequest,
    /// The token is unknown, expired, revoked, or meant for another.
    InvalidToken,
    /// The token does not reach as far as this scope.
    InsufficientScope(String),
    /// It cannot be said.
    Unavailable,
}

impl Kind {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoToken | Self::InvalidToken => ErrorCode::InvalidToken,
            Self::InvalidRequest => ErrorCode::InvalidRequest,
            Self::InsufficientScope(_) => ErrorCode::InsufficientScope,
            Self::Unavailable => ErrorCode::TemporarilyUnavailable,
        }
    }

    const fn description(&self) -> &'static str {
        match self {
            Self::NoToken => "an access token is needed",
            Self::InvalidRequest => "one Authorization header with one Bearer token is needed",
            Self::InvalidToken => "the access token is not valid",
            Self::InsufficientScope(_) => "the access token does not reach this far",
            Self::Unavailable => "the access token cannot be checked at the moment",
        }
    }
}

impl Challenge {
    pub(super) fn new(kind: Kind, realm: &str) -> Self {
        Self { kind, realm: realm.to_owned() }
    }

    /// The status: 401, 403, 400, or 503.
    pub fn status(&self) -> StatusCode {
        self.kind.code().status()
    }

    /// The value of `WWW-Authenticate`; `None` with 503, where no other token would help.
    pub fn www_authenticate(&self) -> Option<String> {
        let realm = &self.realm;
        let (code, description) = (self.kind.code(), self.kind.description());
        match &self.kind {
            Kind::Unavailable => None,
            Kind::NoToken => Some(format!("Bearer realm=\"{realm}\"")),
            Kind::InsufficientScope(scope) => Some(format!(
                "Bearer realm=\"{realm}\", error=\"{code}\", error_description=\"{description}\", scope=\"{scope}\""
            )),
            Kind::InvalidRequest | Kind::InvalidToken => Some(format!(
                "Bearer realm=\"{realm}\", error=\"{code}\", error_description=\"{description}\""
            )),
        }
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

    /// RFC 6750 §3 and §3.1.
    #[test]
    fn challenges_are_spelled_as_the_rfc_does() {
        let shown = |kind| Challenge::new(kind, "https://as.example").www_authenticate();
        assert_eq!(shown(Kind::NoToken).unwrap(), "Bearer realm=\"https://as.example\"");
        assert!(shown(Kind::InvalidToken).unwrap().contains("error=\"invalid_token\""));
        let scope = shown(Kind::InsufficientScope("a b".into())).unwrap();
        assert!(scope.contains("error=\"insufficient_scope\"") && scope.ends_with("scope=\"a b\""));
        assert_eq!(shown(Kind::Unavailable), None);
    }
}
