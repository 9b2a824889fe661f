//! A running application, and what a scenario does to it.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth_core::{
    AuthorizationServer,
    model::{Client, Digest, Tenant},
    server::ServerBuilder,
    store::{ClientRegistry as _, ClientStore},
};
use oauth_core_testkit::ManualClock;
use reqwest::{Method, RequestBuilder, redirect::Policy};
use serde_json::Value;
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    Adapter, Answer,
    app::{self, App},
    clients::{CALLBACK, SECRET},
    events::RecordedEvents,
    place::Place,
    setup::Store,
};

/// The issuer of every world. It is configuration, and has nothing to do with the address.
pub const ISSUER: &str = "https://as.example";

/// The code verifier of RFC 7636 Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A list of parameters, in order.
pub type Params<'a> = Vec<(&'a str, String)>;

/// A running application.
pub struct World {
    /// Its authorization server.
    pub server: AuthorizationServer,
    /// The store behind it, which fails on demand.
    pub store: Store,
    /// What time it is there.
    pub clock: ManualClock,
    /// What its operator heard.
    pub events: RecordedEvents,
    /// Follows no redirect.
    pub http: reqwest::Client,
    app: App,
    place: Arc<Place>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World({})", self.app.address)
    }
}

/// The tokens of a grant.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// How a client says who it is.
#[derive(Clone, Copy, Debug)]
pub enum As<'a> {
    /// With its secret in the `Authorization` header.
    Basic(&'a str),
    /// With this secret in the `Authorization` header.
    BasicWith(&'a str, &'a str),
    /// With its secret in the body.
    Post(&'a str),
    /// By its name only.
    Public(&'a str),
    /// Not at all.
    Nobody,
}

impl As<'_> {
    /// The request with a form and with what says who sends it.
    pub fn sends(self, request: RequestBuilder, params: &[(&str, String)]) -> RequestBuilder {
        let mut params = params.to_vec();
        let mut request = request;
        match self {
            As::Basic(id) => request = request.header("authorization", basic(id, SECRET)),
            As::BasicWith(id, secret) => {
                request = request.header("authorization", basic(id, secret));
            }
            As::Post(id) => {
                params.push(("client_id", id.to_owned()));
                params.push(("client_secret", SECRET.to_owned()));
            }
            As::Public(id) => params.push(("client_id", id.to_owned())),
            As::Nobody => {}
        }
        request.form(&params)
    }
}

impl World {
    pub(crate) fn new(
        app: App,
        server: AuthorizationServer,
        store: Store,
        clock: ManualClock,
        events: RecordedEvents,
        place: Place,
    ) -> Self {
        Self { server, store, clock, events, http: client(), app, place: Arc::new(place) }
    }

    /// A builder of another server over the same store, clock and events.
    pub fn builder(&self) -> ServerBuilder {
        self.builder_over(&self.store)
    }

    fn builder_over(&self, store: &Store) -> ServerBuilder {
        AuthorizationServer::builder(ISSUER, store.clone(), store.clone())
            .replay_store(store.clone())
            .clock(self.clock.clone())
            .events(self.events.clone())
            .client_cache(0)
    }

    /// A second node, or this one after a restart: another application, with the usual server and a
    /// store of its own over the same place.
    pub async fn node(&self, adapter: Adapter) -> Self {
        let store = Store::new(self.place.open().await);
        let server = self.builder_over(&store).build().expect("a server");
        Self { store, ..self.beside(adapter, server) }
    }

    /// A node as [`node`](Self::node), with a server that is built differently.
    pub async fn node_with(
        &self,
        adapter: Adapter,
        change: impl FnOnce(ServerBuilder, &Store) -> ServerBuilder,
    ) -> Self {
        let store = Store::new(self.place.open().await);
        let server = change(self.builder_over(&store), &store).build().expect("a server");
        Self { store, ..self.beside(adapter, server) }
    }

    /// Another application in the same process, with another server over the same store.
    pub fn beside(&self, adapter: Adapter, server: AuthorizationServer) -> Self {
        Self {
            app: app::start(adapter, server.clone()),
            server,
            store: self.store.clone(),
            clock: self.clock.clone(),
            events: self.events.clone(),
            http: self.http.clone(),
            place: Arc::clone(&self.place),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.app.address
    }

    /// Where its store keeps what it is given.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What its store has written, wherever it writes.
    pub async fn dump(&self) -> Vec<u8> {
        self.place.dump().await
    }

    /// A request to one of its paths.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.app.address))
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// Posts a form, by a client.
    pub async fn post(&self, path: &str, client: As<'_>, params: &[(&str, String)]) -> Answer {
        self.send(self.form(path, client, params)).await
    }

    /// A form that is not sent yet.
    pub fn form(&self, path: &str, client: As<'_>, params: &[(&str, String)]) -> RequestBuilder {
        client.sends(self.request(Method::POST, path), params)
    }

    /// The token endpoint.
    pub async fn token(&self, client: As<'_>, params: &[(&str, String)]) -> Answer {
        self.post("/token", client, params).await
    }

    /// Changes a client in the store, as an operator does.
    pub async fn change(&self, id: &str, change: impl FnOnce(&mut Client)) {
        let tenant = Tenant::default();
        let found = ClientStore::find(&self.store, &tenant, &id.into()).await.expect("a store");
        let seen = found.expect("a client");
        let mut next = Client::clone(&seen);
        change(&mut next);
        assert!(self.store.replace(&tenant, &seen, &next).await.expect("a store"), "it changed");
    }

    /// Introspects a token as `rs`, who may ask about every access token.
    pub async fn introspect(&self, token: &str) -> Value {
        let answer = self.post("/introspect", As::Basic("rs"), &params([("token", token)])).await;
        answer.is_ok().json()
    }

    /// Whether an access token is active, by introspection and by the guard, which must agree.
    pub async fn is_active(&self, token: &str) -> bool {
        let active = self.introspect(token).await["active"] == true;
        let guarded = self.get("/resource", token).await.status == 200;
        assert_eq!(active, guarded, "introspection and guard disagree");
        active
    }

    /// Whether a refresh token is active, asked by its own client.
    pub async fn is_live(&self, client: &str, refresh_token: &str) -> bool {
        let params = params([("token", refresh_token)]);
        let answer = self.post("/introspect", As::Basic(client), &params).await;
        answer.is_ok().json()["active"] == true
    }

    /// Gets a path with an access token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// Sends an authorization request as `alice`, who allows it.
    pub async fn authorize(&self, params: &[(&str, String)]) -> Answer {
        self.send(self.authorization(params).header("x-user", "alice")).await
    }

    /// An authorization request that is not sent yet, by nobody.
    pub fn authorization(&self, params: &[(&str, String)]) -> RequestBuilder {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        self.request(Method::GET, &format!("/authorize?{query}"))
    }

    /// A fresh code of `web` for `read`.
    pub async fn code(&self) -> String {
        self.code_of("web", CALLBACK, "read").await
    }

    /// A fresh code of a client.
    pub async fn code_of(&self, client: &str, redirect_uri: &str, scope: &str) -> String {
        let asked = authz_of(client, redirect_uri, scope);
        let answer = self.authorize(&asked).await;
        let mut pairs = answer.redirected(redirect_uri);
        let issuer = self.server.metadata().and_then(|own| own.get("issuer"));
        assert!(issuer.is_none_or(|issuer| *issuer == pairs["iss"]), "{answer:?}");
        pairs.remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// Fresh tokens of `web` for `read`.
    pub async fn tokens(&self) -> Tokens {
        self.tokens_of(As::Basic("web"), "web", CALLBACK, "read").await
    }

    /// Fresh tokens of a client.
    pub async fn tokens_of(
        &self,
        client: As<'_>,
        id: &str,
        redirect_uri: &str,
        scope: &str,
    ) -> Tokens {
        let code = self.code_of(id, redirect_uri, scope).await;
        let answer = self.token(client, &with(code_for(&code), "redirect_uri", redirect_uri)).await;
        Tokens::of(answer.is_ok())
    }

    /// A fresh access token of `m2m`.
    pub async fn machine_token(&self) -> String {
        let answer =
            self.token(As::Basic("m2m"), &params([("grant_type", "client_credentials")])).await;
        answer.is_ok().text("access_token")
    }
}

/// A client that follows no redirect, and uses no connection that the server may be about to close
/// because nobody used it.
pub fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
    client.pool_idle_timeout(Duration::from_secs(1)).build().expect("a client")
}

/// Sends all requests at once; the answers come in the order of their arrival.
pub async fn race(requests: impl IntoIterator<Item = RequestBuilder>) -> Vec<Answer> {
    racers(requests).join_all().await
}

/// As [`race`], and does something else meanwhile: as soon as `after` answers have come, which are
/// the first of those returned. With 0 that is before most of the requests are on their way.
pub async fn race_and<T>(
    requests: impl IntoIterator<Item = RequestBuilder>,
    after: usize,
    also: impl Future<Output = T>,
) -> (Vec<Answer>, T) {
    let mut racers = racers(requests);
    let mut answers = Vec::new();
    for _ in 0..after {
        let next = racers.join_next().await.expect("as many racers");
        answers.push(next.expect("an answer"));
    }
    let (others, done) = tokio::join!(racers.join_all(), also);
    answers.extend(others);
    (answers, done)
}

fn racers(requests: impl IntoIterator<Item = RequestBuilder>) -> JoinSet<Answer> {
    let requests: Vec<_> = requests.into_iter().collect();
    let start = Arc::new(Barrier::new(requests.len()));
    let mut racers = JoinSet::new();
    for request in requests {
        let start = Arc::clone(&start);
        racers.spawn(async move {
            start.wait().await;
            Answer::read(request.send().await.expect("an answer")).await
        });
    }
    racers
}

impl Tokens {
    /// Both tokens of an answer; the refresh token is empty if there is none.
    pub fn of(answer: &Answer) -> Self {
        let refresh = answer.json()["refresh_token"].as_str().unwrap_or_default().to_owned();
        Self { access: answer.text("access_token"), refresh }
    }
}

/// Parameters from pairs.
pub fn params<'a, const N: usize>(pairs: [(&'a str, &str); N]) -> Params<'a> {
    pairs.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// The usual authorization request: `web` asks for `read`, with `state` and PKCE.
