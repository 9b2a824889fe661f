//! Clients whose keys are at such a server, at the token endpoint of a real one.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Method, StatusCode};
use oauth_core::{
    AuthorizationServer,
    client_auth::PrivateKeyJwt,
    clock::{Clock, Timestamp},
    crypto::PrivateKey,
    events::Unheard,
    http_types::{Request, Response},
    jwt,
    model::{Client, KeyId, Scope, Secret, Tenant},
    store::{ClientRegistry as _, MemoryStore},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{ok, rig::Server};

const NOW: i64 = 1_790_000_000;

#[derive(Debug)]
struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(NOW)
    }
}

/// The private key of RFC 8037 Appendix A.1.
fn key() -> PrivateKey {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    jwt::private_key(&Secret::new(jwk.to_string())).unwrap()
}

fn jwks() -> String {
    let key = jwt::to_jwk(key().public_key(), &KeyId::from("1"));
    json!({ "keys": [key] }).to_string()
}

/// What the token endpoint says to a client that proves itself with the key of [`jwks`], which are
/// said to be at the server.
async fn asked(server: &Server) -> Response {
    let store = MemoryStore::new();
    let client = Client::private_key_jwt("far").jwks_uri(server.url()).scope("read");
    let client = client.grant_types(["client_credentials"]).build().unwrap();
    store.register(&Tenant::default(), &client).await.unwrap();
    let builder = AuthorizationServer::builder("https://as.example", store.clone(), store.clone());
    let authorization = builder
        .replay_store(store)
        .scopes(Scope::parse("read").unwrap())
        .client_auth(PrivateKeyJwt::new().fetch(server.fetch()))
        .clock(Then)
        .events(Unheard)
        .build()
        .unwrap();
    let claims = json!({ "iss": "far", "sub": "far", "aud": "https://as.example",
        "jti": "1", "exp": NOW + 60 });
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(json!({ "alg": "EdDSA", "kid": "1" })), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key().sign(signed.as_bytes()).unwrap());
    let body = format!(
        "grant_type=client_credentials&client_assertion={signed}.{signature}&client_assertion_type=\
         urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    );
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    let form = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert(http::header::CONTENT_TYPE, form);
    let mounts = authorization.mounts();
    let token = mounts.iter().find(|mount| mount.path() == "/token").unwrap();
    token.serve(request).await
}

async fn refused(server: &Server) {
    let answer = asked(server).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(body["error"], "invalid_client");
    assert!(body.get("access_token").is_none());
}

#[tokio::test]
async fn dos_012_keys_are_fetched_from_a_server_that_behaves() {
    let answer = asked(&Server::says(ok(&jwks())).await).await;
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
}

#[tokio::test]
async fn dos_012_too_much_is_not_read() {
    let padded = |length| format!("{}{}", jwks(), " ".repeat(length - jwks().len()));
    let answer = asked(&Server::says(ok(&padded(64 << 10))).await).await;
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    refused(&Server::says(ok(&padded((64 << 10) + 1))).await).await;
    // Says how much it is, and does not stop.
    let json = "content-type: application/json";
    let endless = format!(
        "HTTP/1.1 200 OK\r\n{json}\r\ncontent-length: {}\r\n\r\n{}",
        100 << 20,
        padded(1 << 20)
    );
    refused(&Server::says(endless.into_bytes()).await).await;
}

#[tokio::test]
async fn dos_012_what_is_not_declared_to_be_json_is_no_key() {
    let said = String::from_utf8(ok(&jwks())).unwrap();
    for good in ["application/jwk-set+json", "Application/JSON; charset=utf-8"] {
        let said = said.replace("application/json", good);
        assert_eq!(asked(&Server::says(said.into_bytes()).await).await.status(), StatusCode::OK);
    }
    for bad in ["text/html", "text/plain", "application/octet-stream", ""] {
        refused(&Server::says(said.replace("application/json", bad).into_bytes()).await).await;
    }
    let silent = said.replace("content-type: application/json\r\n", "");
    refused(&Server::says(silent.into_bytes()).await).await;
}

#[tokio::test]
async fn dos_012_a_redirect_leads_nowhere() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::new(|server| {
            let jwks = jwks();
            let head = format!("HTTP/1.1 {status} X\r\nlocation: {server}\r\n");
            format!("{head}content-length: {}\r\n\r\n{jwks}", jwks.len()).into_bytes()
        });
        let server = server.await;
        refused(&server).await;
        assert_eq!(server.connections(), 1, "{status}");
    }
}

#[tokio::test]
async fn dos_012_what_is_compressed_or_failed_is_no_key() {
    for head in ["200 OK\r\ncontent-encoding: gzip", "404 Not Found", "500 X", "201 Created"] {
        let said = String::from_utf8(ok(&jwks())).unwrap();
        refused(&Server::says(said.replace("200 OK", head).into_bytes()).await).await;
    }
}

#[tokio::test(start_paused = true)]
async fn dos_012_who_drips_or_hangs_proves_nothing() {
    for (server, seconds) in [(Server::drips().await, 5), (Server::mute().await, 3)] {
        let begin = Instant::now();
        refused(&server).await;
        assert_eq!(begin.elapsed().as_secs(), seconds);
    }
}
