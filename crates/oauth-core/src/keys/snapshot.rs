//! The keys as they were when the store was last read.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Signer;
use crate::{
    clock::Timestamp,
    crypto::SigningAlgorithm,
    jwt::{ACCESS_TOKEN_TYPE, to_jwk},
    model::KeyId,
};

/// A key and its turn.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) signer: Arc<dyn Signer>,
    pub(super) signs_from: Timestamp,
    /// From then on it is as if it had never been; `None` while nothing follows it.
    pub(super) retires_at: Option<Timestamp>,
    /// The protected header of the access tokens that it signs, encoded (RFC 7515 §7.1).
    pub(super) header: Box<str>,
}

#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) turns: Vec<Turn>,
}

impl Turn {
    pub(super) fn new(
        signer: Arc<dyn Signer>,
        signs_from: Timestamp,
        retires_at: Option<Timestamp>,
    ) -> Self {
        let (alg, kid) = (signer.public_key().algorithm().as_str(), signer.key_id().as_str());
        let header = json!({ "alg": alg, "kid": kid, "typ": ACCESS_TOKEN_TYPE }).to_string();
        let header = BASE64_URL_SAFE_NO_PAD.encode(header).into();
        Self { signer, signs_from, retires_at, header }
    }

    fn is_published(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|retires_at| now < retires_at)
    }
}

impl Snapshot {
    /// The key whose turn it is: the newest that signs already. Where the clock went back so far
    /// that none does, the oldest.
    pub(super) fn signing(&self, algorithm: SigningAlgorithm, now: Timestamp) -> Option<&Turn> {
        let own =
            || self.turns.iter().filter(|turn| turn.signer.public_key().algorithm() == algorithm);
        let current =
            own().filter(|turn| turn.signs_from <= now).max_by_key(|turn| turn.signs_from);
        current.or_else(|| own().min_by_key(|turn| turn.signs_from))
    }

    /// The published key of this name.
    pub(super) fn find(&self, key_id: &str, now: Timestamp) -> Option<&Arc<dyn Signer>> {
        let named = |turn: &&Turn| turn.signer.key_id().as_str() == key_id;
        let turn = self.turns.iter().find(named).filter(|turn| turn.is_published(now));
        turn.map(|turn| &turn.signer)
    }

    /// The key of this name, published or not.
    pub(super) fn known(&self, key_id: &KeyId) -> Option<Arc<dyn Signer>> {
        let turn = self.turns.iter().find(|turn| turn.signer.key_id() == key_id);
        turn.map(|turn| Arc::clone(&turn.signer))
    }

    /// The document with the public keys (RFC 7517 §5).
    pub(super) fn jwks(&self, now: Timestamp) -> Value {
        let published = self.turns.iter().filter(|turn| turn.is_published(now));
        let jwk = |turn: &Turn| to_jwk(turn.signer.public_key(), turn.signer.key_id());
        json!({ "keys": published.map(jwk).collect::<Vec<_>>() })
    }
}
