//! A server or a database that is killed in the midst of its work, and a request that nobody waits
//! for any more: what was begun is done or not begun. A Redis that fails over to its replica.
//!
//! `OAUTH_TEST_CRASH_ROUNDS` says how often is killed, `OAUTH_TEST_SEED` when.
#![cfg(unix)]
#![expect(clippy::panic, clippy::print_stdout, reason = "what is wrong, and how much was tried")]

mod address;
mod database;
mod dropped;
mod failover;
mod load;
mod postgres;
mod process;
mod redis;
mod replication;
mod visitor;

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    time::Duration,
};

use database::Database;
use load::Families;
use oauth_core::model::Tenant;
use oauth_core_tests::{Book, Engine, Place, clients, place};
use postgres::Postgres;
use process::Process;
use redis::Redis;
use visitor::Visitor;

/// The longest that a victim lives under load, in microseconds.
const LIFETIME: u64 = 60_000;

/// Two on axum and one on actix-web.
const THREE: [&str; 3] = ["axum", "axum", "actix-web"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_an_axum_server_may_be_killed_at_any_moment() {
    a_server_on_a_file_is_killed("axum").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_an_actix_server_may_be_killed_at_any_moment() {
    a_server_on_a_file_is_killed("actix-web").await;
}

async fn a_server_on_a_file_is_killed(adapter: &str) {
    let place = Place::new(Engine::Sqlite).await;
    let scene = Scene { title: adapter, adapters: &[adapter], url: place.url(), rounds: 10 };
    scene.play(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_one_of_three_servers_over_postgres_may_be_killed_at_any_moment() {
    if oauth_core_tests::postgres::is_there() {
        one_of_three_is_killed("one of three over PostgreSQL", Engine::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_one_of_three_servers_over_redis_may_be_killed_at_any_moment() {
    if oauth_core_tests::redis::is_there() {
        one_of_three_is_killed("one of three over Redis", Engine::Redis).await;
    }
}

async fn one_of_three_is_killed(title: &str, engine: Engine) {
    let place = Place::new(engine).await;
    Scene { title, adapters: &THREE, url: place.url(), rounds: 5 }.play(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_postgres_may_be_killed_at_any_moment() {
    if let Some(server) = Postgres::create().await {
        the_database_is_killed("PostgreSQL under three", Database::Postgres(server)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sto_004_redis_may_be_killed_at_any_moment() {
    if let Some(server) = Redis::create().await {
        the_database_is_killed("Redis under three", Database::Redis(server)).await;
    }
}

async fn the_database_is_killed(title: &str, database: Database) {
    let scene = Scene { title, adapters: &THREE, url: database.url(), rounds: 4 };
    scene.play(Some(database)).await;
}

/// Servers over one store.
struct Scene<'a> {
    title: &'a str,
    adapters: &'a [&'a str],
    url: String,
    /// How often, unless told otherwise.
    rounds: u64,
}

impl Scene<'_> {
    /// Kills the database, or one of the servers, over and over again.
    async fn play(self, mut database: Option<Database>) {
        let Self { title, adapters, url, rounds } = self;
        let rounds = number("OAUTH_TEST_CRASH_ROUNDS").unwrap_or(rounds);
        let book = Book::of(&url);
        let mut random = Splitmix(number("OAUTH_TEST_SEED").unwrap_or_else(seed));
        println!("{title}: OAUTH_TEST_SEED={}", random.0);
        register_clients(&url).await;
        let start = |adapter: &&str| Process::start(adapter, &url);
        let mut servers: Vec<_> = adapters.iter().map(start).collect();

        let (mut requests, mut checks, mut unanswered, mut done) = (0, 0, 0, 0);
        let mut unavailable = 0;
        let mut ended = Vec::new();
        for round in 0..rounds {
            let visitor = Visitor::new(servers.iter().map(|server| server.address));
            let mut families = Families::begin(&visitor).await;
            let load = families.start(&visitor);
            let lifetime = Duration::from_micros(random.next() % LIFETIME);
            tokio::time::sleep(lifetime).await;
            if let Some(database) = &mut database {
                database.crash().await;
                visitor.stop();
                families.finish(load).await;
                visitor.everything_works().await;
            } else {
                let victim = random.next() as usize % servers.len();
                drop(servers.remove(victim));
                // The others go on.
                tokio::time::sleep(lifetime).await;
                visitor.stop();
                families.finish(load).await;
                assert_eq!(visitor.unavailable(), 0, "the store was there all the time");
                servers.insert(victim, start(&adapters[victim]));
            }
            requests += visitor.requests();
            unavailable += visitor.unavailable();

            let visitor = Visitor::new(servers.iter().map(|server| server.address));
            let grants = book.check().await;
            println!("{title}, round {round}: killed after {lifetime:?}, {grants} grants");
            let checked = families.check(&visitor, &book).await;
            unanswered += checked.unanswered;
            done += checked.done;
            checks += grants + checked.sign_ins + book.check().await;
            ended.extend(families.ended());
            requests += visitor.requests();
        }
        let visitor = Visitor::new(servers.iter().map(|server| server.address));
        for token in &ended {
            assert!(!visitor.is_active(token).await, "revoked before a crash and active after it");
        }
        checks += ended.len();
        println!(
            "{title}: {requests} requests, {rounds} kills, {checks} checks; {unanswered} requests \
             without an answer or with 503 ({unavailable}), of which {done} had been done"
        );
    }
}

async fn register_clients(url: &str) {
    let store = place::open(url).await;
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
