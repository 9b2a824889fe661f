//! Three nodes of the test's own, each a master of a third of the slots.

use std::{
    io::Write as _,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use oauth_core::{
    model::{Client, Subject},
    store::{ClientRegistry as _, Exchange, GrantStore as _, Revoke, StoreError},
};
use oauth_core_redis::{OpenError, RedisStore};
use oauth_core_testkit::store_contract as contract;
use redis::{Cmd, FromRedisValue, cmd};
use tempfile::TempDir;
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    fixtures::{NOW, ONCE, access, code, grant, issue_code, key, tenant},
    rig::connection,
};

const NODES: usize = 3;
const SLOTS: [(u16, u16); NODES] = [(0, 5_460), (5_461, 10_922), (10_923, 16_383)];

struct Cluster {
    children: Vec<Child>,
    ports: Vec<u16>,
    _directories: Vec<TempDir>,
}

impl Cluster {
    /// None where the program is not installed.
    async fn start() -> Option<Self> {
        // All are taken at the same time, so that they are different.
        let taken: Vec<_> =
            (0..2 * NODES).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<_> = taken.iter().map(|own| own.local_addr().unwrap().port()).collect();
        drop(taken);
        let (ports, buses) = ports.split_at(NODES);
        let mut cluster =
            Self { children: Vec::new(), ports: ports.to_vec(), _directories: Vec::new() };
        for (port, bus) in ports.iter().zip(buses) {
            let directory = tempfile::tempdir().unwrap();
            let mut command = Command::new("redis-server");
            command.args(["--cluster-enabled", "yes", "--save", "", "--bind", "127.0.0.1"]);
            command.args(["--port", &port.to_string(), "--cluster-port", &bus.to_string()]);
            command.current_dir(directory.path()).stdout(Stdio::null()).stderr(Stdio::null());
            let Ok(child) = command.spawn() else {
                let line = "tests with a cluster left out: there is no redis-server";
                assert!(std::env::var_os("OAUTH_TEST_REQUIRE_SERVICES").is_none(), "{line}");
                std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
                return None;
            };
            cluster.children.push(child);
            cluster._directories.push(directory);
        }
        for (node, (first, last)) in SLOTS.into_iter().enumerate() {
            cluster.answers(node, cmd("PING").to_owned(), "PONG").await;
            let own = cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(first).arg(last).to_owned();
            cluster.run::<()>(node, &own).await;
            let epoch = cmd("CLUSTER").arg("SET-CONFIG-EPOCH").arg(node + 1).to_owned();
            cluster.run::<()>(node, &epoch).await;
        }
        for (port, bus) in ports.iter().zip(buses).skip(1) {
            let meet = cmd("CLUSTER").arg("MEET").arg("127.0.0.1").arg(port).arg(bus).to_owned();
            cluster.run::<()>(0, &meet).await;
        }
        for node in 0..NODES {
            let info = cmd("CLUSTER").arg("INFO").to_owned();
            cluster.answers(node, info.clone(), "cluster_state:ok").await;
            cluster.answers(node, info, "cluster_known_nodes:3").await;
        }
        Some(cluster)
    }

    fn url(&self, node: usize) -> String {
        format!("redis://127.0.0.1:{}", self.ports[node])
    }

    async fn store(&self) -> RedisStore {
        let options = RedisStore::options().response_timeout(Duration::from_secs(5));
        options.connect_cluster(&[&self.url(1)]).await.unwrap()
    }

    async fn run<T: FromRedisValue>(&self, node: usize, command: &Cmd) -> T {
        command.query_async(&mut connection(&self.url(node)).await).await.unwrap()
    }

