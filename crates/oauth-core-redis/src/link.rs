//! The connection, and how long it is waited for.

use std::{fmt, time::Duration};

use futures_util::future::try_join_all;
use oauth_core::store::StoreError;
use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value, cmd, from_redis_value,
};
use tokio::time::timeout;

#[cfg(feature = "cluster")]
use crate::cluster::{self, ClusterConnection};
use crate::{
    error::{failed, late},
    scripts::Script,
    single::Single,
};

/// What the network may take on top of what the server may.
const NETWORK: Duration = Duration::from_millis(500);

/// To one server, or to a cluster. All calls share it.
#[derive(Clone)]
pub(crate) enum Connection {
    Single(Single),
    #[cfg(feature = "cluster")]
    Cluster(ClusterConnection),
}

/// A connection that comes back by itself. What may have run is never sent twice.
#[derive(Clone)]
pub(crate) struct Link {
    connection: Connection,
    limit: Duration,
}

impl Link {
    pub(crate) fn new(connection: Connection, limit: Duration) -> Self {
        Self { connection, limit: limit.saturating_add(NETWORK) }
    }

    /// How many grants one script may touch. More are several scripts, so that none keeps others
    /// waiting for long; in a cluster each grant has a slot of its own.
    pub(crate) fn together(&self) -> usize {
        match self.connection {
            Connection::Single(_) => 1_000,
            #[cfg(feature = "cluster")]
            Connection::Cluster(_) => 1,
        }
    }

    /// Sends a command.
    pub(crate) async fn call<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.send(command).await.map_err(failed)
    }

    /// Sends commands side by side.
    pub(crate) async fn call_all<T: FromRedisValue>(
        &self,
        commands: &[Cmd],
    ) -> Result<Vec<T>, StoreError> {
        try_join_all(commands.iter().map(|command| self.call(command))).await
    }

    /// Runs a script; with its text if the server does not know it, which it says before it runs
    /// anything.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        arguments: &[String],
    ) -> Result<T, StoreError> {
        let command = |how, script: &str| {
            let mut command = cmd(how);
            command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
            command
        };
        match self.send(&command("EVALSHA", &script.hash)).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.call(&command("EVAL", &script.text)).await
            }
            told => told.map_err(failed),
        }
    }

    /// Sends a command to every master, and returns what each said.
    pub(crate) async fn everywhere(&self, command: &Cmd) -> Result<Vec<Value>, RedisError> {
        match &self.connection {
            Connection::Single(_) => Ok(vec![self.send(command).await?]),
            #[cfg(feature = "cluster")]
            Connection::Cluster(connection) => {
                self.bounded(cluster::everywhere(connection.clone(), command)).await
            }
        }
    }

    async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let sending = async {
            match self.connection.clone() {
                Connection::Single(connection) => connection.send(command).await,
                #[cfg(feature = "cluster")]
                Connection::Cluster(connection) => cluster::send(connection, command).await,
            }
        };
        Ok(from_redis_value(self.bounded(sending).await?)?)
    }

    async fn bounded<T>(
        &self,
        call: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, RedisError> {
        timeout(self.limit, call).await.unwrap_or_else(|_| Err(late(self.limit)))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("limit", &self.limit).finish_non_exhaustive()
    }
}
