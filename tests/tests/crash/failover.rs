//! STO-015: the Redis that everybody writes to dies, and its replica takes its place behind the same
//! address. What the replica had is known, and what it had not is forgotten, as the documentation of
//! `oauth-core-redis` says; grants in a database do not care.

use std::{mem::swap, sync::Arc, time::Duration};

use oauth_core::{
    AuthorizationServer,
    clock::Timestamp,
    model::{Digest, Tenant},
    store::ReplayStore as _,
};
use oauth_core_redis::RedisStore;
use oauth_core_tests::{
    Adapter, Answer, Engine, Setup, World, clients,
    world::{As, ISSUER, Tokens, code_for, params, refresh_for},
};

use crate::{address::Address, redis::Redis};

/// How long nodes may take until they have found the new primary.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a store waits for a connection, and for an answer.
const SOON: Duration = Duration::from_millis(750);

/// A primary and its replica behind an address.
struct Pair {
    primary: Redis,
    replica: Redis,
    address: Address,
}

impl Pair {
    /// None where there is no program, which one line says.
    async fn start() -> Option<Self> {
        let primary = Redis::create_on_a_port().await?;
        let replica = Redis::create_on_a_port().await?;
        replica.follow(&primary).await;
        let address = Address::of(&primary).await;
        Some(Self { primary, replica, address })
    }

    /// A store that gives up soon.
    async fn store(&self) -> RedisStore {
        let options = RedisStore::options().connection_timeout(SOON).response_timeout(SOON);
        options.connect(&self.address.url()).await.expect("a Redis store")
    }

    /// The primary dies, and the replica takes its place. It is asked what clients are told while
    /// nobody is there, and while the replica does not know yet what it is.
    async fn fail_over(&mut self, meanwhile: impl AsyncFn()) {
        self.primary.kill();
        meanwhile().await;
        self.address.lead_to(&self.replica);
        meanwhile().await;
        self.replica.promote().await;
        swap(&mut self.primary, &mut self.replica);
    }

    /// The one that died comes back as a replica.
    async fn recover(&mut self) {
        self.replica.start().await;
        self.replica.follow(&self.primary).await;
    }
}

/// Nodes on both adapters, with all that they have in Redis.
async fn nodes(pair: &Pair) -> [World; 2] {
    let store = pair.store().await;
    for client in clients::all() {
        use oauth_core::store::ClientRegistry as _;
        store.register(&Tenant::default(), &client).await.expect("registered");
    }
    let axum = Setup::new(Adapter::Axum, Engine::Memory).start().await;
    let node = async |adapter| {
        let store = Arc::new(pair.store().await);
        let server = AuthorizationServer::builder(ISSUER, store.clone(), store)
            .clock(axum.clock.clone())
            .events(axum.events.clone())
            .client_cache(0)
            .build();
        axum.beside(adapter, server.expect("a server"))
    };
    [node(Adapter::Axum).await, node(Adapter::Actix).await]
}

async fn refresh(node: &World, token: &str) -> Answer {
    node.token(As::Basic("web"), &refresh_for(token)).await
}

async fn revoke(node: &World, token: &str) -> Answer {
    node.post("/revoke", As::Basic("web"), &params([("token", token)])).await
}

