//! What can be chosen before a store is opened.

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};
use tokio::time::timeout;

use super::{PostgresStore, connections::Connections, schema_version};
use crate::{OpenError, schema};

/// How long a database is asked once more why there is no connection.
const WHY_NOT: Duration = Duration::from_millis(500);

/// What can be chosen before a [`PostgresStore`] is opened.
#[derive(Clone, Debug)]
#[must_use = "a store exists once it has been connected"]
pub struct PostgresOptions {
    connections: u32,
    acquire_timeout: Duration,
    statement_timeout: Duration,
    schema: Option<String>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 10,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            schema: None,
        }
    }
}

impl PostgresOptions {
    /// How many connections there are at most; 10 unless told otherwise. A pool of your own has its
    /// own number.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How long a call waits for a connection before it is `Unavailable`; 2 seconds unless told
    /// otherwise.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How long a statement may take before the database gives it up and the call is `Unavailable`;
    /// 5 seconds unless told otherwise. A pool of your own has its own `statement_timeout`: set one,
    /// or a call that was given up may still happen later.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// The schema of the tables, which must exist; that of the connection unless told otherwise. A
    /// pool of your own has its own `search_path`.
    pub fn schema(mut self, schema: &str) -> Self {
        self.schema = Some(schema.to_owned());
        self
    }

    /// Connects, creates the tables where they are missing, and brings older ones up to date.
    ///
    /// # Errors
    /// [`OpenError`] if the database does not answer, a migration fails, or the tables belong to a
    /// newer version of this crate.
    pub async fn connect(self, url: &str) -> Result<PostgresStore, OpenError> {
        let milliseconds = self.statement_timeout.as_millis().max(1);
        let mut options = PgConnectOptions::from_str(url)?
            .options([("statement_timeout", milliseconds.to_string())])
            // sqlx asks whether anybody listens on the thread that traces other things, too, and
            // tracing-subscriber's filters for each layer remember the answer: the next event of
            // that thread, such as a replay that was detected, would get lost.
            .disable_statement_logging();
        if let Some(schema) = &self.schema {
            let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
            options = options.options([("search_path", quoted)]);
        }
        let pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(self.acquire_timeout);
        let opened = Connections::tested_after_a_rest(pool).connect_with(options.clone()).await;
        let pool = match opened {
            Err(sqlx::Error::PoolTimedOut) => return Err(self.why_not(&options).await),
            other => other?,
        };
        PostgresStore::migrate(&pool).await?;
        self.build(Connections::own(pool)).await
    }

    /// Why there is no connection: the pool, which tries again for a while, says only that its time was
    /// over.
    async fn why_not(&self, options: &PgConnectOptions) -> OpenError {
        let trying = timeout(WHY_NOT, PgConnection::connect_with(options));
        match trying.await {
            Ok(Err(error)) => error.into(),
            Ok(Ok(_)) | Err(_) => sqlx::Error::PoolTimedOut.into(),
        }
    }

    /// Works on the application's own pool, with its connections and settings. The tables must be
    /// there: see [`PostgresStore::migrate`].
    ///
    /// # Errors
    /// [`OpenError`] if the database does not answer, or the tables are missing or belong to
    /// another version of this crate.
    pub async fn from_pool(self, pool: PgPool) -> Result<PostgresStore, OpenError> {
        self.build(Connections::of_application(pool)).await
    }

    async fn build(self, connections: Connections) -> Result<PostgresStore, OpenError> {
        let Self { acquire_timeout, statement_timeout, .. } = self;
        schema::check(
            schema_version(&mut *connections.take(self.statement_timeout).await?).await?,
        )?;
        Ok(PostgresStore { connections, acquire_timeout, statement_timeout })
    }
}
