//! Client authentication by an assertion that the client's secret signed (`client_secret_jwt`,
//! RFC 7523 §2.2).

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::{
    ClientAuth, ClientRequest, Presented, assertion, assertion::Claims,
    client_secret::matches_a_secret,
};
use crate::{
    context::Context,
    error::Error,
    jwt::Compact,
    model::{Client, ClientId, Secret, Tenant},
    store::StoreError,
};

/// The shortest secret that signs, in bytes (RFC 7518 §3.2).
const SHORTEST: usize = 32;

/// Knows the secrets of clients in the clear, which the client's record does not: it has hashes, and
/// with a hash nothing can be verified that the secret signed. Where a host keeps them is its own
/// affair; a vault is better than a table.
#[async_trait]
pub trait SharedSecrets: Debug + Send + Sync + 'static {
    /// The secret of the client, `None` if it has none. Where the client's record has hashes of secrets,
    /// it has to be one of these that is not over; without any, what is told here decides alone.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say.
    async fn shared_secret(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Secret>, StoreError>;
}

/// An assertion signed with the client's secret (`client_secret_jwt`), HS256. What it must claim is as
/// with [`PrivateKeyJwt`](super::PrivateKeyJwt), which is better: there the server knows nothing that
/// could be stolen. Secrets of less than 32 bytes sign nothing. Clients that register themselves are
/// not offered this method.
#[derive(Clone, Debug)]
pub struct ClientSecretJwt {
    secrets: Arc<dyn SharedSecrets>,
    claims: Claims,
}

impl ClientSecretJwt {
    /// For clients whose secrets are known there.
    pub fn new(secrets: impl SharedSecrets) -> Self {
        Self { secrets: Arc::new(secrets), claims: Claims::default() }
    }

    /// Weak: accepts this URL, that of the token endpoint, as audience besides the issuer.
    #[must_use]
    pub fn dangerous_endpoint_audience(mut self, token_endpoint: impl AsRef<str>) -> Self {
        self.claims.endpoint_audience = Some(Arc::from(token_endpoint.as_ref()));
        self
    }
}

#[async_trait]
impl ClientAuth for ClientSecretJwt {
    fn method(&self) -> &str {
        "client_secret_jwt"
    }

    fn is_guessable(&self) -> bool {
        false
    }

    fn signing_algorithms(&self) -> &[&str] {
        &["HS256"]
    }

    fn presented(&self, request: &ClientRequest<'_>) -> Result<Option<Presented>, Error> {
        let issuer = |text: &str| Compact::parse_shared(text).ok()?.unproven_issuer();
        Ok(assertion::presented(request, issuer))
    }

    async fn verify(
        &self,
        context: &Context,
        client: &Client,
        evidence: &Secret,
    ) -> Result<bool, Error> {
        let Ok(assertion) = Compact::parse_shared(evidence.expose()) else { return Ok(false) };
        let secret = self.secrets.shared_secret(context.tenant(), &client.client_id).await?;
        let Some(secret) = secret.filter(|secret| secret.expose().len() >= SHORTEST) else {
            return Ok(false);
        };
        let Ok(signed) = assertion.verify_shared(&secret) else { return Ok(false) };
        // A secret that is over for the other methods is over for this one.
        if !client.secrets.is_empty() && !matches_a_secret(context, client, &secret).await {
            return Ok(false);
        }
        self.claims.hold(context, client, signed).await
    }
}
