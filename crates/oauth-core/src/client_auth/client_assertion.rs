//! Client authentication by a signed assertion (RFC 7521 §4.2, RFC 7523 §2.2).

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{ClientAuth, ClientRequest, Presented};
use crate::{
    clock::Timestamp,
    context::Context,
    crypto::SigningAlgorithm,
    error::Error,
    fetch::Fetch,
    jwt::{CLOCK_TOLERANCE, Compact, Expected, KeySet, Verified},
    model::{Client, ClientId, Digest, Secret},
    remote_keys::RemoteKeys,
    store::StoreError,
};

/// What `client_assertion_type` must say.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The most that may be left of an assertion's life, in seconds.
const LONGEST_LIFE: u32 = 300;
/// The longest `jti`, in bytes.
const TOKEN_ID_LIMIT: usize = 256;

/// An assertion signed with the client's private key (`private_key_jwt`). The public keys are in the
/// client's record (`jwks`), or where it says (`jwks_uri`).
///
/// The audience is the issuer and nothing else: one that is a URL of an endpoint, too, could be of
/// another server that the client talks to. Each assertion is good once
/// ([`replay_store`](crate::server::ServerBuilder::replay_store)), for five minutes at most.
#[derive(Clone, Debug, Default)]
pub struct PrivateKeyJwt {
    remote: Option<RemoteKeys>,
    endpoint_audience: Option<Arc<str>>,
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
        self.endpoint_audience = Some(Arc::from(token_endpoint.as_ref()));
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
        if own.is_some_and(|own| own != algorithm.as_str()) {
            return None;
        }
        let key = match (&client.jwks, &client.jwks_uri, &self.remote) {
            (Some(jwks), ..) => {
                let keys = KeySet::parse(jwks.to_string().as_bytes()).ok()?;
                keys.find(key_id.as_deref(), algorithm).ok()?.clone()
            }
            (None, Some(uri), Some(remote)) => {
                remote.find(uri, key_id.as_deref(), algorithm, context.now()).await.ok()?
            }
            _ => return None,
        };
        assertion.verify(&key).ok()
    }

    /// Whether the claims are of this client, for this server, and now. Gives its `jti`, and until
    /// when it must be remembered.
    fn claimed(
        &self,
        context: &Context,
        client: &Client,
        signed: Verified,
    ) -> Option<(String, Timestamp)> {
        // The audience is one string: in a list, others could be meant as well.
        let audience = signed.claims().get("aud")?.as_str()?.to_owned();
        let is_endpoint = self.endpoint_audience.as_deref() == Some(&*audience);
        if audience != context.issuer().as_str() && !is_endpoint {
            return None;
        }
        let claims = signed.check(&Expected {
            kinds: &[None, Some("jwt"), Some("client-authentication+jwt")],
            issuer: client.client_id.as_str(),
            audience: None,
            now: context.now(),
            tolerance: CLOCK_TOLERANCE,
        });
        let claims = claims.ok()?;
        let latest = context.now().plus(LONGEST_LIFE + CLOCK_TOLERANCE);
        let expires_at = expiry(&claims).filter(|expires_at| *expires_at <= latest)?;
        let own = claims.get("sub")?.as_str()? == client.client_id.as_str();
        let token_id = claims.get("jti")?.as_str()?;
        let sound = own && !token_id.is_empty() && token_id.len() <= TOKEN_ID_LIMIT;
        sound.then(|| (token_id.to_owned(), expires_at.plus(CLOCK_TOLERANCE + 1)))
    }
}

fn expiry(claims: &Map<String, Value>) -> Option<Timestamp> {
    // `check` has seen that it is a number within reason.
    let seconds = claims.get("exp")?.as_f64()?;
    Some(Timestamp::from_unix(seconds as i64))
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
        if request.params.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Ok(None);
        }
        // What cannot be read is nobody's evidence, and with that refused.
        let Some(text) = request.params.get("client_assertion") else { return Ok(None) };
        let assertion = Compact::parse(text).ok();
        let issuer = assertion.and_then(|assertion| assertion.unproven_issuer());
        Ok(issuer.map(|issuer| Presented {
            client_id: ClientId::from(issuer),
            evidence: Secret::new(text),
        }))
    }

    async fn verify(
        &self,
        context: &Context,
        client: &Client,
        evidence: &Secret,
    ) -> Result<bool, Error> {
        let Ok(assertion) = Compact::parse(evidence.expose()) else { return Ok(false) };
        let Some(signed) = self.signed(context, client, assertion).await else { return Ok(false) };
        let Some((token_id, keep_until)) = self.claimed(context, client, signed) else {
            return Ok(false);
        };
        Ok(first_use(context, client, &token_id, keep_until).await?)
    }
}

/// Whether the client uses the assertion for the first time. The last thing that is asked: what is
/// refused for another reason is not used up.
async fn first_use(
    context: &Context,
    client: &Client,
    token_id: &str,
    keep_until: Timestamp,
) -> Result<bool, StoreError> {
    // Neither part has a NUL in it that could be taken for the one between them: the identifier is
    // printable (RFC 6749 Appendix A.1).
    let key = Digest::of(&format!("client_assertion\0{}\0{token_id}", client.client_id));
    context.replays().first_use(context.tenant(), &key, context.now(), keep_until).await
}
