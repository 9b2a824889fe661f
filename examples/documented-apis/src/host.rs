//! What the systems have in common: where they are reached, and where they keep things.

use std::{collections::HashMap, fmt, path::PathBuf, str::FromStr, sync::Arc};

use oauth_core::{
    AuthorizationServer,
    model::{Client, Tenant},
    server::ServerBuilder,
    store::{ClientRegistry, GrantStore, MemoryStore, StoreError},
};
use oauth_core_sql::SqliteStore;

use crate::Failure;

/// Every role that a system's store plays.
pub trait Store: GrantStore + ClientRegistry {}

impl<T: GrantStore + ClientRegistry> Store for T {}

/// Where clients and grants are kept.
#[derive(Clone, Debug)]
pub enum Keep {
    /// In memory.
    InMemory,
    /// In SQLite files in this directory, one for each system.
    InSqlite(PathBuf),
    /// In stores of your own, by the names of the systems.
    Elsewhere(HashMap<&'static str, Arc<dyn Store>>),
}

impl FromStr for Keep {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::InMemory),
            Some(("sqlite", directory)) if !directory.is_empty() => {
                Ok(Self::InSqlite(directory.into()))
            }
            _ => Err("a store is `memory` or `sqlite:DIRECTORY`"),
        }
    }
}

/// The names of the systems that [`Systems`](crate::Systems) are.
pub const SYSTEMS: [&str; 4] = ["api_keys", "cutwise", "rest_api", "workspaces"];

type Change = Box<dyn Fn(ServerBuilder) -> ServerBuilder + Send + Sync>;

/// Where the systems are reached, and where they keep things.
pub struct Host {
    origin: String,
    keep: Keep,
    change: Change,
}

impl Host {
    /// Systems at this origin: `http://127.0.0.1:4400`.
    pub fn new(origin: impl Into<String>, keep: Keep) -> Self {
        Self { origin: origin.into(), keep, change: Box::new(|builder| builder) }
    }

    /// Builds every server differently: with another clock, for example.
    #[must_use]
    pub fn servers(
        mut self,
        change: impl Fn(ServerBuilder) -> ServerBuilder + Send + Sync + 'static,
    ) -> Self {
        self.change = Box::new(change);
        self
    }

    /// The store of a system.
    pub(crate) async fn store(&self, system: &str) -> Result<Arc<dyn Store>, Failure> {
        Ok(match &self.keep {
            Keep::InMemory => Arc::new(MemoryStore::new()),
            Keep::InSqlite(directory) => {
                Arc::new(SqliteStore::open(directory.join(format!("{system}.db"))).await?)
            }
            Keep::Elsewhere(stores) => {
                Arc::clone(stores.get(system).ok_or_else(|| format!("no store for {system}"))?)
            }
        })
    }

    /// Begins a server whose issuer is at this path.
    pub(crate) fn builder(&self, path: &str, store: &Arc<dyn Store>) -> ServerBuilder {
        let issuer = format!("{}{path}", self.origin);
        let (grants, clients) = (Arc::clone(store), Arc::clone(store));
        (self.change)(AuthorizationServer::builder(issuer, grants, clients))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({}, {:?})", self.origin, self.keep)
    }
}

/// Registers a client, unless it is registered already.
pub(crate) async fn register(
    store: &Arc<dyn Store>,
    tenant: &Tenant,
    client: &Client,
) -> Result<(), StoreError> {
    match store.register(tenant, client).await {
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}
