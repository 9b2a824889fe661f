//! Client assertions at the token endpoint: who is let in has claimed what RFC 7523 §3 asks for, and
//! only once.

use oauth_core::http_types::Response;
use serde_json::Value;

use crate::{
    keys::{halves, sign},
    server::{ISSUER, NOW, Server, is_refusal, post},
};

const FORM: &str = "application/x-www-form-urlencoded";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `header \n claims`, which are signed; or an assertion as it is, which nobody has.
pub(super) fn check(input: &[u8]) {
    let server = Server::new();
    let (header, claims) = halves(input);
    let forged = claims.is_empty();
    let assertion = match std::str::from_utf8(header) {
        Ok(text) if forged => text.to_owned(),
        Err(_) if forged => return,
        _ => sign(header, claims),
    };
    let answer = ask(&server, &assertion);
    if answer.status() != 200 {
        is_refusal(&answer);
        assert_eq!(server.written(), 0);
        return;
    }
    assert!(!forged, "nobody signed {assertion}");
    let said: Value = serde_json::from_slice(claims).expect("claims are JSON");
    assert!(said["iss"] == "pk" && said["sub"] == "pk" && said["aud"] == ISSUER, "{said}");
    let expires = said["exp"].as_f64().expect("a number") - NOW as f64;
    assert!(expires > -10.0 && expires < 311.0, "{said}");
    assert!(said["jti"].as_str().is_some_and(|id| !id.is_empty() && id.len() <= 256), "{said}");
    let again = ask(&server, &assertion);
    assert_eq!(again.status(), 401);
    is_refusal(&again);
}

fn ask(server: &Server, assertion: &str) -> Response {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_assertion_type", TYPE)
        .append_pair("client_assertion", assertion)
        .finish();
    server.serve(post("/token", FORM, body)).expect("an endpoint")
}
