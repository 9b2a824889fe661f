//! JWT access tokens of a server elsewhere (RFC 9068 §4), checked with the keys that it publishes.

use std::{borrow::Cow, fmt, sync::Arc};

use async_trait::async_trait;

use super::{Access, Guarded, TokenVerifier};
use crate::{
    clock::{Clock, SystemClock, Timestamp},
    crypto::{PublicKey, SigningAlgorithm},
    fetch::{Fetch, without_secrets},
    jwt::{ACCESS_TOKEN_TYPE, AccessTokenPayload, CLOCK_TOLERANCE, Compact, Expected, InvalidJwt},
    keys::{VerifiedToken, VerifiedTokens},
    model::{Issuer, ResourceId},
    remote_keys::{NoKey, RemoteKeys},
    store::StoreError,
};

/// Checks JWT access tokens of an issuer, meant for one resource, with the keys at the issuer's
/// `jwks_uri`. They are fetched when they are needed and once in five minutes; a key that is not
/// among them is looked for once a minute at most. A token that was revoked stays good until it
/// expires: ask [`IntrospectionVerifier`](super::IntrospectionVerifier) where that is too long.
pub struct JwksVerifier {
    issuer: Issuer,
    resource: ResourceId,
    jwks_uri: String,
    keys: RemoteKeys,
    clock: Arc<dyn Clock>,
    verified: VerifiedTokens<Remembered>,
}

/// A token, and the key that signed it.
#[derive(Clone)]
struct Remembered {
    token: Arc<VerifiedToken>,
    key_id: Option<Arc<str>>,
    key: PublicKey,
}

/// Why a token is not good.
enum Refused {
    Invalid,
    Unavailable,
}

impl From<InvalidJwt> for Refused {
    fn from(_: InvalidJwt) -> Self {
        Self::Invalid
    }
}

impl JwksVerifier {
    /// Tokens of `issuer` for `resource`, signed by a key at `jwks_uri`. An issuer that ends with a slash
    /// is read by [`Issuer::elsewhere`].
    pub fn new(
        issuer: Issuer,
        resource: ResourceId,
        jwks_uri: impl Into<String>,
        fetch: impl Fetch,
    ) -> Self {
        Self {
            issuer,
            resource,
            jwks_uri: jwks_uri.into(),
            keys: RemoteKeys::new(fetch),
            clock: Arc::new(SystemClock),
            verified: VerifiedTokens::new(),
        }
    }

    /// What time it is.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    async fn check(&self, text: &str) -> Result<Arc<VerifiedToken>, Refused> {
        let now = self.clock.now();
        if let Some(known) = self.verified.get(text) {
            let key = self.key(known.key_id.as_deref(), known.key.algorithm(), now).await?;
            if known.key == key {
                return good(known.token, now).ok_or(Refused::Invalid);
            }
        }
        let compact = Compact::parse(text)?;
        let key_id: Option<Arc<str>> = compact.header().key_id.as_deref().map(Arc::from);
        let key = self.key(key_id.as_deref(), compact.header().algorithm, now).await?;
        let claims = compact.verify(&key)?.check(&Expected {
            kinds: &[Some(ACCESS_TOKEN_TYPE)],
            issuer: self.issuer.as_str(),
            audience: Some(&[self.resource.as_str()]),
            now,
            tolerance: CLOCK_TOLERANCE,
        })?;
        let token = Arc::new(VerifiedToken::new(AccessTokenPayload::read(claims)?));
        self.verified.insert(text, Remembered { token: Arc::clone(&token), key_id, key });
        Ok(token)
    }

    fn no_keys(&self) -> StoreError {
        let trouble = self.keys.trouble(&self.jwks_uri);
        let trouble = trouble.as_deref().unwrap_or("none at present");
        let uri = without_secrets(&self.jwks_uri);
        StoreError::unavailable(format!("keys at {uri}: {trouble}"))
    }

    async fn key(
        &self,
        key_id: Option<&str>,
        algorithm: SigningAlgorithm,
        now: Timestamp,
    ) -> Result<PublicKey, Refused> {
        let key = self.keys.find(&self.jwks_uri, key_id, algorithm, now).await;
        key.map_err(|no| match no {
            NoKey::Unknown => Refused::Invalid,
            NoKey::Unavailable => Refused::Unavailable,
        })
    }
}

fn good(token: Arc<VerifiedToken>, now: Timestamp) -> Option<Arc<VerifiedToken>> {
    (token.payload.expires_at.plus(CLOCK_TOLERANCE) > now).then_some(token)
}

#[async_trait]
impl TokenVerifier for JwksVerifier {
    async fn verify(&self, token: &str, _: &Guarded<'_>) -> Result<Option<Access>, StoreError> {
        match self.check(token).await {
            Ok(token) => Ok(Some(Access::of_token(self.issuer.clone(), token, true, false))),
            Err(Refused::Invalid) => Ok(None),
            Err(Refused::Unavailable) => Err(self.no_keys()),
        }
    }

    async fn accepts(&self, known: &Access, _: &Guarded<'_>) -> bool {
        *known.issuer() == self.issuer && known.is_for(&self.resource)
    }

    fn realm(&self, _: &Guarded<'_>) -> Cow<'_, str> {
        Cow::Borrowed(self.issuer.as_str())
    }

    async fn described(&self, _: &Guarded<'_>) -> Arc<[ResourceId]> {
        Arc::new([self.resource.clone()])
    }
}

impl fmt::Debug for JwksVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksVerifier")
            .field("issuer", &self.issuer)
            .field("resource", &self.resource)
            .field("jwks_uri", &without_secrets(&self.jwks_uri))
            .finish_non_exhaustive()
    }
}
