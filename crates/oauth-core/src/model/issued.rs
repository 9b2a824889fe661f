//! Things issued under a grant: one record per artefact, with every fact bound to it inside.

use serde::{Deserialize, Serialize};

use super::{Digest, GrantId, RedirectUri, ResourceId, Scope};
use crate::clock::Timestamp;

/// Spent and expired records are kept this much longer, in seconds, so that a replay is still
/// known for what it is and a late revocation still finds its grant.
const RETENTION: u32 = 24 * 60 * 60;

/// Something that was issued, as a store keeps it: by digest, never the secret itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issued {
    /// SHA-256 of the secret.
    pub key: Digest,
    /// The grant it belongs to.
    pub grant: GrantId,
    /// What it is.
    pub artefact: Artefact,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From this moment on it is no longer good.
    pub expires_at: Timestamp,
}

impl Issued {
    /// Until when a store keeps the record. A purge before this moment must not remove it. A store
    /// that searches by it keeps it as it was when the item was written: another version of this
    /// library may reckon differently.
    pub fn keep_until(&self) -> Timestamp {
        match self.artefact {
            Artefact::AccessToken(_) => self.expires_at,
            Artefact::AuthorizationCode(_) | Artefact::RefreshToken(_) => {
                self.expires_at.plus(RETENTION)
            }
        }
    }
}

/// What was issued, with the facts bound to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Artefact {
    /// An authorization code (RFC 6749 §4.1.2).
    AuthorizationCode(AuthorizationCode),
    /// An access token (RFC 6749 §1.4).
    AccessToken(AccessToken),
    /// A refresh token (RFC 6749 §1.5).
    RefreshToken(RefreshToken),
}

impl Artefact {
    /// Its name in tables and events: `authorization_code`, `access_token` or `refresh_token`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AuthorizationCode(_) => "authorization_code",
            Self::AccessToken(_) => "access_token",
            Self::RefreshToken(_) => "refresh_token",
        }
    }
}

/// Facts bound to an authorization code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The redirect URI of the authorization request, if the request named one: the token request
    /// must then not name another (RFC 6749 §4.1.3).
    pub redirect_uri: Option<RedirectUri>,
    /// The S256 challenge (RFC 7636 §4.3), which is the digest of the verifier. `None` only for a
    /// client with `dangerous_pkce_optional`.
    pub code_challenge: Option<Digest>,
}

/// Facts bound to an access token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessToken {
    /// What it allows: the grant's scope or less.
    pub scope: Scope,
    /// Where it may be used; empty where no resource was named.
    #[serde(default)]
    pub audience: Vec<ResourceId>,
}

/// Facts bound to a refresh token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// The token whose presentation brought this one forth; `None` for the first of a grant.
    #[serde(default)]
    pub predecessor: Option<Digest>,
    /// How many times the grant's tokens had been refreshed when this one was issued.
    #[serde(default)]
    pub refresh_count: u32,
}
