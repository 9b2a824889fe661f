//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use async_trait::async_trait;

use super::{ClientAuth, ClientRequest, Presented};
use crate::{
    chosen_secret,
    context::Context,
    error::Error,
    model::{Client, ClientId, Secret},
    wire::{ErrorCode, basic},
};

/// Identifier and secret in the `Authorization` header.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientSecretBasic;

/// Identifier and secret in the body.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientSecretPost;

#[async_trait]
impl ClientAuth for ClientSecretBasic {
    fn method(&self) -> &str {
        "client_secret_basic"
    }

    fn reads_authorization(&self) -> bool {
        true
    }

    fn presented(&self, request: &ClientRequest<'_>) -> Result<Option<Presented>, Error> {
        match basic::read(request.headers) {
            basic::Basic::Absent => Ok(None),
            basic::Basic::Malformed => Err(Error::refused(
                ErrorCode::InvalidClient,
                "the Authorization header is not client_id:client_secret, each form-encoded, in Base64",
            )),
            basic::Basic::Present(id, evidence) => {
                Ok(Some(Presented { client_id: ClientId::from(id), evidence }))
            }
        }
    }

    async fn verify(
        &self,
        context: &Context,
        client: &Client,
        evidence: &Secret,
    ) -> Result<bool, Error> {
        Ok(matches_a_secret(context, client, evidence).await)
    }
}

#[async_trait]
impl ClientAuth for ClientSecretPost {
    fn method(&self) -> &str {
        "client_secret_post"
    }

    fn presented(&self, request: &ClientRequest<'_>) -> Result<Option<Presented>, Error> {
        let Some(secret) = request.params.get("client_secret") else { return Ok(None) };
        let client_id = request.params.get("client_id").ok_or(Error::refused(
            ErrorCode::InvalidClient,
            "client_secret was sent without client_id",
        ))?;
        Ok(Some(Presented { client_id: ClientId::from(client_id), evidence: Secret::new(secret) }))
    }

    async fn verify(
        &self,
        context: &Context,
        client: &Client,
        evidence: &Secret,
    ) -> Result<bool, Error> {
        Ok(matches_a_secret(context, client, evidence).await)
    }
}

/// Whether it is one of the client's secrets that is not over.
pub(super) async fn matches_a_secret(
    context: &Context,
    client: &Client,
    evidence: &Secret,
) -> bool {
    for secret in &client.secrets {
        let current = secret.expires_at.is_none_or(|end| context.now() < end);
        if current && chosen_secret::verify(evidence, &secret.hash).await {
            return true;
        }
    }
    false
}
