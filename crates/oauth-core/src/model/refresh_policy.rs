//! How a client's refresh tokens live.

use serde::{Deserialize, Serialize};

/// What a client is told about refresh tokens, and for how long they are good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshPolicy {
    /// What happens to the token that is presented.
    #[serde(default)]
    pub rotation: Rotation,
    /// When one is issued at all.
    #[serde(default)]
    pub issue: IssueRefreshToken,
}

/// What happens to a refresh token that is presented (RFC 9700 §4.14.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rotation {
    /// It is spent and a successor issued. Presented again, the whole grant is revoked.
    #[default]
    Rotate,
    /// As `Rotate`, but a client that lost the answer, or asked twice in parallel, may present the
    /// direct predecessor again and gets *the same* successor, as long as that is unused.
    RotateWithGrace {
        /// For how long after the first presentation, in seconds.
        grace: u32,
        /// How many times at most; no fewer than the client has requests under way at once.
        retries: u32,
    },
    /// It stays the same. For confidential clients only: a stolen one would never be noticed.
    Reuse,
}

/// When a refresh token is issued with an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueRefreshToken {
    /// Whenever a resource owner allowed a client that is registered for `refresh_token`.
    #[default]
    Always,
    /// Only if the granted scope has `offline_access` (OpenID Connect Core §11).
    OfflineAccess,
}
