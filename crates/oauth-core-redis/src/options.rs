//! What can be chosen before a store is opened.

use std::{sync::Arc, time::Duration};

use quick_cache::sync::Cache;
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo as _, ProtocolVersion,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::timeout;

#[cfg(feature = "cluster")]
use crate::cluster;
use crate::{
    OpenError, RedisStore,
    error::late,
    link::{Connection, Link},
    names::Names,
    policy,
    single::Single,
};

/// How long it is waited between two attempts to connect again, at most.
const PAUSE: Duration = Duration::from_secs(1);

/// How often it is tried to connect again before the next call is waited for.
const ATTEMPTS: usize = 600;

/// What can be chosen before a [`RedisStore`] is opened.
#[derive(Clone, Debug)]
#[must_use = "a store exists once it has been connected"]
pub struct RedisOptions {
    prefix: String,
    connection_timeout: Duration,
    response_timeout: Duration,
    trust_maxmemory_policy: bool,
    remembered: usize,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            prefix: "oauth".to_owned(),
            connection_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(2),
            trust_maxmemory_policy: false,
            remembered: 10_000,
        }
    }
}

impl RedisOptions {
    /// What all keys begin with; `oauth` unless told otherwise. Applications and environments that
    /// share a server need one each.
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How long a call waits for a connection before it is `Unavailable`; 2 seconds unless told
    /// otherwise. A connection of your own has its own.
    pub fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.connection_timeout = timeout;
        self
    }

    /// How long the server may take to answer a command before the call is `Unavailable`; 2 seconds
    /// unless told otherwise. What was given up may still happen. A call is three commands at most
    /// (but [`Revoke`](oauth_core::store::Revoke) of many grants).
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// How many items the store remembers the grant of, so that a command is saved; 10,000 unless
    /// told otherwise. What a grant allows, and whether it does, is never remembered.
    pub fn remembered(mut self, items: usize) -> Self {
        self.remembered = items;
        self
    }

    /// Takes your word that the server's `maxmemory-policy` is `noeviction`, where it forbids asking.
    /// If it is not, a spent code can be good again, and a revoked grant be forgotten together with
    /// that it was revoked.
    pub fn dangerous_trust_maxmemory_policy(mut self) -> Self {
        self.trust_maxmemory_policy = true;
        self
    }

    /// Connects to the server at `redis://[user]:[password]@host:port/[database]` or
    /// `redis+unix:///path`, and asks whether it keeps what it is given.
    ///
    /// # Errors
    /// [`OpenError`] if the server cannot be reached, or may throw keys away.
    pub async fn connect(self, url: &str) -> Result<RedisStore, OpenError> {
        let info = url.into_connection_info().map_err(OpenError::Server)?;
        // RESP3 tells at once that a connection is gone, not only the next call.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let info = info.set_redis_settings(settings);
        let client = Client::open(info).map_err(OpenError::Server)?;
        self.can_connect(&client).await?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.connection_timeout))
            .set_response_timeout(Some(self.response_timeout))
            .set_max_delay(PAUSE)
            .set_number_of_retries(ATTEMPTS);
        let single = Single::new(client, config).map_err(OpenError::Server)?;
        self.open(Connection::Single(single)).await
    }

    /// Works on the application's own connection, with its settings, and asks the server whether it
    /// keeps what it is given. If its other end goes without a word, it is up to its settings when
    /// that is noticed: give it a TCP user timeout.
    ///
    /// # Errors
    /// [`OpenError`] if the server does not answer, or may throw keys away.
    pub async fn from_connection(
        self,
        connection: ConnectionManager,
    ) -> Result<RedisStore, OpenError> {
        self.open(Connection::Single(Single::of(connection))).await
    }

    /// Connects to the cluster that these nodes belong to, and asks whether its masters keep what
    /// they are given. Nodes are asked for each other, so one that answers is enough.
    ///
    /// # Errors
    /// [`OpenError`] if no node can be reached, or a master may throw keys away.
    #[cfg(feature = "cluster")]
    pub async fn connect_cluster(self, urls: &[&str]) -> Result<RedisStore, OpenError> {
        let limit = self.connection_timeout.saturating_add(self.response_timeout);
        let connecting = cluster::connect(urls, self.connection_timeout, self.response_timeout);
        let connected = timeout(limit, connecting).await.unwrap_or_else(|_| Err(late(limit)));
        self.open(Connection::Cluster(connected.map_err(OpenError::Server)?)).await
    }

    async fn open(self, connection: Connection) -> Result<RedisStore, OpenError> {
        let link =
            Link::new(connection, self.connection_timeout.saturating_add(self.response_timeout));
        if !self.trust_maxmemory_policy {
            policy::check(&link).await?;
        }
        Ok(RedisStore {
            link,
            names: Arc::new(Names::new(&self.prefix)),
            whose: Arc::new(Cache::new(self.remembered)),
            trusted: self.trust_maxmemory_policy,
        })
    }

    /// Tries once: the manager would go on trying where a password is wrong.
    async fn can_connect(&self, client: &Client) -> Result<(), OpenError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connection_timeout))
            .set_response_timeout(Some(self.response_timeout));
        let limit = self.connection_timeout.saturating_add(self.response_timeout);
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        let connected = timeout(limit, connecting).await;
        connected.unwrap_or_else(|_| Err(late(limit))).map(drop).map_err(OpenError::Server)
    }
}
