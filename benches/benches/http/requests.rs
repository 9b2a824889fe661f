//! Requests, and what is learnt from their answers.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use oauth_core::model::Digest;

use crate::{
    client::Answer,
    server::{CALLBACK, SECRET},
    session::Session,
};

pub(crate) const CREDENTIALS: &str = "grant_type=client_credentials&scope=read+write";

/// The code verifier of RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) fn refresh(session: &Session) -> String {
    let body = format!("grant_type=refresh_token&refresh_token={}", session.refresh_token);
    form("/token", "web", &body)
}

pub(crate) fn introspect(session: &Session) -> String {
    form("/introspect", "rs", &format!("token={}", session.access_token))
}

pub(crate) fn authorize() -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Digest::of(VERIFIER).as_bytes());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", "web")
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("scope", "read write")
        .append_pair("state", "af0ifjsldkj")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("GET /authorize?{query} HTTP/1.1\r\n{HEADERS}\r\n")
}

pub(crate) fn redeem(session: &Session) -> String {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", &session.code)
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("code_verifier", VERIFIER)
        .finish();
    form("/token", "web", &body)
}

const HEADERS: &str = "Host: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: application/json\r\n";

pub(crate) fn form(path: &str, client: &str, body: &str) -> String {
    let credentials = BASE64_STANDARD.encode(format!("{client}:{SECRET}"));
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\n{HEADERS}Authorization: Basic {credentials}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n{HEADERS}Authorization: Bearer {token}\r\n\r\n")
}

pub(crate) fn nothing(_: &mut Session, _: &Answer) {}

pub(crate) fn code(session: &mut Session, answer: &Answer) {
    session.code = between(&answer.head, "code=", &['&', '\r']);
}

pub(crate) fn tokens(session: &mut Session, answer: &Answer) {
    session.access_token = between(&answer.body, "\"access_token\":\"", &['"']);
    session.refresh_token = between(&answer.body, "\"refresh_token\":\"", &['"']);
}

pub(crate) fn jwt(session: &mut Session, answer: &Answer) {
    session.keep(between(&answer.body, "\"access_token\":\"", &['"']));
}

fn between(text: &str, before: &str, after: &[char]) -> String {
    let (_, rest) = text.split_once(before).expect("what is looked for");
    rest.split(after).next().unwrap_or_default().to_owned()
}
