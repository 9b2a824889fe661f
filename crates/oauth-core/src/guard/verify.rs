//! Where the guard asks about a token.

use std::{borrow::Cow, fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::{Access, Guarded};
use crate::{
    context::{Context, Parts},
    model::{Artefact, Digest, ResourceId},
    store::StoreError,
};

/// Knows which access tokens are good.
#[async_trait]
pub trait TokenVerifier: Debug + Send + Sync + 'static {
    /// What the token says, if it is good.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say. Never for a token that is not good.
    async fn verify(
        &self,
        token: &str,
        request: &Guarded<'_>,
    ) -> Result<Option<Access>, StoreError>;

    /// The `realm` of challenges: the issuer whose tokens the request needs.
    fn realm(&self, request: &Guarded<'_>) -> Cow<'_, str>;

    /// The resources that the application describes (RFC 9728), so that challenges can say where.
    /// None unless it says otherwise.
    async fn described(&self, _: &Guarded<'_>) -> Arc<[ResourceId]> {
        Arc::default()
    }
}

/// Asks the store of a server in the same process.
#[derive(Debug)]
pub(crate) struct LocalVerifier {
    parts: Arc<Parts>,
}

impl LocalVerifier {
    pub(crate) fn new(parts: Arc<Parts>) -> Self {
        Self { parts }
    }
}

#[async_trait]
impl TokenVerifier for LocalVerifier {
    async fn verify(
        &self,
        token: &str,
        request: &Guarded<'_>,
    ) -> Result<Option<Access>, StoreError> {
        if !self.parts.formats.access_token.recognises(token) {
            return Ok(None);
        }
        let context = Context::new(&self.parts, "guard", request.peer);
        let verified = verify(&context, token).await;
        if let Err(error) = &verified {
            context.store_failed(error);
        }
        verified
    }

    fn realm(&self, _: &Guarded<'_>) -> Cow<'_, str> {
        Cow::Borrowed(self.parts.issuer.as_str())
    }

    async fn described(&self, _: &Guarded<'_>) -> Arc<[ResourceId]> {
        Arc::clone(&self.parts.described)
    }
}

async fn verify(context: &Context, token: &str) -> Result<Option<Access>, StoreError> {
    let Some(found) = context.grants().find(context.tenant(), &Digest::of(token)).await? else {
        return Ok(None);
    };
    let Artefact::AccessToken(bound) = &found.issued.artefact else { return Ok(None) };
    if found.revoked_at.is_some() || found.issued.expires_at <= context.now() {
        return Ok(None);
    }
    let client = context.clients().find(context.tenant(), &found.grant.client_id).await?;
    if !client.is_some_and(|client| client.honours(found.issued.issued_at)) {
        return Ok(None);
    }
    let resources = &context.parts().resources;
    let is_own = |named: &ResourceId| resources.iter().any(|own| own.identifier == *named);
    let own_audience = bound.audience.iter().any(is_own);
    let (scope, audience) = (bound.scope.clone(), bound.audience.as_slice().into());
    let (issuer, issued) = (context.issuer().clone(), Arc::clone(&found.issued));
    Ok(Some(Access::new(issuer, issued, found.grant, scope, audience, own_audience)))
}
