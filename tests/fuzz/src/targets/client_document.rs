//! Any document at a client's URL: who is asked about keeps to the rules of every client.

use bytes::Bytes;
use serde_json::Value;

use super::registration::keeps_to_the_rules;
use crate::server::{Server, echoes_nothing, now};

const URL: &str = "https://client.example/metadata";

pub(super) fn check(input: &[u8]) {
    let server = Server::fetching(Bytes::copy_from_slice(input));
    let query = "response_type=code&code_challenge_method=S256\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                 &redirect_uri=https%3A%2F%2Fclient.example%2Fcb";
    let address = format!("/authorize?client_id={URL}&{query}");
    let request = http::Request::get(address).body(Bytes::new()).expect("a request");
    match now(server.server.authorization_request(request)) {
        Ok(asked) => {
            let document: Value = serde_json::from_slice(input).expect("a document is JSON");
            assert_eq!(document["client_id"], URL);
            assert!(document.get("client_secret").is_none());
            assert_eq!(asked.client().client_id.as_str(), URL);
            assert_eq!(asked.redirect_uri().as_str(), "https://client.example/cb");
            keeps_to_the_rules(asked.client());
        }
        Err(answer) => {
            // Nobody has looked at the client, so it hears of its errors by a link.
            let page = String::from_utf8_lossy(answer.body());
            let linked = answer.status() == 200
                && page.contains("<a href=\"https://client.example/cb?error=")
                && page.matches("<a ").count() == 1;
            assert!(linked || answer.status().is_client_error(), "{answer:?}");
            echoes_nothing(&answer);
        }
    }
    assert_eq!(server.written(), 0);
}
