//! Keys that verify.

use super::{SigningAlgorithm, backend::Verifier};

/// The least that an RSA modulus may have, in bytes (RFC 7518 §3.3), and the most.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// The most that an RSA exponent may have, in bytes.
const RSA_EXPONENT: usize = 8;

/// A public key and the one algorithm that it is for. A signature by any other algorithm is not
/// verified with it, whatever a header says (RFC 8725 §3.1).
#[derive(Clone)]
pub struct PublicKey {
    algorithm: SigningAlgorithm,
    parameters: Parameters,
    verifier: Verifier,
}

/// The members of a public key (RFC 7518 §6, RFC 8037 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parameters {
    /// A point on P-256 or P-384.
    Ec { x: Vec<u8>, y: Vec<u8> },
    /// A point on Ed25519.
    Ed { x: Vec<u8> },
    /// Modulus and exponent.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// The key cannot be used for the algorithm, is too weak, or is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a sound key for the algorithm: P-256 for ES256, Ed25519 for EdDSA, RSA of 2048 to 8192 bits for RS256 and PS256"
)]
pub struct InvalidKey;

impl PublicKey {
    /// The key with these members.
    pub(crate) fn new(
        algorithm: SigningAlgorithm,
        mut parameters: Parameters,
    ) -> Result<Self, InvalidKey> {
        let sound = match (&mut parameters, algorithm) {
            (Parameters::Ec { x, y }, SigningAlgorithm::Es256) => x.len() == 32 && y.len() == 32,
            (Parameters::Ec { x, y }, SigningAlgorithm::Es384) => x.len() == 48 && y.len() == 48,
            (Parameters::Ed { x }, SigningAlgorithm::EdDsa) => x.len() == 32,
            (Parameters::Rsa { n, e }, algorithm) if algorithm.is_rsa() => {
                n.drain(..n.iter().take_while(|byte| **byte == 0).count());
                e.drain(..e.iter().take_while(|byte| **byte == 0).count());
                RSA_MODULUS.contains(&n.len())
                    && n.first().is_some_and(|first| *first >= 0x80)
                    && (1..=RSA_EXPONENT).contains(&e.len())
                    && e.last().is_some_and(|last| last & 1 == 1)
                    && **e != [1]
            }
            _ => false,
        };
        let verifier = sound.then(|| Verifier::parse(algorithm, &parameters)).flatten();
        let verifier = verifier.ok_or(InvalidKey)?;
        Ok(Self { algorithm, parameters, verifier })
    }

    /// What it verifies.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether the signature of the message is by the private half of this key.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verifies(message, signature)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.parameters == other.parameters
    }
}

impl Eq for PublicKey {}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublicKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