    async fn answers(&self, node: usize, command: Cmd, expected: &str) {
        for _ in 0..1_000 {
            let client = redis::Client::open(self.url(node)).unwrap();
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await {
                let told = command.query_async::<String>(&mut connection).await;
                if told.is_ok_and(|told| told.contains(expected)) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("node {node} never says {expected}");
    }

    /// Moves a slot with everything in it to another node, slowly.
    async fn move_slot(&self, slot: u16, from: usize, to: usize) {
        let ids: [String; 2] = [
            self.run(from, cmd("CLUSTER").arg("MYID")).await,
            self.run(to, cmd("CLUSTER").arg("MYID")).await,
        ];
        let set = |what: &str, id: &str| {
            cmd("CLUSTER").arg("SETSLOT").arg(slot).arg(what).arg(id).to_owned()
        };
        self.run::<()>(to, &set("IMPORTING", &ids[0])).await;
        self.run::<()>(from, &set("MIGRATING", &ids[1])).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let keys = cmd("CLUSTER").arg("GETKEYSINSLOT").arg(slot).arg(1_000).to_owned();
        let keys: Vec<String> = self.run(from, &keys).await;
        for key in keys {
            let mut migrate = cmd("MIGRATE");
            migrate.arg("127.0.0.1").arg(self.ports[to]).arg(key).arg(0).arg(5_000);
            self.run::<()>(from, &migrate).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for node in [to, from] {
            self.run::<()>(node, &set("NODE", &ids[1])).await;
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _killed = child.kill();
            let _ended = child.wait();
        }
    }
}

/// Every check of the contract of grants but that of a dropped revocation: of many grants, some may
/// be over then.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_keeps_the_contract() {
    let Some(cluster) = Cluster::start().await else { return };
    let mut number = 0;
    macro_rules! keeps {
        ($($check:ident),+ $(,)?) => {$({
            number += 1;
            let options = RedisStore::options().prefix(&format!("{number}"));
            contract::$check(options.connect_cluster(&[&cluster.url(0)]).await.unwrap()).await;
        })+};
    }
    keeps!(
        every_field_comes_back,
        an_unknown_key_is_absent,
        a_taken_key_is_a_conflict,
        an_exchange_spends_and_adds,
        an_exchange_says_why_not,
        a_conflict_leaves_the_key_unspent,
        keeping_moves_the_expiry,
        a_used_successor_wipes_the_nonce,
        a_retry_is_bounded,
        a_revoked_token_has_no_retry,
        revoking_ends_what_it_names,
        revoking_one_token_spares_the_others,
        grants_are_listed_newest_first,
        tenants_are_apart,
        hostile_strings_come_back,
        similar_strings_are_different,
        a_store_that_forgets_purges_nothing,
        one_of_many_racers_wins,
        retries_are_bounded_among_racers,
        revocation_beats_rotation,
        a_dropped_issue_is_all_or_nothing,
        a_dropped_exchange_is_all_or_nothing,
        a_client_comes_back,
        a_registered_identifier_is_taken,
        clients_are_listed_in_pages,
        clients_are_removed,
        clients_are_replaced,
        a_changed_client_is_not_replaced,
        one_of_many_replaces_a_client,
        clients_of_tenants_are_apart,
        hostile_client_names_come_back,
        removing_a_client_removes_its_grants,
        unused_clients_are_removed,
        used_clients_are_in_nobodys_way,
        a_key_is_first_used_once,
        one_of_many_is_first,
        keys_are_forgotten_in_time,
        keys_are_a_chain,
        a_taken_kid_is_a_conflict,
        keys_are_removed,
        keys_of_tenants_are_apart,
        one_of_many_makes_the_key,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_014_a_cluster_with_one_master_that_evicts_is_refused() {
    let Some(cluster) = Cluster::start().await else { return };
    let store = cluster.store().await;
    store.ready().await.unwrap();
    let set = cmd("CONFIG").arg("SET").arg("maxmemory-policy").arg("allkeys-lru").to_owned();
    cluster.run::<()>(2, &set).await;
    let told = store.ready().await;
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    let refused = RedisStore::options().connect_cluster(&[&cluster.url(0)]).await.unwrap_err();
    assert!(matches!(refused, OpenError::Evicts { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_are_spread_and_ended_together() {
    let Some(cluster) = Cluster::start().await else { return };
    let store = cluster.store().await;
    store.ready().await.unwrap();
    let client = Client::public("client").redirect_uri("https://client.example/cb").build();
    store.register(&tenant(), &client.unwrap()).await.unwrap();
    for number in 0..60 {
        issue_code(&store, &format!("code {number}")).await;
    }
    for node in 0..NODES {
        let keys: u32 = cluster.run(node, &cmd("DBSIZE")).await;
        assert!(keys > 20, "node {node} has {keys}");
    }
    let subject = Subject::from("subject");
    assert_eq!(store.grants(&tenant(), &subject, NOW).await.unwrap().len(), 60);
    assert_eq!(store.revoke(&tenant(), &Revoke::Subject(subject), NOW).await.unwrap(), 60);
    for number in 0..60 {
        let told =
            store.exchange(&tenant(), &key(&format!("code {number}")), &ONCE, &[], NOW).await;
        assert_eq!(told.unwrap(), Exchange::Revoked);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rac_017_a_code_is_redeemed_once_while_its_slot_moves() {
    const RACERS: usize = 100;
    let Some(cluster) = Cluster::start().await else { return };
    let stores = [cluster.store().await, cluster.store().await];
    for round in 0..4 {
        let name = format!("code {round}");
        let grant = grant(&name);
        stores[0].issue(&tenant(), &grant, &[code(&name, &grant)]).await.unwrap();
        let slot = cmd("CLUSTER").arg("KEYSLOT").arg(format!("{{/{}}}", grant.id)).to_owned();
        let slot: u16 = cluster.run(0, &slot).await;
        let from = SLOTS.iter().position(|(first, last)| (*first..=*last).contains(&slot)).unwrap();
        let barrier = Arc::new(Barrier::new(RACERS + 1));
        let mut racing = JoinSet::new();
        for racer in 0..RACERS {
            let (store, barrier) = (stores[racer % 2].clone(), Arc::clone(&barrier));
            let (key, traded) = (key(&name), [access(&format!("{name} {racer}"), &grant)]);
            racing.spawn(async move {
                barrier.wait().await;
                tokio::time::sleep(Duration::from_millis(racer as u64)).await;
                let told = store.exchange(&tenant(), &key, &ONCE, &traded, NOW).await;
                (traded[0].key, told)
            });
        }
        barrier.wait().await;
        cluster.move_slot(slot, from, (from + 1) % NODES).await;
        let mut winners = 0;
        for (traded, told) in racing.join_all().await {
            let told = told.unwrap();
            assert!(matches!(told, Exchange::Done | Exchange::AlreadySpent), "{told:?}");
            winners += u32::from(told == Exchange::Done);
            let found = stores[0].find(&tenant(), &traded).await.unwrap();
            assert_eq!(found.is_some(), told == Exchange::Done);
        }
        assert_eq!(winners, 1, "of {RACERS} in round {round}");
    }
}
