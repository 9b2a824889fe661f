//! What is known of a client that registered itself.

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::clock::Timestamp;

/// What is known of a client that registered itself (RFC 7591), or that is trusted although one of the
/// users registered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Registered {
    /// When it did.
    pub at: Timestamp,
    /// From then on it may be removed if there is no grant for it.
    #[serde(default)]
    pub unused_until: Option<Timestamp>,
    /// Of the token with which it may change itself (RFC 7592).
    #[serde(default)]
    pub access_token: Option<Digest>,
    /// Whether somebody has looked at it, and at where its redirect URIs lead: then errors are sent
    /// there without asking (RFC 9700 §4.11.2). Ends when it changes its redirect URIs.
    #[serde(default)]
    pub trusted: bool,
}

impl Registered {
    /// At this moment, to stay, and not to be changed by itself.
    pub const fn at(at: Timestamp) -> Self {
        Self { at, unused_until: None, access_token: None, trusted: false }
    }
}
