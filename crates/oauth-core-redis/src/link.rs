//! The connection, and how long it is waited for.

use std::{fmt, time::Duration};

use futures_util::future::try_join_all;
use oauth_core::store::StoreError;
use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, aio::ConnectionManager, cmd,
};
use tokio::time::timeout;

use crate::{
    error::{failed, late},
    scripts::Script,
};

/// How many grants one script revokes. More are several scripts, so that none keeps others waiting
/// for long.
pub(crate) const TOGETHER: usize = 1_000;

/// What the network may take on top of what the server may.
const NETWORK: Duration = Duration::from_millis(500);

/// A connection that all calls share. It comes back by itself; a call is never sent twice.
#[derive(Clone)]
pub(crate) struct Link {
    connection: ConnectionManager,
    limit: Duration,
}

impl Link {
    pub(crate) fn new(connection: ConnectionManager, limit: Duration) -> Self {
        Self { connection, limit: limit + NETWORK }
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

    pub(crate) async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let mut connection = self.connection.clone();
        let told = timeout(self.limit, command.query_async(&mut connection));
        told.await.unwrap_or_else(|_| Err(late(self.limit)))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("limit", &self.limit).finish_non_exhaustive()
    }
}
