//! Whose fault it is, and the answer that follows.

use std::borrow::Cow;

use http::{HeaderValue, StatusCode, header};

use crate::{
    crypto::CryptoFailed,
    http_types::Response,
    model::Issuer,
    random::RandomFailed,
    store::StoreError,
    wire::{ErrorCode, InvalidParams, bearer, json},
};

/// After how many seconds a client may try again when a store has failed.
const RETRY_AFTER_FAILURE: u32 = 2;

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's fault.
    #[error("{}: {}", .0.code, .0.description)]
    Refused(Refusal),
    /// The caller guessed too often.
    #[error("throttled for {retry_after} s")]
    Throttled {
        /// After how many seconds it may try again.
        retry_after: u32,
    },
    /// The fault of the application's own code or records, in words for its operator; credentials
    /// stay usable.
    #[error("{0}")]
    Misconfigured(Cow<'static, str>),
    /// A store's fault; credentials stay usable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The source of randomness gave nothing; credentials stay usable.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// The crypto backend gave nothing; credentials stay usable.
    #[error(transparent)]
    Crypto(#[from] CryptoFailed),
}

/// A refusal in the words of an RFC. The description is fixed text: input is never echoed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error code.
    pub code: ErrorCode,
    /// For the developer of the client.
    pub description: &'static str,
}

impl Error {
    /// A refusal.
    pub const fn refused(code: ErrorCode, description: &'static str) -> Self {
        Self::Refused(Refusal { code, description })
    }

    /// `invalid_request`.
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::refused(ErrorCode::InvalidRequest, description)
    }

    /// `invalid_grant`.
    pub const fn invalid_grant(description: &'static str) -> Self {
        Self::refused(ErrorCode::InvalidGrant, description)
    }

    /// The code and the words for the caller, which tell nothing about the server's inside.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            Self::Throttled { .. } => Refusal {
                code: ErrorCode::TemporarilyUnavailable,
                description: "too many failed attempts; try again later",
            },
            Self::Store(StoreError::Corrupt(_) | StoreError::Conflict)
            | Self::Crypto(_)
            | Self::Misconfigured(_) => Refusal {
                code: ErrorCode::ServerError,
                description: "the server could not complete the request",
            },
            Self::Store(_) | Self::Random(_) => Refusal {
                code: ErrorCode::TemporarilyUnavailable,
                description: "the server cannot answer at the moment; try again later",
            },
        }
    }

    /// The status of an answer that is not a redirect.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            _ => self.refusal().code.status(),
        }
    }

    /// After how many seconds it makes sense to try again.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Throttled { retry_after } => Some(*retry_after),
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER_FAILURE),
            _ => None,
        }
    }

    /// The JSON answer (RFC 6749 §5.2).
    pub fn to_json(&self, issuer: &Issuer) -> Response {
        let Refusal { code, description } = self.refusal();
        let mut response = json::error(self.status(), code, description);
        self.add_retry_after(&mut response);
        if response.status() == StatusCode::UNAUTHORIZED {
            let challenge = match code {
                ErrorCode::InvalidToken => bearer::challenge(issuer, code),
                _ => format!("Basic realm=\"{issuer}\", charset=\"UTF-8\""),
            };
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }

    /// Adds `Retry-After` where it applies.
    pub(crate) fn add_retry_after(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

impl From<InvalidParams> for Error {
    fn from(invalid: InvalidParams) -> Self {
        Self::invalid_request(match invalid {
            InvalidParams::Encoding => "parameters are UTF-8 without NUL",
            InvalidParams::TooMany => "too many parameters",
        })
    }
}