/// The answer once there is one, as a client gets it that comes back when it is told to.
async fn insist(ask: impl AsyncFn() -> Answer) -> Answer {
    let insist = async {
        loop {
            let answer = ask().await;
            if answer.status != 503 {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, insist).await.expect("the nodes recover by themselves")
}

async fn cannot_be_told(answer: impl Future<Output = Answer>) {
    answer.await.refused(503, "temporarily_unavailable");
}

/// What is not good any more is refused, or it cannot be told.
async fn is_never_good(node: &World, token: &str) {
    let answer = refresh(node, token).await;
    match answer.status.as_u16() {
        503 => answer.refused(503, "temporarily_unavailable"),
        _ => answer.refused(400, "invalid_grant"),
    };
}

async fn never_passes(node: &World, token: &str) {
    let answer = node.get("/resource", token).await;
    assert!([401, 503].contains(&answer.status.as_u16()), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_015_what_the_replica_had_is_known_after_a_failover() {
    let Some(mut pair) = Pair::start().await else { return };
    let nodes = nodes(&pair).await;
    // There, and back again.
    for turn in 0..2 {
        let (one, other) = (&nodes[turn], &nodes[1 - turn]);
        let (code, spent, revoked) = (one.code().await, one.tokens().await, one.tokens().await);
        let redeemed = Tokens::of(other.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        let rotated = Tokens::of(refresh(one, &spent.refresh).await.is_ok());
        revoke(other, &revoked.refresh).await.is_ok();
        pair.replica.has_all_of(&pair.primary).await;

        pair.fail_over(async || {
            for node in &nodes {
                tokio::join!(
                    cannot_be_told(refresh(node, &rotated.refresh)),
                    cannot_be_told(revoke(node, &rotated.refresh)),
                    is_never_good(node, &spent.refresh),
                    is_never_good(node, &revoked.refresh),
                    never_passes(node, &revoked.access),
                );
            }
        })
        .await;

        for (node, token) in [(one, &rotated.refresh), (other, &redeemed.refresh)] {
            insist(async || refresh(node, token).await).await.is_ok();
        }
        for node in &nodes {
            assert!(!node.is_active(&revoked.access).await);
            refresh(node, &revoked.refresh).await.refused(400, "invalid_grant");
        }
        assert!(one.is_active(&rotated.access).await);
        refresh(other, &spent.refresh).await.refused(400, "invalid_grant");
        assert!(!one.is_active(&rotated.access).await, "a replay ends its grant");
        one.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
        assert!(!other.is_active(&redeemed.access).await, "a replay ends its grant");
        pair.recover().await;
    }
}

/// The limit that is documented. Who needs more keeps grants in a database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_015_what_no_replica_had_is_forgotten_in_a_failover() {
    let Some(mut pair) = Pair::start().await else { return };
    let [one, other] = nodes(&pair).await;
    let (spent, revoked) = (one.tokens().await, one.tokens().await);
    pair.replica.has_all_of(&pair.primary).await;
    pair.replica.cut_off().await;
    let rotated = Tokens::of(refresh(&one, &spent.refresh).await.is_ok());
    revoke(&one, &revoked.refresh).await.is_ok();
    refresh(&other, &revoked.refresh).await.refused(400, "invalid_grant");

    pair.fail_over(async || ()).await;
    insist(async || refresh(&other, &revoked.refresh).await).await.is_ok();
    refresh(&other, &rotated.refresh).await.refused(400, "invalid_grant");
    refresh(&other, &spent.refresh).await.is_ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_015_grants_in_sqlite_survive_a_failover_of_redis() {
    grants_survive_a_failover(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_015_grants_in_postgres_survive_a_failover_of_redis() {
    if oauth_core_tests::postgres::is_there() {
        grants_survive_a_failover(Engine::Postgres).await;
    }
}

/// Nothing but what is used once is in Redis.
async fn grants_survive_a_failover(engine: Engine) {
    let Some(mut pair) = Pair::start().await else { return };
    let replays = pair.store().await;
    let used = async |name: &str| {
        let at = Timestamp::from_unix(1_790_000_000);
        replays.first_use(&Tenant::default(), &Digest::of(name), at, at.plus(60)).await
    };
    let own = replays.clone();
    let world =
        Setup::new(Adapter::Axum, engine).server(|builder| builder.replay_store(own)).start().await;
    let (spent, revoked) = (world.tokens().await, world.tokens().await);
    assert!(used("known").await.expect("an answer"));
    pair.replica.has_all_of(&pair.primary).await;
    pair.replica.cut_off().await;
    assert!(used("unknown").await.expect("an answer"));
    let rotated = Tokens::of(refresh(&world, &spent.refresh).await.is_ok());
    revoke(&world, &revoked.refresh).await.is_ok();

    pair.fail_over(async || assert!(world.is_active(&rotated.access).await)).await;
    let first = async {
        loop {
            if let Ok(first) = used("known").await {
                return first;
            }
        }
    };
    let first = tokio::time::timeout(PATIENCE, first).await.expect("the store recovers by itself");
    assert!(!first, "what the replica had");
    assert!(used("unknown").await.expect("an answer"), "what the replica had not");
    refresh(&world, &revoked.refresh).await.refused(400, "invalid_grant");
    refresh(&world, &spent.refresh).await.refused(400, "invalid_grant");
    refresh(&world, &rotated.refresh).await.refused(400, "invalid_grant");
}
