//! Clients that no person is behind: one that registers itself, one that signs, one whose tokens are
//! signed.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    client_auth::PrivateKeyJwt,
    clock::Clock as _,
    crypto::PrivateKey,
    endpoint::registration::Registration,
    jwt,
    keys::{RotatingKeys, SealingKey},
    model::{AccessTokenFormat, Client, KeyId, Secret},
    server::ServerBuilder,
};
use oauth_core_tests::{
    Setup, Store, World,
    clients::CALLBACK,
    world::{As, ISSUER, params},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{client, needles::Secrets};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The private key of RFC 8037 Appendix A.1.
fn key() -> PrivateKey {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    jwt::private_key(&Secret::new(jwk.to_string())).expect("a key")
}

pub(crate) fn clients(setup: Setup) -> Setup {
    let jwks = json!({ "keys": [jwt::to_jwk(key().public_key(), &KeyId::from("own"))] });
    let signing = Client::private_key_jwt("signing").jwks(jwks).scope("read");
    let signing = signing.grant_types(["client_credentials"]);
    let signed = client("signed").access_token_format(AccessTokenFormat::Jwt).scope("read");
    let signed = signed.grant_types(["client_credentials"]);
    setup
        .client(signing.build().expect("a sound client"))
        .client(signed.build().expect("a sound client"))
}

pub(crate) fn server(builder: ServerBuilder, store: &Store) -> ServerBuilder {
    builder
        .registration(Registration::new(store.clone()).open())
        .signing_keys(RotatingKeys::new(store.clone()).sealed_with(SealingKey::new(&[7; 32])))
        .client_auth(PrivateKeyJwt::new())
        .replay_store(store.clone())
}

/// Does what they do, and returns the name of the client that registered itself.
pub(crate) async fn dance(world: &World, secrets: &mut Secrets) -> String {
    let metadata = json!({ "redirect_uris": [CALLBACK], "client_name": "Registered" });
    let registered = world.send(world.request(Method::POST, "/register").json(&metadata)).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let registered = registered.json();
    let member = |name: &str| registered[name].as_str().expect("a text").to_owned();
    secrets.add("registered secret", &member("client_secret"));
    secrets.add("registration access token", &member("registration_access_token"));

    let asked = params([("grant_type", "client_credentials")]);
    let answer: Value = world.token(As::Basic("signed"), &asked).await.is_ok().json();
    let token = answer["access_token"].as_str().expect("a JWT");
    assert_eq!(token.split('.').count(), 3, "{token}");
    secrets.add("JWT", token);

    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let token_id = "the name of an assertion";
    let claims = json!({ "iss": "signing", "sub": "signing", "aud": ISSUER, "jti": token_id,
        "exp": world.clock.now().plus(60) });
    let payload = format!("{}.{}", part(json!({ "alg": "EdDSA", "kid": "own" })), part(claims));
    let signature = key().sign(payload.as_bytes()).expect("a signature");
    let assertion = format!("{payload}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
    secrets.add("assertion", &assertion);
    secrets.add("name of an assertion", token_id);
    let asked = params([
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &assertion),
    ]);
    let answer: Value = world.token(As::Nobody, &asked).await.is_ok().json();
    secrets.add("access token", answer["access_token"].as_str().expect("a token"));
    member("client_id")
}
