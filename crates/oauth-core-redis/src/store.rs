//! The store.

use std::{fmt, sync::Arc};

use oauth_core::{
    model::{Digest, GrantId, Tenant},
    store::StoreError,
};
use quick_cache::sync::Cache;
use redis::{aio::ConnectionManager, cmd};

use crate::{OpenError, RedisOptions, link::Link, names::Names, policy};

/// Every role of a store, in Redis or Valkey. Cheap to clone.
///
/// Any number of processes may work on one server: what must be decided once is decided by a script,
/// and the server runs one script at a time.
///
/// For a server with TLS, switch on one of redis' `tokio-…-comp` features in your own `Cargo.toml`.
#[derive(Clone)]
pub struct RedisStore {
    pub(crate) link: Link,
    pub(crate) names: Arc<Names>,
    pub(crate) whose: Arc<Cache<(Tenant, Digest), GrantId>>,
    pub(crate) trusted: bool,
}

impl RedisStore {
    /// Connects to the server at `redis://[user]:[password]@host:port/[database]`, and asks whether
    /// it keeps what it is given. See [`options`](Self::options) for what can be chosen.
    ///
    /// # Errors
    /// [`OpenError`] if the server cannot be reached, or may throw keys away.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::options().connect(url).await
    }

    /// Works on the application's own connection, with its settings.
    ///
    /// Give it a response timeout; what is waited for here ends all the same. With the protocol
    /// RESP3 it notices at once that a connection is gone, without it the next call does.
    ///
    /// # Errors
    /// [`OpenError`] if the server does not answer, or may throw keys away.
    pub async fn from_connection(connection: ConnectionManager) -> Result<Self, OpenError> {
        Self::options().from_connection(connection).await
    }

    /// What can be chosen before connecting, with its defaults.
    pub fn options() -> RedisOptions {
        RedisOptions::default()
    }

    /// Whether the store can do its work now: the server answers, takes writes (it is no replica,
    /// its memory is not full) and keeps what it is given. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if one of these is not so.
    pub async fn ready(&self) -> Result<(), StoreError> {
        // A write of nothing, that is refused where any other would be.
        let mut write = cmd("SETRANGE");
        self.link.call::<()>(write.arg(self.names.nothing()).arg(0).arg("")).await?;
        if !self.trusted {
            policy::check(&self.link).await.map_err(StoreError::unavailable)?;
        }
        Ok(())
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("names", &self.names).finish_non_exhaustive()
    }
}
