//! Where the guard asks about a token.

use std::{borrow::Cow, fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::{Access, Denied, Guarded};
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

    /// Whether what another guard has found out about the token of this request is what this one would
    /// find out, so that it need not be asked again. No, unless it says otherwise.
    async fn accepts(&self, _: &Access, _: &Guarded<'_>) -> bool {
        false
    }

    /// Whether the [path](Guarded::path) says which tokens are good, and so must be the whole one.
    fn reads_paths(&self) -> bool {
        false
    }

    /// The guard refused what a request showed. The place to tell whoever operates the server; nothing
    /// unless it says otherwise.
    async fn denied(&self, _: Denied<'_>, _: &Guarded<'_>) {}

    /// The `realm` of challenges: the issuer whose tokens the request needs.
    fn realm(&self, request: &Guarded<'_>) -> Cow<'_, str>;

    /// The resources that the application describes (RFC 9728), so that challenges can say where.
    /// None unless it says otherwise.
    async fn described(&self, _: &Guarded<'_>) -> Arc<[ResourceId]> {
        Arc::default()
    }
}

/// Asks the keys and the store of a server in the same process.
#[derive(Debug)]
pub(crate) struct LocalVerifier {
    parts: Arc<Parts>,
    revocation: bool,
}

impl LocalVerifier {
    /// With `revocation`, the store is asked about JWTs, too.
    pub(crate) fn new(parts: Arc<Parts>, revocation: bool) -> Self {
        Self { parts, revocation }
    }

    async fn find(&self, context: &Context, token: &str) -> Result<Option<Access>, StoreError> {
        if self.parts.formats.access_token.recognises(token) {
            return in_store(context, token).await;
        }
        let Some(keys) = &self.parts.keys else { return Ok(None) };
        let Some(verified) = keys.verify(token, context.now()).await? else { return Ok(None) };
        if self.revocation && in_store(context, token).await?.is_none() {
            return Ok(None);
        }
        let own = is_own(context.parts(), &verified.payload.audience);
        Ok(Some(Access::of_token(context.issuer().clone(), verified, own, self.revocation)))
    }
}

#[async_trait]
impl TokenVerifier for LocalVerifier {
    async fn verify(
        &self,
        token: &str,
        request: &Guarded<'_>,
    ) -> Result<Option<Access>, StoreError> {
        let context = Context::new(&self.parts, "guard", request.peer);
        let verified = self.find(&context, token).await;
        if let Err(error) = &verified {
            context.store_failed(error);
        }
        verified
    }

    async fn accepts(&self, known: &Access, _: &Guarded<'_>) -> bool {
        let own = is_own(&self.parts, known.audience());
        *known.issuer() == self.parts.issuer && known.is_for_own_audience() == own
    }

    async fn denied(&self, why: Denied<'_>, request: &Guarded<'_>) {
        Context::new(&self.parts, "guard", request.peer).record(&why.event());
    }

    fn realm(&self, _: &Guarded<'_>) -> Cow<'_, str> {
        Cow::Borrowed(self.parts.issuer.as_str())
    }

    async fn described(&self, _: &Guarded<'_>) -> Arc<[ResourceId]> {
        Arc::clone(&self.parts.described_resources)
    }
}

async fn in_store(context: &Context, token: &str) -> Result<Option<Access>, StoreError> {
    let Some(found) = context.grants().find(context.tenant(), &Digest::of(token)).await? else {
        return Ok(None);
    };
    let Artefact::AccessToken(bound) = &found.issued.artefact else { return Ok(None) };
    if found.revoked_at.is_some() || found.issued.expires_at <= context.now() {
        return Ok(None);
    }
    if !context.honours(&found.grant.client_id, found.issued.issued_at).await? {
        return Ok(None);
    }
    let own_audience = is_own(context.parts(), &bound.audience);
    let (scope, audience) = (bound.scope.clone(), bound.audience.as_slice().into());
    let (issuer, issued) = (context.issuer().clone(), Arc::clone(&found.issued));
    Ok(Some(Access::of_store(issuer, issued, found.grant, scope, audience, own_audience)))
}

/// Whether the audience is of this application: a resource at the issuer's origin, or the one that
/// tokens have whose client named none. What is elsewhere sees tokens that are not meant for here.
fn is_own(parts: &Parts, audience: &[ResourceId]) -> bool {
    audience.iter().any(|named| {
        parts.described_resources.contains(named) || parts.default_audience.as_ref() == Some(named)
    })
}
