//! Any answer of an introspection endpoint: a token is good only if the answer says so, for this
//! resource, and still.

use bytes::Bytes;
use http::HeaderMap;
use oauth_core::{
    clock::Timestamp,
    guard::{Guarded, IntrospectionVerifier, TokenVerifier as _},
    model::{Issuer, ResourceId, Scope, Secret},
};
use oauth_core_testkit::ManualClock;
use serde_json::Value;

use crate::server::{Answers, ISSUER, NOW, SECRET, now};

const RESOURCE: &str = "https://a.example";

pub(super) fn check(input: &[u8]) {
    let verifier = IntrospectionVerifier::new(
        Issuer::parse(ISSUER).expect("an issuer"),
        ResourceId::parse(RESOURCE).expect("a resource"),
        "https://as.example/introspect",
        "rs",
        &Secret::new(SECRET),
        Answers(Bytes::copy_from_slice(input)),
    );
    let verifier = verifier.clock(ManualClock::new(Timestamp::from_unix(NOW)));
    let headers = HeaderMap::new();
    let request = Guarded { headers: &headers, path: "/", peer: None, known: None };
    // What is no JSON object, or repeats a member, says nothing.
    let Ok(found) = now(verifier.verify("token", &request)) else { return };
    let Some(access) = found else { return };
    let said: Value = serde_json::from_slice(input).expect("an answer is JSON");
    assert_eq!(said["active"], true);
    assert!(said.get("iss").is_none_or(|iss| iss == ISSUER), "{said}");
    let meant = said.get("aud").is_none_or(|aud| {
        aud == RESOURCE || aud.as_array().is_some_and(|list| list.contains(&RESOURCE.into()))
    });
    assert!(meant, "{said}");
    assert!(said.get("exp").is_none_or(|exp| exp.as_f64().is_some_and(|at| at > NOW as f64)));
    assert!(access.expires_at() > Timestamp::from_unix(NOW));
    let scope = Scope::parse(said["scope"].as_str().unwrap_or_default()).expect("a scope");
    assert_eq!(access.scope(), &scope);
}
