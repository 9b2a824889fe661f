//! A JWT in compact serialization (RFC 7515 §7.1), the only one that is read.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::claims::Verified;
use crate::{
    crypto::{PublicKey, SigningAlgorithm, hmac_sha256},
    json,
    model::Secret,
};

/// Longer tokens are refused unread, in bytes.
const LIMIT: usize = 16 * 1024;
/// Longer headers are refused unread, in bytes.
const HEADER_LIMIT: usize = 4 * 1024;
/// The longest signature: RSA of 8192 bits in base64url.
const SIGNATURE_LIMIT: usize = 1366;
/// The longest name of a key, in bytes.
const KEY_ID_LIMIT: usize = 256;

/// Why a JWT is not good. For the log of an operator; callers are told no more than that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJwt {
    /// It is too long.
    #[error("too long")]
    TooLong,
    /// It is not three parts in base64url without padding.
    #[error("not a JWT in compact serialization")]
    NotCompact,
    /// The header is not a JSON object with each member once, or a member has the wrong type.
    #[error("the header cannot be read")]
    Header,
    /// The algorithm is none of ours, or not that of the key.
    #[error("not the algorithm of the key")]
    Algorithm,
    /// The header has `crit` or `b64`, and nothing that could be critical is understood.
    #[error("the header has an extension that must be understood")]
    Critical,
    /// There is no such key.
    #[error("no such key")]
    UnknownKey,
    /// The signature is not by the key.
    #[error("the signature is wrong")]
    Signature,
    /// It is a JWT of another kind.
    #[error("not the type that is needed")]
    Type,
    /// The payload is not a JSON object with each member once.
    #[error("the claims cannot be read")]
    Payload,
    /// A claim is absent, malformed, or does not say what it must.
    #[error("the claim {0} is not as it must be")]
    Claim(&'static str),
}

/// A JWT taken apart. Nothing in it is true yet.
///
/// One that is signed with a private key and one with a shared secret ([`Hs256`]) are different types:
/// what expects the one cannot be given the other (RFC 8725 §3.1).
pub struct Compact<'a, A = SigningAlgorithm> {
    signed: &'a str,
    header: Header<A>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Without what could be presented again.
impl<A: fmt::Debug> fmt::Debug for Compact<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compact").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The header of a JWT.
#[derive(Clone, Debug)]
pub struct Header<A = SigningAlgorithm> {
    /// The algorithm that it names. The key decides whether it is the right one.
    pub algorithm: A,
    /// The name of the key.
    pub key_id: Option<String>,
    /// Its type in lower case, without `application/`.
    pub kind: Option<String>,
    /// All of it.
    pub members: Map<String, Value>,
}

/// `HS256`: HMAC with SHA-256, by a secret that both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hs256;

impl<'a> Compact<'a> {
    /// Takes a JWT apart. Sizes are looked at before anything is decoded.
    ///
    /// # Errors
    /// [`InvalidJwt`] says what is wrong with its form or its header.
    pub fn parse(text: &'a str) -> Result<Self, InvalidJwt> {
        Self::take_apart(text, SigningAlgorithm::parse)
    }

    /// Checks that it was signed by this key, and with the key's own algorithm.
    ///
    /// # Errors
    /// [`InvalidJwt`] if it was not, or if the payload is not a JSON object.
    pub fn verify(self, key: &PublicKey) -> Result<Verified, InvalidJwt> {
        self.is_signed_by(key)?;
        self.verified()
    }

    fn is_signed_by(&self, key: &PublicKey) -> Result<(), InvalidJwt> {
        if self.header.algorithm != key.algorithm() {
            return Err(InvalidJwt::Algorithm);
        }
        let verified = key.verifies(self.signed.as_bytes(), &self.signature);
        verified.then_some(()).ok_or(InvalidJwt::Signature)
    }
}

impl<'a> Compact<'a, Hs256> {
    /// Takes a JWT apart that is signed with a shared secret.
    ///
    /// # Errors
    /// As [`parse`](Compact::parse).
    pub fn parse_shared(text: &'a str) -> Result<Self, InvalidJwt> {
        Self::take_apart(text, |name| (name == "HS256").then_some(Hs256))
    }