pub fn authz() -> Params<'static> {
    authz_of("web", CALLBACK, "read")
}

/// As [`authz`], of another client.
pub fn authz_of(client: &str, redirect_uri: &str, scope: &str) -> Params<'static> {
    params([
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", redirect_uri),
        ("scope", scope),
        ("state", "xyz"),
        ("code_challenge", &challenge(VERIFIER)),
        ("code_challenge_method", "S256"),
    ])
}

/// The usual token request of `web` for a code.
pub fn code_for(code: &str) -> Params<'static> {
    params([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ])
}

/// The usual token request for a refresh token.
pub fn refresh_for(token: &str) -> Params<'static> {
    params([("grant_type", "refresh_token"), ("refresh_token", token)])
}

/// The parameters with another value for one of them, or with one more.
pub fn with<'a>(mut params: Params<'a>, name: &'a str, value: &str) -> Params<'a> {
    match params.iter_mut().find(|(own, _)| *own == name) {
        Some((_, place)) => *place = value.to_owned(),
        None => params.push((name, value.to_owned())),
    }
    params
}

/// The parameters with one sent again.
pub fn again<'a>(mut params: Params<'a>, name: &'a str, value: &str) -> Params<'a> {
    params.push((name, value.to_owned()));
    params
}

/// The parameters without one of them.
pub fn without<'a>(mut params: Params<'a>, name: &str) -> Params<'a> {
    params.retain(|(own, _)| *own != name);
    params
}

/// The S256 challenge of a verifier.
pub fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Digest::of(verifier).as_bytes())
}

/// The value of an `Authorization` header.
pub fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}
