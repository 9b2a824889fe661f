//! Secrets that do not print, and what is kept of them.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Digest, constant_time::is_same};

/// A live credential: a token, a code, a password, a client secret. It does not print, does not
/// serialize, is compared in constant time, and is wiped from memory when it is dropped.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself. Wherever this is called, a credential leaves its wrapping.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is this text, compared in constant time.
    pub(crate) fn is(&self, text: &str) -> bool {
        is_same(self.0.as_bytes(), text.as_bytes())
    }

    /// The digest under which a store knows it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What is kept of a client secret or a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretHash {
    /// SHA-256, for a generated secret: with 256 random bits there is nothing to guess.
    Sha256(Digest),
    /// Argon2id in PHC string format, for a secret that a person chose.
    Argon2id(String),
}

impl SecretHash {
    /// The hash of a *generated* secret (at least 128 random bits). For one that a person chose,
    /// use [`chosen_secret::hash`](crate::chosen_secret::hash).
    pub fn of_generated(secret: &Secret) -> Self {
        Self::Sha256(secret.digest())
    }

    /// Whether it takes long to compare a secret with.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self, Self::Argon2id(_))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256(_) => "SecretHash::Sha256(..)",
            Self::Argon2id(_) => "SecretHash::Argon2id(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, SecretHash};

    /// LOG-011: secret types neither print nor, for lack of the trait, serialize or clone.
    #[test]
    fn log_011_a_secret_does_not_print() {
        let secret = Secret::new("hunter2");
        let shown = format!("{secret:?} {:?}", SecretHash::of_generated(&secret));
        assert!(!shown.contains("hunter2") && !shown.contains(&secret.digest().to_string()));
    }
}
