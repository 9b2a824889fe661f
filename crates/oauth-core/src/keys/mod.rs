//! The keys that sign, and their turns.
//!
//! A key is published before it signs, so that everybody has the time to fetch it, and stays
//! published after its successor has taken over, until the last token that it signed has expired.
//! All of that follows from the records in the [`KeyStore`](crate::store::KeyStore) and the time:
//! the nodes of a server agree without talking to each other.

mod access_token_claims;
mod key_ring;
mod rotating_keys;
mod schedule;
mod sealing;
mod signer;
mod snapshot;
mod verified_tokens;

use std::sync::Arc;

pub(crate) use self::key_ring::{Host, KeyRing, VerifiedToken};
use self::snapshot::Snapshot;
pub(crate) use self::verified_tokens::VerifiedTokens;
pub use self::{
    access_token_claims::{AccessTokenClaims, TokenToSign},
    rotating_keys::RotatingKeys,
    schedule::Schedule,
    sealing::SealingKey,
    signer::{LocalSigner, Signer},
};

/// For how many seconds others may keep the document with the public keys.
pub(crate) const JWKS_MAX_AGE: u32 = 900;

/// Where a server has its signing keys from.
#[derive(Debug)]
pub struct SigningKeys(Source);

#[derive(Debug)]
enum Source {
    Fixed(Vec<Arc<dyn Signer>>),
    Rotating(RotatingKeys),
}

/// Keys that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeys {
    /// There is none.
    #[error("no signing key, or no algorithm to make one for")]
    None,
    /// Two have one name.
    #[error("two signing keys of the same name")]
    SameName,
    /// The backend makes no keys for the algorithm.
    #[error(
        "the crypto backend makes no keys for this algorithm: rust-crypto makes none for RSA; import one, or use aws-lc-rs"
    )]
    Algorithm,
    /// The turns are too short.
    #[error(
        "a key signs for longer than it is published ahead, which is longer than 20 minutes: others may keep the old document for so long"
    )]
    Schedule,
}

impl SigningKeys {
    /// These keys and no others: where the application brings its keys with it, or has them in a
    /// service. The first of an algorithm signs, and all are published; to change keys, publish the
    /// new one behind the old one first, swap them a day later, and leave the old one out when its
    /// last token has expired.
    pub fn fixed<S: Signer>(signers: impl IntoIterator<Item = S>) -> Self {
        let shared = |signer| -> Arc<dyn Signer> { Arc::new(signer) };
        Self(Source::Fixed(signers.into_iter().map(shared).collect()))
    }
}

impl From<RotatingKeys> for SigningKeys {
    fn from(keys: RotatingKeys) -> Self {
        Self(Source::Rotating(keys))
    }
}
