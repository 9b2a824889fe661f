//! A server that is killed in the midst of its work, and a request that nobody waits for any more:
//! what was begun is done or not begun.
//!
//! `OAUTH_TEST_CRASH_ROUNDS` says how often the server is killed, `OAUTH_TEST_SEED` when.
#![expect(clippy::panic, clippy::print_stdout, reason = "what is wrong, and how much was tried")]

mod book;
mod dropped;
mod load;
mod process;
mod visitor;

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    time::Duration,
};

use load::Families;
use oauth_core::{model::Tenant, store::ClientRegistry as _};
use oauth_core_sql::SqliteStore;
use oauth_core_tests::clients;
use process::Process;
use visitor::Visitor;

/// The longest that a server lives under load, in microseconds.
const LIFETIME: u64 = 60_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_an_axum_server_may_be_killed_at_any_moment() {
    killed_and_started_again("axum").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_an_actix_server_may_be_killed_at_any_moment() {
    killed_and_started_again("actix-web").await;
}

async fn killed_and_started_again(adapter: &str) {
    let mut random = Splitmix(number("OAUTH_TEST_SEED").unwrap_or_else(seed));
    let rounds = number("OAUTH_TEST_CRASH_ROUNDS").unwrap_or(10);
    println!("{adapter}: OAUTH_TEST_SEED={}", random.0);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("oauth.db");
    register_clients(&path).await;

    let (mut requests, mut checks, mut unanswered, mut done) = (0, 0, 0, 0);
    let mut ended = Vec::new();
    let mut process = Process::start(adapter, &path);
    for round in 0..rounds {
        let visitor = Visitor::new(process.address);
        let mut families = Families::begin(&visitor).await;
        let load = families.start(&visitor);
        let lifetime = Duration::from_micros(random.next() % LIFETIME);
        tokio::time::sleep(lifetime).await;
        process.kill();
        families.finish(load).await;
        requests += visitor.requests();

        process = Process::start(adapter, &path);
        let visitor = Visitor::new(process.address);
        let grants = book::check(&path).await;
        println!("{adapter}, round {round}: killed after {lifetime:?}, {grants} grants");
        let checked = families.check(&visitor, &path).await;
        unanswered += checked.unanswered;
        done += checked.done;
        checks += grants + checked.sign_ins + book::check(&path).await;
        ended.extend(families.ended());
        requests += visitor.requests();
    }
    let visitor = Visitor::new(process.address);
    for token in &ended {
        assert!(!visitor.is_active(token).await, "revoked before a crash and active after it");
    }
    checks += ended.len();
    println!(
        "{adapter}: {requests} requests, {rounds} kills, {checks} checks; \
         {unanswered} requests without an answer, of which {done} had been done"
    );
}

async fn register_clients(path: &std::path::Path) {
    let store = SqliteStore::open(path).await.expect("an SQLite file");
    for client in clients::all() {
        store.register(&Tenant::default(), &client).await.expect("registered");
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Numbers that look random and follow from a seed.
struct Splitmix(u64);

impl Splitmix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
