//! A Redis to play on, and keys of its own for each world.
//!
//! `OAUTH_TEST_REDIS_URL` says which server; without it, the usual place on this machine is tried.
//! Where no server answers, the scenarios are left out and one line says so, unless
//! `OAUTH_TEST_REQUIRE_SERVICES=1`.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

use oauth_core_redis::RedisStore;
use oauth_core_testkit::Service;
use redis::{Client, aio::MultiplexedConnection, cmd};

static REDIS: Service = Service::new("Redis", "OAUTH_TEST_REDIS_URL", &["redis://127.0.0.1:6379"]);

/// Whether a server answers; says so once if none does.
///
/// # Panics
/// If none does and `OAUTH_TEST_REQUIRE_SERVICES` is set.
pub fn is_there() -> bool {
    server().is_some()
}

fn server() -> Option<&'static str> {
    REDIS.address(async |url| match Client::open(url) {
        Ok(client) => client.get_multiplexed_async_connection().await.is_ok(),
        Err(_) => false,
    })
}

/// Keys that go with the world.
#[derive(Debug)]
pub(crate) struct Space {
    server: &'static str,
    prefix: String,
}

impl Space {
    pub(crate) fn new() -> Self {
        let prefix = format!("oauth_test_{:016x}", RandomState::new().build_hasher().finish());
        Self { server: server().expect("a Redis server"), prefix }
    }

    pub(crate) async fn store(&self) -> RedisStore {
        let options = RedisStore::options().prefix(&self.prefix);
        options.connect(self.server).await.expect("a Redis store")
    }

    /// Everything in it.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        let mut connection = self.connection().await;
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

    async fn connection(&self) -> MultiplexedConnection {
        let client = Client::open(self.server).expect("an address");
        client.get_multiplexed_async_connection().await.expect("a connection")
    }

    async fn remove(&self) {
        let mut connection = self.connection().await;
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