    /// Checks that it was signed with this secret.
    ///
    /// # Errors
    /// [`InvalidJwt`] if it was not, or if the payload is not a JSON object.
    pub fn verify_shared(self, secret: &Secret) -> Result<Verified, InvalidJwt> {
        let tag = hmac_sha256(secret.expose().as_bytes(), self.signed.as_bytes());
        let tag = tag.map_err(|_| InvalidJwt::Signature)?;
        if !bool::from(tag[..].ct_eq(&self.signature)) {
            return Err(InvalidJwt::Signature);
        }
        self.verified()
    }
}

impl<'a, A> Compact<'a, A> {
    fn take_apart(text: &'a str, read: fn(&str) -> Option<A>) -> Result<Self, InvalidJwt> {
        if text.len() > LIMIT {
            return Err(InvalidJwt::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(InvalidJwt::NotCompact)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidJwt::NotCompact)?;
        if header.len() > HEADER_LIMIT || signature.len() > SIGNATURE_LIMIT {
            return Err(InvalidJwt::TooLong);
        }
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part);
        let header = Header::read(&decode(header).map_err(|_| InvalidJwt::NotCompact)?, read)?;
        let payload = decode(payload).map_err(|_| InvalidJwt::NotCompact)?;
        let signature = decode(signature).map_err(|_| InvalidJwt::NotCompact)?;
        Ok(Self { signed, header, payload, signature })
    }

    /// The header, in which nothing is true yet.
    pub fn header(&self) -> &Header<A> {
        &self.header
    }

    /// Who says to have issued it, before anybody knows whether that is true: to look for the key,
    /// and for nothing else.
    pub fn unproven_issuer(&self) -> Option<String> {
        let claims = json::object(&self.payload)?;
        claims.get("iss").and_then(Value::as_str).map(str::to_owned)
    }

    fn verified(self) -> Result<Verified, InvalidJwt> {
        let claims = json::object(&self.payload).ok_or(InvalidJwt::Payload)?;
        Ok(Verified::new(self.header.kind, claims))
    }
}

impl<A> Header<A> {
    fn read(bytes: &[u8], read: fn(&str) -> Option<A>) -> Result<Self, InvalidJwt> {
        let members = json::object(bytes).ok_or(InvalidJwt::Header)?;
        if members.contains_key("crit") || members.contains_key("b64") {
            return Err(InvalidJwt::Critical);
        }
        let text = |name| match members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(InvalidJwt::Header),
        };
        let algorithm = text("alg")?.ok_or(InvalidJwt::Header)?;
        let algorithm = read(algorithm).ok_or(InvalidJwt::Algorithm)?;
        let key_id = text("kid")?.map(str::to_owned);
        if key_id.as_ref().is_some_and(|kid| kid.len() > KEY_ID_LIMIT) {
            return Err(InvalidJwt::Header);
        }
        let kind = text("typ")?.map(|typ| {
            let typ = typ.to_ascii_lowercase();
            typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
        });
        Ok(Self { algorithm, key_id, kind, members })
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::{Compact, InvalidJwt};
    use crate::jwt::public_key;

