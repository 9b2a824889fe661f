//! May they? One file per grant type, and each has the same inner plan: its name, and a `decide`
//! that reads, checks, and answers with a [`Decision`]. Nothing here writes, except that a replay
//! ends the grant.

mod authorization_code;
mod client_credentials;
mod decision;
mod narrowing;
mod password;
mod refresh_token;
mod replay;

use std::fmt::Debug;

use async_trait::async_trait;

pub(crate) use self::decision::Basis;
pub use self::{
    authorization_code::AuthorizationCodeGrant,
    client_credentials::ClientCredentialsGrant,
    decision::{Decision, NewGrant},
    password::PasswordGrant,
    refresh_token::RefreshTokenGrant,
};
use crate::{client_auth::AuthenticatedClient, context::Context, error::Error, wire::Params};

/// A way to get tokens. Hosts add their own: an extension grant has an absolute URI as its name
/// (RFC 6749 §4.5), and a client must be registered for it.
#[async_trait]
pub trait GrantType: Debug + Send + Sync + 'static {
    /// The value of `grant_type`.
    fn name(&self) -> &str;

    /// Whether the client may have tokens, and which.
    ///
    /// Called again when somebody else was faster and the decision no longer stands.
    ///
    /// # Errors
    /// What the client did wrong, in the words of RFC 6749 §5.2, or whose store has failed.
    async fn decide(&self, request: &TokenRequest<'_>) -> Result<Decision, Error>;
}

/// A request for tokens by a client that has proven who it is.
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenRequest<'a> {
    /// The server's view.
    pub context: &'a Context,
    /// Who asks.
    pub client: &'a AuthenticatedClient,
    /// The parameters of the body.
    pub params: &'a Params<'a>,
}
