//! The authorization endpoint: what a client can ask for, and what it is told.

mod granted;
mod refused;
mod sign_in;
mod state;

use std::collections::BTreeMap;

use oauth_core_tests::{
    Answer,
    world::{ISSUER, Params},
};

/// It is an error for the client, at its redirect URI, with everything such a redirect carries.
#[track_caller]
fn told(answer: &Answer, redirect_uri: &str, code: &str) -> BTreeMap<String, String> {
    let pairs = answer.redirected_error(redirect_uri, code);
    assert_eq!(pairs["iss"], ISSUER);
    assert_eq!(pairs.get("state").map(String::as_str), Some("xyz"), "{answer:?}");
    let csp = answer.header("content-security-policy");
    assert!(csp.contains("frame-ancestors 'none'"), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), "", "{answer:?}");
    pairs
}

/// The path and query of an authorization request.
fn address(params: &Params<'_>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/authorize?{query}")
}