    /// RFC 7515 Appendix A.3.
    const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn p256() -> crate::crypto::PublicKey {
        let jwk = json!({ "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        public_key(jwk.as_object().unwrap()).unwrap()
    }

    fn with_header(header: &str) -> String {
        let (_, rest) = ES256.split_once('.').unwrap();
        format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn the_example_of_rfc_7515_a_3_is_verified() {
        let verified = Compact::parse(ES256).unwrap().verify(&p256()).unwrap();
        assert_eq!(verified.claims()["iss"], "joe");
    }

    /// RFC 8037 Appendix A.4, whose payload is no JSON.
    #[test]
    fn the_example_of_rfc_8037_a_4_is_verified() {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let key = public_key(jwk.as_object().unwrap()).unwrap();
        let text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let compact = Compact::parse(text).unwrap();
        assert_eq!(compact.is_signed_by(&key), Ok(()));
        assert_eq!(compact.is_signed_by(&p256()), Err(InvalidJwt::Algorithm));
        assert_eq!(compact.verify(&key).unwrap_err(), InvalidJwt::Payload);
    }

    #[test]
    fn jwt_015_a_signature_of_another_form_is_none() {
        let (signed, _) = ES256.rsplit_once('.').unwrap();
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        let order: Vec<_> =
            (0..32).map(|at| u8::from_str_radix(&order[at * 2..][..2], 16).unwrap()).collect();
        let one = [vec![0; 31], vec![1]].concat();
        let der = [&[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01][..]].concat();
        let wrong = [
            vec![],
            vec![0; 64],
            vec![0; 63],
            [order.clone(), one.clone()].concat(),
            [one, order].concat(),
            vec![0xff; 64],
            der,
        ];
        for signature in wrong {
            let text = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
            let verified = Compact::parse(&text).unwrap().verify(&p256());
            assert_eq!(verified.unwrap_err(), InvalidJwt::Signature);
        }
    }

    #[test]
    fn jwt_008_jwt_016_only_the_canonical_compact_form_is_read() {
        let padded = format!("{ES256}==");
        let spaced = ES256.replacen('.', ". ", 1);
        // The last character carries four bits that must be zero.
        let loose = format!("{}R", &ES256[..ES256.len() - 1]);
        let json = r#"{"payload":"e30","signatures":[]}"#;
        let (two, _) = ES256.rsplit_once('.').unwrap();
        for text in [&padded, &spaced, &loose, json, two, "", ".", "..", "...", "a.b.c.d"] {
            let refused = Compact::parse(text).unwrap_err();
            assert!(matches!(refused, InvalidJwt::NotCompact | InvalidJwt::Header), "{text}");
        }
    }

    #[test]
    fn jwt_001_jwt_005_jwt_018_jwt_025_a_header_is_as_it_must_be() {
        let refused = |header: &str| Compact::parse(&with_header(header)).unwrap_err();
        for alg in ["none", "None", "NONE", "nOnE", "HS256", "RS1", "", " ES256"] {
            assert_eq!(refused(&json!({ "alg": alg }).to_string()), InvalidJwt::Algorithm, "{alg}");
        }
        for critical in [r#"["bork"]"#, "[]", r#"["b64"]"#, r#"["exp"]"#, "null"] {
            let header = format!(r#"{{"alg":"ES256","crit":{critical}}}"#);
            assert_eq!(refused(&header), InvalidJwt::Critical, "{critical}");
        }
        assert_eq!(refused(r#"{"alg":"ES256","b64":false}"#), InvalidJwt::Critical);
        for header in [
            r#"{"alg":"none","alg":"ES256"}"#,
            r#"{"alg":"ES256","kid":1}"#,
            r#"{"alg":"ES256","typ":null}"#,
            r#"{"alg":["ES256"]}"#,
            r#"{"kid":"a"}"#,
            "null",
            r#"["ES256"]"#,
        ] {
            assert_eq!(refused(header), InvalidJwt::Header, "{header}");
        }
        let kid = "k".repeat(257);
        assert_eq!(refused(&json!({ "alg": "ES256", "kid": kid }).to_string()), InvalidJwt::Header);
    }

    /// No key is derived from a password, however often its header asks for it.
    #[test]
    fn jwt_011_what_is_encrypted_is_not_read() {
        let header = json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAA",
            "p2c": 2_147_483_648_u32 });
        let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        let encrypted = format!("{header}.AAAA.AAAA.AAAA.AAAA");
        assert_eq!(Compact::parse(&encrypted).unwrap_err(), InvalidJwt::Algorithm);
        let (signed, _) = ES256.split_once('.').unwrap();
        let five = format!("{signed}.AAAA.AAAA.AAAA.AAAA");
        assert_eq!(Compact::parse(&five).unwrap_err(), InvalidJwt::NotCompact);
    }

    #[test]
    fn jwt_009_what_is_too_long_is_not_decoded() {
        let (_, rest) = ES256.split_once('.').unwrap();
        for text in [
            format!("{}.{rest}", "!".repeat(1 << 20)),
            format!("{}.{rest}", "!".repeat(5_000)),
            format!("{ES256}{}", "!".repeat(2_000)),
        ] {
            assert_eq!(Compact::parse(&text).unwrap_err(), InvalidJwt::TooLong);
        }
    }
}
