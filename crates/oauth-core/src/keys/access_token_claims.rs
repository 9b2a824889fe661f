//! What a host adds to JWT access tokens.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::{
    model::{Client, Grant, ResourceId, Scope, Tenant},
    store::StoreError,
};

/// Adds claims to JWT access tokens. Whoever has the token can read them, the client included.
///
/// ```
/// use oauth_core::{keys::{AccessTokenClaims, TokenToSign}, store::StoreError};
/// use serde_json::{Map, Value};
///
/// #[derive(Debug)]
/// struct Tier;
///
/// #[async_trait::async_trait]
/// impl AccessTokenClaims for Tier {
///     async fn claims(&self, token: &TokenToSign<'_>) -> Result<Map<String, Value>, StoreError> {
///         let tier = token.grant.claims.get("tier").cloned();
///         Ok(tier.map(|tier| ("tier".to_owned(), tier)).into_iter().collect())
///     }
/// }
/// ```
#[async_trait]
pub trait AccessTokenClaims: Debug + Send + Sync + 'static {
    /// The claims to add. The server's own names are refused
    /// ([`RESERVED_CLAIMS`](crate::jwt::RESERVED_CLAIMS)): nothing is issued then.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say. With [`Unavailable`](StoreError::Unavailable) the request is
    /// answered with 503.
    async fn claims(&self, token: &TokenToSign<'_>) -> Result<Map<String, Value>, StoreError>;
}

#[async_trait]
impl<T: AccessTokenClaims + ?Sized> AccessTokenClaims for Arc<T> {
    async fn claims(&self, token: &TokenToSign<'_>) -> Result<Map<String, Value>, StoreError> {
        (**self).claims(token).await
    }
}

/// An access token that is about to be signed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TokenToSign<'a> {
    /// Whose server it is.
    pub tenant: &'a Tenant,
    /// Who gets it.
    pub client: &'a Client,
    /// The grant that it belongs to: the subject, and what the host wanted to know again.
    pub grant: &'a Grant,
    /// How far it reaches.
    pub scope: &'a Scope,
    /// Where it may be used.
    pub audience: &'a [ResourceId],
}

impl<'a> TokenToSign<'a> {
    pub(crate) fn new(
        tenant: &'a Tenant,
        client: &'a Client,
        grant: &'a Grant,
        scope: &'a Scope,
        audience: &'a [ResourceId],
    ) -> Self {
        Self { tenant, client, grant, scope, audience }
    }
}
