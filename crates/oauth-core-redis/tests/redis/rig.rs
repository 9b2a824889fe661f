//! A Redis to test with, and a prefix of its own for each test.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

use oauth_core_redis::{RedisOptions, RedisStore};
use oauth_core_testkit::Service;
use redis::{Client, Cmd, FromRedisValue, aio::MultiplexedConnection, cmd};

static REDIS: Service = Service::new("Redis", "OAUTH_TEST_REDIS_URL", &["redis://127.0.0.1:6379"]);

/// The address of a server that answers, found once.
fn server() -> Option<&'static str> {
    REDIS.address(async |url| match Client::open(url) {
        Ok(client) => client.get_multiplexed_async_connection().await.is_ok(),
        Err(_) => false,
    })
}

/// Keys that go with the test.
pub(crate) struct Space {
    server: &'static str,
    prefix: String,
}

impl Space {
    /// A new one; none where there is no server.
    pub(crate) fn new() -> Option<Self> {
        Self::with("")
    }

    /// One whose prefix ends in this.
    pub(crate) fn with(end: &str) -> Option<Self> {
        let random = RandomState::new().build_hasher().finish();
        Some(Self { server: server()?, prefix: format!("oauth_test_{random:016x}{end}") })
    }

    pub(crate) fn options(&self) -> RedisOptions {
        RedisStore::options().prefix(&self.prefix)
    }

    pub(crate) async fn store(&self) -> RedisStore {
        self.options().connect(self.server).await.unwrap()
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A connection beside the store's.
    pub(crate) async fn connection(&self) -> MultiplexedConnection {
        connection(self.server).await
    }

    /// Runs a command.
    pub(crate) async fn run<T: FromRedisValue>(&self, command: &Cmd) -> T {
        command.query_async(&mut self.connection().await).await.unwrap()
    }

    /// All keys there are, in order.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut connection = self.connection().await;
        let mut keys = Vec::new();
        let mut cursor = 0_u64;
        loop {
            let mut scan = cmd("SCAN");
            // Up to the first character that is no letter, digit or underscore.
            let pattern = format!("{}*", &self.prefix[..27]);
            scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1_000);
            let (next, page): (u64, Vec<String>) = scan.query_async(&mut connection).await.unwrap();
            keys.extend(page);
            cursor = next;
            if cursor == 0 {
                keys.sort();
                keys.dedup();
                return keys;
            }
        }
    }

    async fn remove(&self) {
        let keys = self.keys().await;
        if !keys.is_empty() {
            self.run::<()>(cmd("UNLINK").arg(keys)).await;
        }
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        Service::elsewhere(async || self.remove().await);
    }
}

pub(crate) async fn connection(url: &str) -> MultiplexedConnection {
    Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// Several, one for each store that a check asks for.
pub(crate) struct Spaces(std::sync::Mutex<Vec<Space>>);

impl Spaces {
    /// None where there is no server.
    pub(crate) fn new() -> Option<Self> {
        server().map(|_| Self(std::sync::Mutex::default()))
    }

    /// A store with keys of its own.
    pub(crate) async fn fresh(&self) -> RedisStore {
        self.fresh_with(|options| options).await
    }

    pub(crate) async fn fresh_with(
        &self,
        change: impl FnOnce(RedisOptions) -> RedisOptions,
    ) -> RedisStore {
        let space = Space::new().unwrap();
        let store = change(space.options()).connect(space.server).await.unwrap();
        self.0.lock().unwrap().push(space);
        store
    }
}
