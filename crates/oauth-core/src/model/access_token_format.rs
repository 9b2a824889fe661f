//! How access tokens are spelled.

use serde::{Deserialize, Serialize};

/// Whether an access token says something by itself. Both are kept in the store, can be introspected
/// and revoked, and end with their grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// Random: whoever is to know what it means asks the server. The default.
    #[default]
    Opaque,
    /// A signed JWT (RFC 9068), which a resource server reads without asking. A revoked one is good
    /// there until it expires, unless it asks.
    Jwt,
}
