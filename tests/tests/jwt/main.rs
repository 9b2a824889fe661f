//! JWT access tokens and the keys that sign them.
#![expect(clippy::expect_used, reason = "what cannot be set up ends the test")]

mod faults;
mod forged;
mod issued;
mod keys;
mod rotation;
mod under_load;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    clock::Timestamp,
    crypto::PrivateKey,
    jwt::{KeySet, private_key, thumbprint},
    keys::{LocalSigner, SigningKeys},
    model::{AccessTokenFormat, KeyId, Secret},
    server::ServerBuilder,
};
use oauth_core_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// The key of RFC 7515 Appendix A.3.
pub(crate) fn p256() -> PrivateKey {
    let jwk = json!({ "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" });
    private_key(&Secret::new(jwk.to_string())).expect("a key")
}

/// The key of RFC 8037 Appendix A.1.
pub(crate) fn ed25519() -> PrivateKey {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    private_key(&Secret::new(jwk.to_string())).expect("a key")
}

pub(crate) fn kid(key: &PrivateKey) -> KeyId {
    thumbprint(key.public_key())
}

/// Every access token is a JWT, signed with a key that the tests have, too.
pub(crate) fn jwts(builder: ServerBuilder) -> ServerBuilder {
    builder
        .signing_keys(SigningKeys::fixed([LocalSigner::new(p256())]))
        .access_token_format(AccessTokenFormat::Jwt)
}

/// A part of a JWT: 0 is the header, 1 the payload.
pub(crate) fn part(token: &str, which: usize) -> Map<String, Value> {
    let text = token.split('.').nth(which).expect("a part");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url");
    serde_json::from_slice(&bytes).expect("an object")
}

/// A JWT with this header and payload, signed by this key.
pub(crate) fn forge(key: &PrivateKey, header: &str, payload: &str) -> String {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = key.sign(signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// The header of a good token that this key signs.
pub(crate) fn header(key: &PrivateKey) -> Value {
    json!({ "alg": key.algorithm(), "kid": kid(key), "typ": "at+jwt" })
}

/// It is 200, whoever may keep it.
#[track_caller]
pub(crate) fn ok(answer: &Answer) -> &Answer {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The published keys.
pub(crate) async fn jwks(world: &World) -> Value {
    ok(&world.send(world.request(Method::GET, "/jwks")).await).json()
}

/// The names of the published keys.
pub(crate) fn kids(jwks: &Value) -> Vec<String> {
    let keys = jwks["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["kid"].as_str().expect("a name").to_owned()).collect()
}

/// Whether a resource server that has these keys takes the token's signature.
pub(crate) fn is_signed_by(token: &str, jwks: &Value) -> bool {
    let keys = KeySet::parse(jwks.to_string().as_bytes()).expect("a key set");
    let compact = oauth_core::jwt::Compact::parse(token).expect("a JWT");
    let header = compact.header().clone();
    let key =
        keys.find(header.key_id.as_deref(), header.algorithm, Timestamp::from_unix(0)).cloned();
    key.is_ok_and(|key| compact.verify(&key).is_ok())
}
