//! Why a guard refused what a request showed, for whoever operates the server.

use super::{Access, challenge::Kind};
use crate::events::Event;

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
    /// How the client is told.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Unreadable => Kind::InvalidRequest,
            Self::NotGood | Self::Audience(_) => Kind::InvalidToken,
            Self::Scope(_) => Kind::InsufficientScope,
        }
    }

    /// How the operator is.
    pub(crate) fn event(self) -> Event<'a> {
        let client = match self {
            Self::Unreadable | Self::NotGood => None,
            Self::Audience(access) => {
                let (client, audience) = (access.client_id(), access.audience());
                return Event::WrongAudience { client, audience };
            }
            Self::Scope(access) => Some(access.client_id()),
        };
        let kind = self.kind();
        Event::Refused { client, error: kind.code(), reason: kind.description() }
    }
}
