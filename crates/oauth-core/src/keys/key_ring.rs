//! The keys of one server at work.

use std::{fmt, sync::Arc};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{
    InvalidKeys, RotatingKeys, Signer, SigningKeys, Snapshot, Source, VerifiedTokens,
    snapshot::Turn,
};
use crate::{
    clock::{Clock, Timestamp},
    crypto::SigningAlgorithm,
    events::{self, Event, Events, Occasion},
    jwt::{ACCESS_TOKEN_TYPE, AccessTokenPayload, CLOCK_TOLERANCE, Compact, Expected, InvalidJwt},
    model::{Issuer, KeyId, Tenant},
    random::Random,
    store::StoreError,
};

/// Room for an encoded signature of 64 bytes and the dots, in bytes; longer ones grow.
const SIGNATURE_ROOM: usize = 96;

/// The server that the keys belong to.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) issuer: Issuer,
    pub(crate) tenant: Tenant,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) events: Arc<dyn Events>,
}

/// The keys of one server, and the tokens that were verified with them lately.
pub(crate) struct KeyRing {
    host: Host,
    keys: Keys,
    algorithm: SigningAlgorithm,
    verified: VerifiedTokens<Arc<VerifiedToken>>,
}

#[derive(Debug)]
enum Keys {
    Fixed(Arc<Snapshot>),
    Rotating(RotatingKeys),
}

/// An access token of this server, and the key that signed it.
#[derive(Debug)]
pub(crate) struct VerifiedToken {
    pub(crate) payload: AccessTokenPayload,
    key_id: KeyId,
}

impl VerifiedToken {
    /// A token of a server elsewhere.
    pub(crate) fn new(payload: AccessTokenPayload) -> Self {
        Self { payload, key_id: KeyId::from("") }
    }
}

impl Host {
    pub(super) fn record(&self, event: &Event<'_>) {
        let (at, issuer) = (self.clock.now(), &self.issuer);
        let occasion = Occasion { at, issuer, endpoint: "keys", peer: None };
        events::tell(&*self.events, &occasion, event);
    }

    pub(super) fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        let filled = self.random.fill(&mut bytes);
        filled.map_err(StoreError::unavailable)?;
        Ok(bytes)
    }
}

impl KeyRing {
    pub(crate) fn new(keys: SigningKeys, host: Host) -> Result<Self, InvalidKeys> {
        let (keys, algorithm) = match keys.0 {
            Source::Fixed(signers) => {
                let algorithm = signers.first().map(|signer| signer.public_key().algorithm());
                (Keys::Fixed(Arc::new(fixed(signers)?)), algorithm)
            }
            Source::Rotating(rotating) => {
                rotating.check()?;
                let algorithm = rotating.first_algorithm();
                (Keys::Rotating(rotating), algorithm)
            }
        };
        let algorithm = algorithm.ok_or(InvalidKeys::None)?;
        Ok(Self { host, keys, algorithm, verified: VerifiedTokens::new() })
    }

    /// The longest that something that is signed may be good, in seconds.
    pub(crate) fn longest_token(&self) -> u32 {
        match &self.keys {
            Keys::Fixed(_) => u32::MAX,
            Keys::Rotating(rotating) => rotating.longest_token(),
        }
    }

    /// Whether the store of the keys answers.
    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        match &self.keys {
            Keys::Fixed(_) => Ok(()),
            Keys::Rotating(rotating) => rotating.ready(&self.host).await,
        }
    }

    async fn current(&self, now: Timestamp) -> Result<Arc<Snapshot>, StoreError> {
        match &self.keys {
            Keys::Fixed(snapshot) => Ok(Arc::clone(snapshot)),
            Keys::Rotating(rotating) => rotating.current(&self.host, now).await,
        }
    }

    /// The access token with this payload, signed.
    pub(crate) async fn sign(&self, payload: &[u8], now: Timestamp) -> Result<String, StoreError> {
        let snapshot = self.current(now).await?;
        let turn = snapshot.signing(self.algorithm, now);
        let turn = turn.ok_or_else(|| StoreError::unavailable(InvalidJwt::UnknownKey))?;
        let room = turn.header.len() + payload.len() / 3 * 4 + SIGNATURE_ROOM;
        let mut text = String::with_capacity(room);
        text.push_str(&turn.header);
        text.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut text);
        let signature = turn.signer.sign(text.as_bytes()).await?;
        text.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(text)
    }

    /// The access token, if it is one of this server and good now. Whether it was revoked is not
    /// asked.
    pub(crate) async fn verify(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<VerifiedToken>>, StoreError> {
        if !token.contains('.') {
            return Ok(None);
        }
        let snapshot = self.current(now).await?;
        let verified = match self.verified.get(token) {
            Some(known) if snapshot.find(known.key_id.as_str(), now).is_some() => known,
            _ => {
                let Ok(read) = self.read(token, &snapshot, now) else { return Ok(None) };
                let read = Arc::new(read);
                self.verified.insert(token, Arc::clone(&read));
                read
            }
        };
        // No tolerance here: introspection has none, and both look at one clock.
        Ok((verified.payload.expires_at > now).then_some(verified))
    }

    fn read(
        &self,
        token: &str,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<VerifiedToken, InvalidJwt> {
        let compact = Compact::parse(token)?;
        let key_id = compact.header().key_id.as_deref().ok_or(InvalidJwt::UnknownKey)?;
        let signer = snapshot.find(key_id, now).ok_or(InvalidJwt::UnknownKey)?;
        let key_id = signer.key_id().clone();
        let claims = compact.verify(signer.public_key())?.check(&Expected {
            kinds: &[Some(ACCESS_TOKEN_TYPE)],
            issuer: self.host.issuer.as_str(),
            audience: None,
            now,
            tolerance: CLOCK_TOLERANCE,
        })?;
        Ok(VerifiedToken { payload: AccessTokenPayload::read(claims)?, key_id })
    }

    /// The document with the public keys.
    pub(crate) async fn jwks(&self, now: Timestamp) -> Result<Value, StoreError> {
        Ok(self.current(now).await?.jwks(now))
    }
}

fn fixed(signers: Vec<Arc<dyn Signer>>) -> Result<Snapshot, InvalidKeys> {
    for (at, signer) in signers.iter().enumerate() {
        if signers[..at].iter().any(|earlier| earlier.key_id() == signer.key_id()) {
            return Err(InvalidKeys::SameName);
        }
    }
    // The first of an algorithm signs: it is the newest.
    let turn = |(at, signer)| Turn::new(signer, Timestamp::from_unix(-(at as i64) - 1), None);
    Ok(Snapshot { turns: signers.into_iter().enumerate().map(turn).collect() })
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.keys).finish_non_exhaustive()
    }
}
