//! Any headers and any body at the endpoints that clients post to. What succeeds has shown a
//! credential.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use oauth_core::{AuthorizationServer, http_types::Request, model::Scope};
use percent_encoding::percent_decode;
use serde_json::Value;

use crate::server::{SECRET, Server, VERIFIER, echoes_nothing, is_refusal, now};

/// What stands for the code that `web` was given.
const CODE: &str = "$code";

/// `METHOD path \n header: value \n … \n\n body`.
pub(super) fn check(input: &[u8]) {
    let server = Server::new();
    let code = code(&server.server);
    let Some(request) = request(input, &code) else { return };
    let path = request.uri().path().to_owned();
    let shown = shown(&request);
    let before = server.written();
    let Some(response) = server.serve(request) else { return };
    if !response.status().is_success() {
        is_refusal(&response);
        assert_eq!(server.written(), before, "{response:?}");
        return;
    }
    echoes_nothing(&response);
    let json: Option<Value> = serde_json::from_slice(response.body()).ok();
    match path.as_str() {
        "/token" if !response.body().is_empty() => {
            let json = json.expect("JSON");
            assert!(json["access_token"].is_string() && json["token_type"] == "Bearer");
            assert!(shown.contains(SECRET), "{shown}");
            let by_code = shown.contains(&code) && shown.contains(VERIFIER);
            assert!(by_code || shown.contains("client_credentials"), "{shown}");
            let scope = Scope::parse(json["scope"].as_str().unwrap_or_default()).expect("a scope");
            let most = if by_code { "read write openid api" } else { "api" };
            assert!(scope.is_subset(&Scope::parse(most).expect("a scope")), "{shown}");
        }
        "/introspect" if !response.body().is_empty() => {
            assert!(shown.contains(SECRET), "{shown}");
            assert_eq!(json.expect("JSON")["active"], false);
        }
        "/revoke" => assert_eq!(server.written(), before, "there is no token"),
        _ => {}
    }
}

fn request(input: &[u8], code: &str) -> Option<Request> {
    let text = input.windows(2).position(|bytes| bytes == b"\n\n");
    let (head, body) = text.map_or((input, &b""[..]), |at| (&input[..at], &input[at + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let method = http::Method::from_bytes(first.next()?).ok()?;
    let mut request = Request::new(Bytes::from(with_code(body, code)));
    *request.method_mut() = method;
    *request.uri_mut() = http::Uri::try_from(first.next()?).ok()?;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request.headers_mut().append(name, value);
    }
    Some(request)
}

fn with_code(body: &[u8], code: &str) -> Vec<u8> {
    match body.windows(CODE.len()).position(|bytes| bytes == CODE.as_bytes()) {
        Some(at) => [&body[..at], code.as_bytes(), &body[at + CODE.len()..]].concat(),
        None => body.to_vec(),
    }
}

/// Everything that the request says, decoded by somebody else.
fn shown(request: &Request) -> String {
    let mut shown = String::from_utf8_lossy(request.body()).into_owned();
    for (name, value) in form_urlencoded::parse(request.body()) {
        shown.push_str(&format!(" {name}={value}"));
    }
    for value in request.headers().values() {
        let decoded =
            value.as_bytes().get(6..).map(|text| BASE64_STANDARD.decode(text.trim_ascii()));
        if let Some(Ok(decoded)) = decoded {
            shown.push_str(&percent_decode(&decoded).decode_utf8_lossy());
        }
    }
    shown
}

/// A code of `web`, for [`VERIFIER`].
fn code(server: &AuthorizationServer) -> String {
    let query = "/authorize?response_type=code&client_id=web&scope=read&code_challenge_method=S256\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let request = http::Request::get(query).body(Bytes::new()).expect("a request");
    let asked = now(server.authorization_request(request)).expect("a request");
    let answer = now(asked.allow(oauth_core::Approval::new("alice")));
    let location = answer.headers()["location"].to_str().expect("text");
    let (_, rest) = location.split_once("code=").expect("a code");
    rest.split(['&', '#']).next().expect("a code").to_owned()
}
