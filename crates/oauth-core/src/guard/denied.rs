//! Why a guard refused what a request showed, for whoever operates the server.

use super::Access;
use crate::{events::Event, wire::ErrorCode};

/// Why a guard refused a request that showed something.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Denied<'a> {
    /// The `Authorization` header cannot be read, or there are two.
    Unreadable,
    /// The token is unknown, over or revoked, or not signed as it must be.
    NotGood,
    /// The token is good, and meant for other resources (RFC 8707 §2).
    Audience(&'a Access),
    /// The token is good, and does not reach far enough.
    Scope(&'a Access),
}

impl<'a> Denied<'a> {
    pub(crate) fn event(self) -> Event<'a> {
        let refused = |client, error, reason| Event::Refused { client, error, reason };
        match self {
            Self::Unreadable => refused(
                None,
                ErrorCode::InvalidRequest,
                "one Authorization header with one Bearer token is needed",
            ),
            Self::NotGood => refused(None, ErrorCode::InvalidToken, "the access token is not good"),
            Self::Audience(access) => {
                Event::WrongAudience { client: access.client_id(), audience: access.audience() }
            }
            Self::Scope(access) => refused(
                Some(access.client_id()),
                ErrorCode::InsufficientScope,
                "the scope of the access token does not allow it",
            ),
        }
    }
}
