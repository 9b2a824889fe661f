//! Keys to sign with: those of RFC 8037 Appendix A.1 and RFC 7515 Appendix A.3.1.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    crypto::{PrivateKey, SigningAlgorithm},
    jwt,
    model::{KeyId, Secret},
};
use serde_json::{Value, json};

pub(crate) fn ed25519() -> PrivateKey {
    private(&json!({ "kty": "OKP", "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }))
}

pub(crate) fn p256() -> PrivateKey {
    private(&json!({ "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" }))
}

fn private(jwk: &Value) -> PrivateKey {
    jwt::private_key(&Secret::new(jwk.to_string())).expect("a key")
}

/// Both public keys, named after their algorithms.
pub(crate) fn jwks() -> Value {
    let public =
        |key: PrivateKey| jwt::to_jwk(key.public_key(), &KeyId::from(key.algorithm().as_str()));
    json!({ "keys": [public(ed25519()), public(p256())] })
}

/// Header and claims, whatever they are, signed with the key that the header asks for.
pub(crate) fn sign(header: &[u8], claims: &[u8]) -> String {
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", part(header), part(claims));
    let key = if algorithm(header) == Some(SigningAlgorithm::Es256) { p256() } else { ed25519() };
    let signature = key.sign(signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", part(&signature))
}

fn algorithm(header: &[u8]) -> Option<SigningAlgorithm> {
    let header: Value = serde_json::from_slice(header).ok()?;
    SigningAlgorithm::parse(header["alg"].as_str()?)
}

/// Two parts of an input, at its first line break.
pub(crate) fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, b""),
    }
}
