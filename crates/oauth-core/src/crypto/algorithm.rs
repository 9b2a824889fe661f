//! The algorithms of signatures (RFC 7518 §3.1, RFC 8037 §3.1).

use std::fmt;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How something is signed. There is no `none`, nothing with a shared secret, and nothing with
/// SHA-1 (RFC 8725 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// `ES256`: ECDSA on P-256 with SHA-256.
    Es256,
    /// `ES384`: ECDSA on P-384 with SHA-384. Verified only.
    Es384,
    /// `EdDSA` on Ed25519; `Ed25519` is another name for it (RFC 9864 §2.2).
    EdDsa,
    /// `PS256`: RSASSA-PSS with SHA-256.
    Ps256,
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256, for those who know no other.
    Rs256,
}

impl SigningAlgorithm {
    /// The names of all of them.
    pub(crate) const NAMES: [&str; 5] = ["ES256", "ES384", "EdDSA", "PS256", "RS256"];

    const ALL: [Self; 5] = [Self::Es256, Self::Es384, Self::EdDsa, Self::Ps256, Self::Rs256];

    /// Its name in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }

    /// Reads a name; `None` if it is not one of these, in this very spelling.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "Ed25519" => Some(Self::EdDsa),
            _ => Self::ALL.into_iter().find(|own| own.as_str() == name),
        }
    }

    pub(super) const fn backend(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
            Self::Ps256 => Algorithm::PS256,
            Self::Rs256 => Algorithm::RS256,
        }
    }

    pub(super) const fn is_rsa(self) -> bool {
        matches!(self, Self::Ps256 | Self::Rs256)
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for SigningAlgorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SigningAlgorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom("no signing algorithm of this server"))
    }
}

#[cfg(test)]
mod tests {
    use super::SigningAlgorithm;

    #[test]
    fn jwt_025_only_these_names_and_in_this_spelling() {
        for name in ["none", "None", "NONE", "nOnE", "HS256", "RS1", "es256", "ES256K", ""] {
            assert_eq!(SigningAlgorithm::parse(name), None, "{name}");
        }
        for own in SigningAlgorithm::ALL {
            assert_eq!(SigningAlgorithm::parse(own.as_str()), Some(own));
        }
    }
}
