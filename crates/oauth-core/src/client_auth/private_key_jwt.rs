//! Client authentication by an assertion that a private key signed (`private_key_jwt`, RFC 7523 §2.2).

use std::sync::Arc;

use async_trait::async_trait;

use super::{ClientAuth, ClientRequest, Presented, assertion, assertion::Claims};
use crate::{
    context::Context,
    crypto::SigningAlgorithm,
    error::Error,
    events::Event,
    fetch::Fetch,
    jwt::{Compact, KeySet, Verified},
    model::{Client, Secret},
    remote_keys::RemoteKeys,
    wire::ErrorCode,
};

/// An assertion signed with the client's private key (`private_key_jwt`). The public keys are in the
/// client's record (`jwks`), or where it says (`jwks_uri`).
///
/// The audience is the issuer and nothing else: one that is a URL of an endpoint, too, could be of
/// another server that the client talks to. Each assertion is good once
/// ([`replay_store`](crate::server::ServerBuilder::replay_store)), for five minutes at most.
#[derive(Clone, Debug, Default)]
pub struct PrivateKeyJwt {
    remote: Option<RemoteKeys>,
    claims: Claims,
}

impl PrivateKeyJwt {
    /// For clients whose keys are in their record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fetches keys, too, from the `jwks_uri` of clients that have one.
    #[must_use]
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.remote = Some(RemoteKeys::new(fetch));
        self
    }

    /// Weak: accepts this URL, that of the token endpoint, as audience besides the issuer, as
    /// RFC 7523 §3 did before its revision and older client libraries do.
    #[must_use]
    pub fn dangerous_endpoint_audience(mut self, token_endpoint: impl AsRef<str>) -> Self {
        self.claims.endpoint_audience = Some(Arc::from(token_endpoint.as_ref()));
        self
    }

    /// The claims, if a key of the client has signed them.
    async fn signed(
        &self,
        context: &Context,
        client: &Client,
        assertion: Compact<'_>,
    ) -> Option<Verified> {
        let (key_id, algorithm) = (assertion.header().key_id.clone(), assertion.header().algorithm);
        let own = client.token_endpoint_auth_signing_alg.as_deref();
        // By any of its names.
        if own.is_some_and(|own| SigningAlgorithm::parse(own) != Some(algorithm)) {
            return None;
        }
        let key = match (&client.jwks, &client.jwks_uri, &self.remote) {
            (Some(jwks), ..) => {
                let keys = KeySet::parse(jwks.to_string().as_bytes()).ok()?;
                keys.find(key_id.as_deref(), algorithm, context.now()).ok()?.clone()
            }
            (None, Some(uri), Some(remote)) => {
                remote.find(uri, key_id.as_deref(), algorithm, context.now()).await.ok()?
            }
            (None, Some(_), None) => {
                let (client, error) = (Some(&client.client_id), ErrorCode::InvalidClient);
                let reason =
                    "its keys are at a jwks_uri, and PrivateKeyJwt has nothing to fetch with";
                context.record(&Event::Refused { client, error, reason });
                return None;
            }
            (None, None, _) => return None,
        };
        assertion.verify(&key).ok()
    }
}

#[async_trait]
impl ClientAuth for PrivateKeyJwt {
    fn method(&self) -> &str {
        "private_key_jwt"
    }

    fn is_guessable(&self) -> bool {
        false
    }

    fn signing_algorithms(&self) -> &[&str] {
        const { &SigningAlgorithm::NAMES }
    }

    fn presented(&self, request: &ClientRequest<'_>) -> Result<Option<Presented>, Error> {
        let issuer = |text: &str| Compact::parse(text).ok()?.unproven_issuer();
        Ok(assertion::presented(request, issuer))
    }

    async fn verify(
        &self,
        context: &Context,
        client: &Client,
        evidence: &Secret,
    ) -> Result<bool, Error> {
        let Ok(assertion) = Compact::parse(evidence.expose()) else { return Ok(false) };
        let Some(signed) = self.signed(context, client, assertion).await else { return Ok(false) };
        self.claims.hold(context, client, signed).await
    }
}
