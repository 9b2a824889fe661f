//! Signatures and verifications by the backend itself, with keys that were parsed before.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, ParsedPublicKey, Signature,
    },
};

use crate::server::Algorithm;

/// About as many bytes as a JWT has before its signature.
const MESSAGE: [u8; 400] = [b'x'; 400];

/// A pair of keys, and what it has signed.
pub(crate) struct Raw {
    pair: Pair,
    key: ParsedPublicKey,
    signature: Signature,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Pair {
    fn sign(&self) -> Signature {
        match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), &MESSAGE).expect("a signature"),
            Self::EdDsa(pair) => pair.sign(&MESSAGE),
        }
    }
}

impl Raw {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let (pair, key) = match algorithm {
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                let pair = pair.expect("a key");
                let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key());
                (Pair::Es256(pair), key)
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().expect("a key");
                let key = ParsedPublicKey::new(&ED25519, pair.public_key());
                (Pair::EdDsa(pair), key)
            }
        };
        let signature = pair.sign();
        Self { pair, key: key.expect("its public half"), signature }
    }

    /// Whether there is a signature now, so that it is not made for nothing.
    pub(crate) fn signs(&self) -> bool {
        !self.pair.sign().as_ref().is_empty()
    }

    pub(crate) fn verifies(&self) -> bool {
        self.key.verify_sig(&MESSAGE, self.signature.as_ref()).is_ok()
    }
}
