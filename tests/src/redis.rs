//! A Redis to play on, and keys of its own for each world.
//!
//! `OAUTH_TEST_REDIS_URL` says which server; without it, the usual place on this machine is tried.
//! Where no server answers, the scenarios are left out and one line says so, unless
//! `OAUTH_TEST_REQUIRE_SERVICES=1`.

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    hash::{BuildHasher as _, Hasher as _},
    time::Duration,
};

use oauth_core_redis::{RedisOptions, RedisStore};
use oauth_core_testkit::Service;
use redis::{Client, aio::MultiplexedConnection, cmd};

/// How long a call waits for a connection, and for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

static REDIS: Service = Service::new("Redis", "OAUTH_TEST_REDIS_URL", &["redis://127.0.0.1:6379"]);

/// Whether a server answers; says so once if none does.
///
/// # Panics
/// If none does and `OAUTH_TEST_REQUIRE_SERVICES` is set.
pub fn is_there() -> bool {
    server().is_some()
}

fn server() -> Option<&'static str> {
    REDIS.address(async |url| answers(url).await)
}

/// A store with patience, as tests may run on a slow machine.
pub(crate) async fn open(url: &str) -> RedisStore {
    let options = RedisStore::options().connection_timeout(PATIENCE).response_timeout(PATIENCE);
    open_with(options, url).await
}

/// A store at an address that has behind a `#` what its keys begin with.
pub async fn open_with(options: RedisOptions, url: &str) -> RedisStore {
    let (server, prefix) = parts(url);
    options.prefix(prefix).connect(server).await.expect("a Redis store")
}

/// Whether a server answers there.
pub async fn answers(url: &str) -> bool {
    let Ok(client) = Client::open(parts(url).0) else { return false };
    let Ok(mut connection) = client.get_multiplexed_async_connection().await else { return false };
    cmd("PING").query_async::<()>(&mut connection).await.is_ok()
}

/// The facts and the state of every item, grant by grant.
pub(crate) async fn grants(url: &str) -> Vec<Vec<(String, String)>> {
    let (server, prefix) = parts(url);
    let mut connection = connection(server).await;
    let mut grants = Vec::new();
    for key in keys(&mut connection, &format!("{prefix}:grant")).await {
        let fields = cmd("HGETALL").arg(&key).query_async(&mut connection).await;
        let fields: BTreeMap<String, String> = fields.expect("a grant");
        let items = fields.iter().filter_map(|(name, facts)| {
            let state = fields.get(&format!("s{}", name.strip_prefix('a')?)).expect("a state");
            Some((facts.clone(), state.clone()))
        });
        grants.push(items.collect());
    }
    grants
}

fn parts(url: &str) -> (&str, &str) {
    url.split_once('#').unwrap_or((url, "oauth"))
}

async fn connection(server: &str) -> MultiplexedConnection {
    let client = Client::open(server).expect("an address");
    client.get_multiplexed_async_connection().await.expect("a connection")
}

/// Keys that are gone when this is.
#[derive(Debug)]
pub struct Space {
    server: &'static str,
    prefix: String,
}

impl Space {
    /// No keys yet.
    ///
    /// # Panics
    /// If there is no server.
    pub(crate) fn new() -> Self {
        let prefix = format!("oauth_test_{:016x}", RandomState::new().build_hasher().finish());
        Self { server: server().expect("a Redis server"), prefix }
    }

    /// Its address, with what the keys begin with.
    pub fn url(&self) -> String {
        format!("{}#{}", self.server, self.prefix)
    }

    /// Everything in it.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        let mut connection = connection(self.server).await;
        let mut dump = Vec::new();
        for key in keys(&mut connection, &self.prefix).await {
            let kind = cmd("TYPE").arg(&key).query_async::<String>(&mut connection).await;
            let read = match kind.expect("a type").as_str() {
                "hash" => cmd("HGETALL").arg(&key).to_owned(),
                "zset" => cmd("ZRANGE").arg(&key).arg(0).arg(-1).to_owned(),
                _ => cmd("MGET").arg(&key).to_owned(),
            };
            let values = read.query_async::<Vec<Vec<u8>>>(&mut connection).await;
            dump.extend_from_slice(key.as_bytes());
            dump.extend(values.expect("values").concat());
        }
        dump
    }

    async fn remove(&self) {
        let mut connection = connection(self.server).await;
        let keys = keys(&mut connection, &self.prefix).await;
        for keys in keys.chunks(1_000) {
            cmd("UNLINK").arg(keys).query_async::<()>(&mut connection).await.expect("removed");
        }
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        Service::elsewhere(async || self.remove().await);
    }
}

async fn keys(connection: &mut MultiplexedConnection, prefix: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut cursor = 0_u64;
    loop {
        let mut scan = cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(format!("{prefix}:*")).arg("COUNT").arg(1_000);
        let page = scan.query_async::<(u64, Vec<String>)>(connection).await;
        let (next, page) = page.expect("keys");
        keys.extend(page);
        cursor = next;
        if cursor == 0 {
            keys.sort();
            keys.dedup();
            return keys;
        }
    }
}
