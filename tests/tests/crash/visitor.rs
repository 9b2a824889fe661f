//! Clients of servers that may vanish.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use oauth_core_tests::{
    Answer,
    clients::{CALLBACK, SECRET},
    world::{self, Params, Tokens, authz, basic, code_for, params, race, refresh_for},
};
use reqwest::RequestBuilder;

/// How long the servers may take until everything works again.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// More requests at once than a server has connections to its store.
const MANY: usize = 20;

/// Sends requests as `web`, by turns to each of the servers. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Visitor {
    http: reqwest::Client,
    addresses: Vec<SocketAddr>,
    turn: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    /// How many of them were answered with 503.
    unavailable: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// 200, with tokens if there are any.
    Done(Option<Tokens>),
    /// Another answer.
    Refused,
    /// No answer, or not the whole of it, or one that says that the store did not answer.
    Nothing,
}

impl Visitor {
    pub(crate) fn new(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self {
            http: world::client(),
            addresses: addresses.into_iter().collect(),
            turn: Arc::default(),
            requests: Arc::default(),
            unavailable: Arc::default(),
            stopped: Arc::default(),
        }
    }

    /// How many requests were sent.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many of them were answered with 503.
    pub(crate) fn unavailable(&self) -> usize {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// Tells everybody who uses a clone that it is enough.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Waits until every server answers everybody who asks, on whichever connection to its store.
    pub(crate) async fn everything_works(&self) {
        let works = async {
            while !self.asks_of_every_server().await {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, works).await.expect("the servers recover by themselves");
    }

    async fn asks_of_every_server(&self) -> bool {
        let asked = params([("token", "of nobody")]);
        let asking = (0..MANY * self.addresses.len()).map(|_| {
            let request = self.http.post(self.url("/introspect")).form(&asked);
            request.header("authorization", basic("web", SECRET))
        });
        let answers = race(asking).await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.refused(503, "temporarily_unavailable");
        }
        answers.iter().all(|answer| answer.status == 200)
    }

    pub(crate) async fn code(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(authz()).finish();
        let request = self.http.get(self.url(&format!("/authorize?{query}")));
        let answer = self.send(request.header("x-user", "alice")).await.expect("an answer");
        answer.redirected(CALLBACK).remove("code").expect("a code")
    }

    pub(crate) async fn redeem(&self, code: &str) -> Told {
        self.form("/token", &code_for(code)).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Told {
        self.form("/token", &refresh_for(refresh_token)).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> Told {
        self.form("/revoke", &params([("token", token)])).await
    }

    /// Whether introspection says that a token is active.
    pub(crate) async fn is_active(&self, token: &str) -> bool {
        let request = self.http.post(self.url("/introspect")).form(&params([("token", token)]));
        let request = request.header("authorization", basic("web", SECRET));
        let answer = self.send(request).await.expect("an answer");
        answer.is_ok().json()["active"] == true
    }

    /// Whether the protected API lets a token pass.
    pub(crate) async fn passes(&self, access_token: &str) -> bool {
        let request = self.http.get(self.url("/resource")).bearer_auth(access_token);
        self.send(request).await.expect("an answer").status == 200
    }

    async fn form(&self, path: &str, params: &Params<'_>) -> Told {
        let request = self.http.post(self.url(path)).form(params);
        match self.send(request.header("authorization", basic("web", SECRET))).await {
            Some(answer) if answer.status == 200 => {
                let tokens = answer.body.contains("access_token");
                Told::Done(tokens.then(|| Tokens::of(&answer)))
            }
            Some(answer) if answer.status == 503 => {
                answer.refused(503, "temporarily_unavailable");
                self.unavailable.fetch_add(1, Ordering::Relaxed);
                Told::Nothing
            }
            Some(answer) => {
                answer.refused(400, "invalid_grant");
                Told::Refused
            }
            None => Told::Nothing,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Option<Answer> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status(), response.headers().clone());
        Some(Answer { status, headers, body: response.text().await.ok()? })
    }

    fn url(&self, path: &str) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        format!("http://{}{path}", self.addresses[turn % self.addresses.len()])
    }
}

impl Told {
    pub(crate) fn tokens(self) -> Option<Tokens> {
        match self {
            Self::Done(tokens) => tokens,
            Self::Refused | Self::Nothing => None,
        }
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    pub(crate) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}
