//! The answer of the token endpoint (RFC 6749 §5.1).

use std::fmt::Debug;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    model::{Client, Scope, Secret},
};

/// What a client gets.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The access token.
    #[serde(serialize_with = "exposed")]
    pub access_token: Secret,
    /// How it is used: `Bearer`.
    pub token_type: &'static str,
    /// For how many seconds it is good.
    pub expires_in: u64,
    /// The refresh token, if there is one.
    #[serde(serialize_with = "exposed_if_any", skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// What it allows. Not sent if it is nothing: an empty scope cannot be written (RFC 6749
    /// Appendix A.4).
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// When it was issued. Not sent.
    #[serde(skip)]
    pub issued_at: Timestamp,
    /// For how many seconds the refresh token is good, if there is one. Not sent.
    #[serde(skip)]
    pub refresh_token_expires_in: Option<u64>,
    /// How many times the grant's tokens have been refreshed. Not sent.
    #[serde(skip)]
    pub refresh_count: u32,
}

/// Writes the answer of the token endpoint in another server's spelling. What was issued, and what
/// is stored and checked, stays the same.
pub trait ShapeTokenResponse: Debug + Send + Sync + 'static {
    /// Changes the members of the answer, which are those of RFC 6749 §5.1.
    fn shape(&self, client: &Client, issued: &TokenResponse, members: &mut Map<String, Value>);
}

fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn exposed_if_any<S: Serializer>(
    secret: &Option<Secret>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.as_ref().map_or("", Secret::expose))
}
