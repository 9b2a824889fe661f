//! Three servers over one store.

use std::sync::Arc;

use oauth_core::{
    clock::{Clock as _, SystemClock},
    model::{Client, Grant, RefreshPolicy, Rotation, Secret, SecretHash, Tenant},
};
use oauth_core_tests::{
    Answer, Engine, FullStore, Place,
    clients::{self, CALLBACK, SECRET},
    world::{self, As, Params, Tokens, authz_of, code_for, params, race},
};
use reqwest::RequestBuilder;

use crate::process::Process;

/// Three servers, and the store that they share.
pub(crate) struct Cluster {
    /// The same store, seen from here.
    store: Arc<dyn FullStore>,
    http: reqwest::Client,
    nodes: Vec<Process>,
    _place: Place,
}

impl Cluster {
    /// Starts them, with the usual clients and `graceful`, whose refresh tokens may be retried.
    pub(crate) async fn start(engine: Engine) -> Self {
        let place = Place::new(engine).await;
        let store = place.open().await;
        for client in clients::all().into_iter().chain([graceful()]) {
            store.register(&Tenant::default(), &client).await.expect("registered");
        }
        let url = place.url();
        let nodes = ["axum", "axum", "actix-web"].map(|adapter| Process::start(adapter, &url));
        Self { store, http: world::client(), nodes: nodes.into(), _place: place }
    }

    fn url(&self, turn: usize, path: &str) -> String {
        format!("http://{}{path}", self.nodes[turn % self.nodes.len()].address)
    }

    /// A form for the node whose turn it is.
    pub(crate) fn form(
        &self,
        turn: usize,
        path: &str,
        id: &str,
        params: &Params<'_>,
    ) -> RequestBuilder {
        As::Basic(id).sends(self.http.post(self.url(turn, path)), params)
    }

    /// The same token request `n` times, by turns to each of the nodes.
    pub(crate) fn times(&self, n: usize, id: &str, params: &Params<'_>) -> Vec<RequestBuilder> {
        (0..n).map(|turn| self.form(turn, "/token", id, params)).collect()
    }

    /// The host's own request to end everything of a user.
    pub(crate) fn end_all(&self, turn: usize, user: &str) -> RequestBuilder {
        self.http.post(self.url(turn, "/end-all")).header("x-user", user)
    }

    pub(crate) async fn code(&self, turn: usize, id: &str, user: &str) -> String {
        let asked = authz_of(id, CALLBACK, "read");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
        let request = self.http.get(self.url(turn, &format!("/authorize?{query}")));
        let answer = send(request.header("x-user", user)).await;
        answer.redirected(CALLBACK).remove("code").expect("a code")
    }

    pub(crate) async fn tokens(&self, turn: usize, id: &str, user: &str) -> Tokens {
        let code = self.code(turn, id, user).await;
        Tokens::of(send(self.form(turn + 1, "/token", id, &code_for(&code))).await.is_ok())
    }

    /// Whether an access token is active. All nodes say the same, as do introspection and guard.
    pub(crate) async fn is_active(&self, access_token: &str) -> bool {
        let active = self.introspected("rs", access_token).await;
        let guarded = (0..self.nodes.len())
            .map(|node| self.http.get(self.url(node, "/resource")).bearer_auth(access_token));
        for answer in race(guarded).await {
            assert_eq!(answer.status == 200, active, "introspection and guard disagree");
        }
        active
    }

    /// Whether a refresh token is active. All nodes say the same.
    pub(crate) async fn is_live(&self, id: &str, refresh_token: &str) -> bool {
        self.introspected(id, refresh_token).await
    }

    async fn introspected(&self, id: &str, token: &str) -> bool {
        let asked = params([("token", token)]);
        let nodes = 0..self.nodes.len();
        let answers = race(nodes.map(|node| self.form(node, "/introspect", id, &asked))).await;
        let active: Vec<_> =
            answers.iter().map(|answer| answer.is_ok().json()["active"] == true).collect();
        assert!(active.iter().all(|node| *node == active[0]), "the nodes disagree");
        active[0]
    }

    /// No token of these is good any more, on any node, and nothing of the user is live.
    pub(crate) async fn nothing_is_active(&self, id: &str, user: &str, all: &[Tokens]) {
        for tokens in all {
            assert!(!self.is_active(&tokens.access).await);
            assert!(!self.is_live(id, &tokens.refresh).await);
        }
        assert!(self.live_grants(user).await.is_empty());
    }

    /// The live grants of a user, by the store.
    pub(crate) async fn live_grants(&self, user: &str) -> Vec<Grant> {
        let (tenant, subject) = (Tenant::default(), user.into());
        self.store.grants(&tenant, &subject, SystemClock.now()).await.expect("grants")
    }
}

/// A client whose refresh tokens may be presented again within 30 s, as often as there are racers.
fn graceful() -> Client {
    let rotation = Rotation::RotateWithGrace { grace: 30, retries: 100 };
    Client::confidential("graceful", SecretHash::of_generated(&Secret::new(SECRET)))
        .redirect_uri(CALLBACK)
        .scope("read")
        .refresh_policy(RefreshPolicy { rotation, ..RefreshPolicy::default() })
        .build()
        .expect("a sound client")
}

/// Sends a request.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    Answer::read(request.send().await.expect("an answer")).await
}

/// The tokens of those answers that have some. Every other says `invalid_grant`.
pub(crate) fn won(answers: &[Answer]) -> Vec<Tokens> {
    let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    for answer in bad {
        answer.refused(400, "invalid_grant");
    }
    good.into_iter().map(|answer| Tokens::of(answer.is_ok())).collect()
}
