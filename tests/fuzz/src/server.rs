//! A server in memory, at a time that stands still, and what every answer of it keeps to.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt as _;
use oauth_core::{
    AuthorizationServer,
    client_auth::PrivateKeyJwt,
    client_documents::ClientDocuments,
    clock::Timestamp,
    endpoint::registration::Registration,
    events::{Event, Events, Occasion},
    fetch::{Fetch, FetchFailed},
    http_types::{Request, Response},
    model::{Client, ClientBuilder, Introspects, Scope, Secret, SecretHash, Tenant},
    store::{ClientRegistry as _, MemoryStore},
    throttle::Unthrottled,
};
use oauth_core_testkit::{CountingRandom, ManualClock};
use serde_json::Value;

use crate::{inputs::CANARY, keys};

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const NOW: i64 = 1_790_000_000;
/// The secret of every client that has one.
pub(crate) const SECRET: &str = "s3cr3t-0123456789abcdefghijklmnopqrstuvwxyz";
/// RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What an error may be called at an endpoint that a client posts to.
const CODES: [&str; 12] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "invalid_token",
    "invalid_redirect_uri",
    "invalid_client_metadata",
    "invalid_software_statement",
    "unapproved_software_statement",
];

pub(crate) struct Server {
    pub(crate) server: AuthorizationServer,
    pub(crate) store: MemoryStore,
    written: Written,
}

/// Counts what is issued, allowed, registered and revoked.
#[derive(Clone, Debug, Default)]
struct Written(Arc<AtomicU64>);

impl Events for Written {
    fn record(&self, _: &Occasion<'_>, event: &Event<'_>) {
        let wrote = matches!(
            event,
            Event::Allowed { .. }
                | Event::Issued { .. }
                | Event::Registered { .. }
                | Event::Revoked { .. }
                | Event::ReplayDetected { .. }
        );
        self.0.fetch_add(wrote.into(), Ordering::Relaxed);
    }
}

/// Whoever is asked answers this.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers(pub(crate) Bytes);

#[async_trait]
impl Fetch for Answers {
    async fn fetch(&self, _: Request, limit: usize) -> Result<Response, FetchFailed> {
        if self.0.len() > limit {
            return Err(FetchFailed::TooLarge);
        }
        let answer = http::Response::builder().header("content-type", "application/json");
        answer.body(self.0.clone()).map_err(FetchFailed::failed)
    }
}

/// Nothing in memory is waited for.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("an answer at once")
}

fn clients() -> [Client; 6] {
    let confidential =
        |id| Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)));
    let scope = "read write openid";
    let build = |builder: ClientBuilder| builder.build().expect("a sound client");
    let native = Client::public("native").native().scope(scope);
    let native = native.redirect_uri("http://127.0.0.1/cb").redirect_uri("com.example.app:/cb");
    [
        confidential("web").redirect_uri("https://client.example/cb").scope(scope),
        Client::public("spa").redirect_uri("https://spa.example/cb?x=1").scope(scope),
        native,
        confidential("m2m").grant_types(["client_credentials"]).scope("api"),
        confidential("rs").grant_types([]).introspects(Introspects::Any),
        Client::private_key_jwt("pk")
            .redirect_uri("https://client.example/cb")
            .scope("read")
            .grant_types(["authorization_code", "client_credentials"])
            .jwks(keys::jwks()),
    ]
    .map(build)
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::fetching(Bytes::new())
    }

    /// A server whose requests to others are all answered with this.
    pub(crate) fn fetching(answer: Bytes) -> Self {
        let (store, written) = (MemoryStore::new(), Written::default());
        for client in clients() {
            now(store.register(&Tenant::default(), &client)).expect("registered");
        }
        let server = AuthorizationServer::builder(ISSUER, store.clone(), store.clone())
            .scopes(Scope::parse("read write api openid").expect("a scope"))
            .registration(Registration::new(store.clone()))
            .client_documents(ClientDocuments::new(Answers(answer)))
            .client_auth(PrivateKeyJwt::new())
            .replay_store(store.clone())
            .throttle(Unthrottled)
            .clock(ManualClock::new(Timestamp::from_unix(NOW)))
            .random(CountingRandom::new())
            .events(written.clone())
            .build()
            .expect("a server");
        Self { server, store, written }
    }

    /// How much was written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written.0.load(Ordering::Relaxed)
    }

    /// The answer of an endpoint, `None` if there is none at the path.
    pub(crate) fn serve(&self, request: Request) -> Option<Response> {
        let mounts = self.server.mounts();
        let mount = mounts.iter().find(|mount| mount.path() == request.uri().path())?;
        Some(now(mount.serve(request)))
    }
}

/// A post of a body.
pub(crate) fn post(path: &str, media_type: &str, body: impl Into<Bytes>) -> Request {
    let request = http::Request::post(path).header("content-type", media_type);
    request.body(body.into()).expect("a request")
}

/// What every answer keeps to that is no success: a status and a code of the RFCs, two members, and
/// nothing of what was sent.
#[track_caller]
pub(crate) fn is_refusal(response: &Response) {
    assert!(response.status().is_client_error(), "{response:?}");
    echoes_nothing(response);
    if response.body().is_empty() {
        return;
    }
    assert_eq!(response.headers()["content-type"], "application/json", "{response:?}");
    assert_eq!(response.headers()["cache-control"], "no-store", "{response:?}");
    let json: Value = serde_json::from_slice(response.body()).expect("JSON");
    let members: Vec<_> = json.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["error", "error_description"], "{response:?}");
    assert!(CODES.contains(&json["error"].as_str().expect("a code")), "{response:?}");
    assert!(response.status() != 401 || response.headers().contains_key("www-authenticate"));
}

#[track_caller]
pub(crate) fn echoes_nothing(response: &Response) {
    let contains = |bytes: &[u8]| {
        bytes.windows(CANARY.len()).any(|window| window.eq_ignore_ascii_case(CANARY.as_bytes()))
    };
    assert!(!contains(response.body()), "{response:?}");
    assert!(!response.headers().values().any(|value| contains(value.as_bytes())), "{response:?}");
}
