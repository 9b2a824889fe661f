//! A server whose store is behind a network that fails on demand, and what is true behind it.

use std::{sync::Arc, time::Duration};

use oauth_core::{AuthorizationServer, model::Subject};
use oauth_core_redis::RedisStore;
use oauth_core_sql::PostgresStore;
use oauth_core_tests::{
    Adapter, Answer, Book, Engine, FullStore, Setup, World,
    world::{As, ISSUER, Tokens, code_for},
};
use reqwest::RequestBuilder;

use crate::network::Network;

/// Everybody is answered sooner than this. Long enough for a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the server waits for a connection, and for a statement.
const SOON: Duration = Duration::from_millis(750);

/// Who comes at once where the server has one connection.
pub(crate) const MANY: usize = 10;

/// A server behind a network.
pub(crate) struct Rig {
    /// The server.
    pub(crate) server: World,
    pub(crate) network: Network,
    /// Another over the same store, which the faults do not touch.
    pub(crate) witness: World,
}

impl Rig {
    pub(crate) async fn start(adapter: Adapter, engine: Engine) -> Self {
        let witness = Setup::new(adapter, engine).start().await;
        let (network, url) = Network::before(&witness.place().url()).await;
        let store = open(&url).await;
        let server = AuthorizationServer::builder(ISSUER, store.clone(), store)
            .clock(witness.clock.clone())
            .events(witness.events.clone())
            .client_cache(0)
            .build()
            .expect("a server");
        Self { server: witness.beside(adapter, server), network, witness }
    }

    /// A redemption, so that the connection that is there knows how it is asked for.
    pub(crate) async fn warm_up(&self) {
        let code = self.witness.code().await;
        let redemption = || self.server.form("/token", As::Basic("web"), &code_for(&code));
        let replay = self.insist(redemption).await;
        // One more, which ends what the first began.
        assert!([200, 400].contains(&replay.status.as_u16()), "{replay:?}");
        self.insist(redemption).await.refused(400, "invalid_grant");
    }

    /// Sends a request, which is answered, whatever with. That it cannot be done now is said as it
    /// ought to be.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = tokio::time::timeout(PATIENCE, self.server.send(request));
        let answer = answer.await.expect("everybody is answered");
        if answer.status == 503 {
            assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{answer:?}");
        }
        answer
    }

    /// Sends a request again and again, as a client does that is told to, until it is done or
    /// refused.
    pub(crate) async fn insist(&self, request: impl Fn() -> RequestBuilder) -> Answer {
        let insist = async {
            loop {
                let answer = self.send(request()).await;
                if answer.status != 503 {
                    return answer;
                }
            }
        };
        tokio::time::timeout(PATIENCE, insist).await.expect("the server recovers by itself")
    }

    /// What the store says.
    pub(crate) fn book(&self) -> Book {
        Book::of(&self.witness.place().url())
    }

    /// How many grants of `alice` are live.
    pub(crate) async fn live_grants(&self) -> usize {
        let grants = self.witness.server.grants().expect("one server");
        grants.of_subject(&Subject::from("alice")).await.expect("grants").len()
    }

    /// Whether both tokens work.
    pub(crate) async fn are_live(&self, tokens: &Tokens) -> bool {
        let access = self.witness.is_active(&tokens.access).await;
        let refresh = self.witness.is_live("web", &tokens.refresh).await;
        assert_eq!(access, refresh, "a grant by halves");
        access
    }
}

/// A store that gives up soon.
async fn open(url: &str) -> Arc<dyn FullStore> {
    if url.starts_with("postgres:") {
        let options = PostgresStore::options().connections(1);
        let options = options.acquire_timeout(SOON).statement_timeout(SOON);
        return Arc::new(options.connect(url).await.expect("a PostgreSQL store"));
    }
    let options = RedisStore::options().connection_timeout(SOON).response_timeout(SOON);
    Arc::new(oauth_core_tests::redis::open_with(options, url).await)
}
