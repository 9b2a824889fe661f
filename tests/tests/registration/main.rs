//! Clients that register themselves, and those that a document describes.

mod changed;
mod documents;
mod fetching;
mod kept;
mod leaving;
mod mcp;
mod racing;
mod refused;
mod registered;

use oauth_core::endpoint::registration::Registration;
use oauth_core_tests::{
    Answer, Setup, World,
    world::{ISSUER, Params, Tokens, VERIFIER, authz_of, params},
};
use reqwest::Method;
use serde_json::{Value, json};

/// Where the clients of these scenarios want their answers.
const CALLBACK: &str = "https://dynamic.example/cb";

/// A world in which clients register themselves.
async fn world(
    setup: Setup,
    settings: impl FnOnce(Registration) -> Registration + 'static,
) -> World {
    let make = |base: &oauth_core_tests::Base| {
        let registration = settings(Registration::new(base.store.clone()));
        base.builder(ISSUER).registration(registration).build().expect("a server")
    };
    setup.start_as(make).await
}

/// A public client.
fn public() -> Value {
    json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none", "client_name": "Mine",
            "grant_types": ["authorization_code", "refresh_token"] })
}

/// A confidential client.
fn confidential() -> Value {
    json!({ "redirect_uris": [CALLBACK], "client_name": "Mine" })
}

/// The metadata with another value for a member.
fn with(mut metadata: Value, member: &str, value: Value) -> Value {
    metadata[member] = value;
    metadata
}

async fn register(world: &World, metadata: &Value) -> Answer {
    world.send(world.request(Method::POST, "/register").json(metadata)).await
}

/// What a registration answered: 201, which nobody may store, without a null.
#[track_caller]
fn created(answer: &Answer) -> Value {
    assert_eq!(answer.status, 201, "{answer:?}");
    information(answer)
}

#[track_caller]
fn information(answer: &Answer) -> Value {
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    assert!(!answer.body.contains(":null"), "{answer:?}");
    answer.json()
}

#[track_caller]
fn text<'a>(information: &'a Value, member: &str) -> &'a str {
    assert!(information[member].is_string(), "no {member}: {information}");
    information[member].as_str().unwrap_or_default()
}

/// Asks where a client reads, changes and removes itself.
async fn manage(
    world: &World,
    method: Method,
    client_id: &str,
    token: &str,
    metadata: Option<&Value>,
) -> Answer {
    let request = world.request(method, &format!("/register/{client_id}")).bearer_auth(token);
    world
        .send(match metadata {
            Some(metadata) => request.json(metadata),
            None => request,
        })
        .await
}

/// The token request for a code of these clients.
fn code_for(code: &str) -> Params<'static> {
    params([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ])
}

/// Tokens of a public client.
async fn public_tokens(world: &World, client_id: &str) -> Tokens {
    let client = oauth_core_tests::world::As::Public(client_id);
    world.tokens_of(client, client_id, CALLBACK, "read").await
}

/// What the authorization endpoint makes of a client.
async fn asks(world: &World, client_id: &str) -> Answer {
    world.authorize(&authz_of(client_id, CALLBACK, "read")).await
}
