//! A set of public keys (RFC 7517 §5), as somebody publishes it.

use serde_json::Value;

use super::{InvalidJwt, claims, jwk, jwk::PRIVATE_MEMBERS};
use crate::{
    clock::Timestamp,
    crypto::{PublicKey, SigningAlgorithm},
    json,
    model::KeyId,
};

/// Longer documents are refused unread, in bytes.
const LIMIT: usize = 64 * 1024;
/// How many keys a set may have.
const KEYS: usize = 20;

/// Public keys by name.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Named>,
}

#[derive(Clone, Debug)]
struct Named {
    kid: Option<KeyId>,
    /// From then on it is good for nothing, if its owner says so (`exp`, OpenID Federation §8.7.2).
    expires_at: Option<Timestamp>,
    key: PublicKey,
}

impl Named {
    fn is_good(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// The document is no set of public keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a set of at most 20 public keys")]
pub struct InvalidKeySet;

impl KeySet {
    /// Reads a document. Keys of a kind that is not known here, and keys that are not sound, are
    /// left out (RFC 7517 §5).
    ///
    /// # Errors
    /// [`InvalidKeySet`] if it is no such document, is longer than 64 KiB, has more than 20 keys,
    /// or gives a private or shared key away.
    pub fn parse(document: &[u8]) -> Result<Self, InvalidKeySet> {
        let document = (document.len() <= LIMIT).then_some(document).ok_or(InvalidKeySet)?;
        let members = json::object(document).ok_or(InvalidKeySet)?;
        let keys = members.get("keys").and_then(Value::as_array).ok_or(InvalidKeySet)?;
        if keys.len() > KEYS {
            return Err(InvalidKeySet);
        }
        let mut set = Self::default();
        for key in keys {
            let members = key.as_object().ok_or(InvalidKeySet)?;
            if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
                return Err(InvalidKeySet);
            }
            let kid = members.get("kid").and_then(Value::as_str).map(KeyId::from);
            let expires = members.get("exp").is_some_and(|exp| !exp.is_null());
            let expires_at = if expires { claims::moment(members, "exp") } else { Ok(None) };
            let Ok(expires_at) = expires_at else { continue };
            for key in jwk::public_keys(members) {
                set.keys.push(Named { kid: kid.clone(), expires_at, key });
            }
        }
        Ok(set)
    }

    /// Whether it has a key that is good `now` for the algorithm of this name, or for any where none is
    /// named.
    pub(crate) fn has_one_for(&self, algorithm: Option<&str>, now: Timestamp) -> bool {
        let wanted = algorithm.map(SigningAlgorithm::parse);
        let fits = |key: &PublicKey| wanted.is_none_or(|wanted| wanted == Some(key.algorithm()));
        self.keys.iter().any(|own| own.is_good(now) && fits(&own.key))
    }

    /// The key of this name and algorithm that is good `now`. Where no name is given, there must be
    /// only one of the algorithm.
    ///
    /// # Errors
    /// [`InvalidJwt::UnknownKey`] if there is none, or no telling which.
    pub fn find(
        &self,
        key_id: Option<&str>,
        algorithm: SigningAlgorithm,
        now: Timestamp,
    ) -> Result<&PublicKey, InvalidJwt> {
        let named = |kid: &Option<KeyId>| match key_id {
            Some(name) => kid.as_ref().is_some_and(|kid| kid.as_str() == name),
            None => true,
        };
        let fits = |own: &&Named| named(&own.kid) && own.key.algorithm() == algorithm;
        let mut fitting = self.keys.iter().filter(fits).filter(|own| own.is_good(now));
        match (fitting.next(), fitting.next()) {
            (Some(own), None) => Ok(&own.key),
            _ => Err(InvalidJwt::UnknownKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::KeySet;
    use crate::{
        clock::Timestamp,
        crypto::SigningAlgorithm::{self, EdDsa},
    };

    fn ed25519(kid: &str) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid,
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    const NOW: Timestamp = Timestamp::from_unix(1_000);

    #[test]
    fn jwt_024_a_key_is_good_until_it_expires() {
        let until = |exp: Value| {
            let mut key = ed25519("a");
            key["exp"] = exp;
            set(&[key]).unwrap().find(Some("a"), EdDsa, NOW).is_ok()
        };
        assert!(until(json!(1_001)));
        assert!(until(json!(null)), "not said");
        assert!(!until(json!(1_000)) && !until(json!(0)) && !until(json!("never")));
    }

    fn set(keys: &[Value]) -> Result<KeySet, super::InvalidKeySet> {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn a_key_is_found_by_its_name_and_algorithm() {
        let unknown = json!({ "kty": "OKP", "crv": "Ed448", "x": "AA", "kid": "b" });
        let set = set(&[ed25519("a"), unknown]).unwrap();
        assert!(set.find(Some("a"), SigningAlgorithm::EdDsa, NOW).is_ok());
        assert!(set.find(None, SigningAlgorithm::EdDsa, NOW).is_ok());
        assert!(set.find(Some("a"), SigningAlgorithm::Es256, NOW).is_err());
        for name in ["b", "", "../a", "A", "a\0"] {
            assert!(set.find(Some(name), SigningAlgorithm::EdDsa, NOW).is_err(), "{name}");
        }
    }

    /// RFC 7517 §4.4: `alg` is optional, and a modulus does not say how it is padded.
    #[test]
    fn an_rsa_key_without_alg_is_for_both() {
        let modulus = BASE64_URL_SAFE_NO_PAD.encode([0xc5; 256]);
        let rsa = |alg: Option<&str>| {
            let mut key = json!({ "kty": "RSA", "kid": "a", "n": modulus, "e": "AQAB" });
            if let Some(alg) = alg {
                key["alg"] = json!(alg);
            }
            set(&[key]).unwrap()
        };
        let both = [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256];
        for algorithm in both {
            assert!(rsa(None).find(Some("a"), algorithm, NOW).is_ok(), "{algorithm}");
            assert!(rsa(None).has_one_for(Some(algorithm.as_str()), NOW));
            let named = rsa(Some("PS256")).find(None, algorithm, NOW).is_ok();
            assert_eq!(named, algorithm == SigningAlgorithm::Ps256);
        }
        assert!(
            !rsa(None).has_one_for(Some("ES256"), NOW)
                && !rsa(Some("RSA-OAEP")).has_one_for(None, NOW)
        );
    }

    #[test]
    fn jwt_026_a_set_is_small_and_public() {
        let keys = |count: usize| (0..count).map(|n| ed25519(&n.to_string())).collect::<Vec<_>>();
        assert!(set(&keys(20)).unwrap().find(None, SigningAlgorithm::EdDsa, NOW).is_err());
        assert!(set(&keys(21)).is_err());
        assert!(KeySet::parse(&[b' '; 70_000]).is_err());
        let mut private = ed25519("a");
        private["d"] = json!("AA");
        assert!(set(&[private]).is_err());
        assert!(set(&[json!({ "kty": "oct", "k": "AA" })]).is_err());
        assert!(set(&[json!(1)]).is_err() && KeySet::parse(b"[]").is_err());
    }
}
