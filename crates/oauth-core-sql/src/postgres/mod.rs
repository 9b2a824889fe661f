//! The store in PostgreSQL.

mod attempt;
mod clients;
mod connections;
mod exchange;
mod grants;
mod items;
mod keys;
mod lent;
mod options;
#[cfg(test)]
mod plans;
mod purging;
mod replays;
mod statements;

use std::{fmt, time::Duration};

use oauth_core::store::StoreError;
pub use options::PostgresOptions;
use sqlx::{PgConnection, postgres::PgPool, query, query_scalar};

use self::connections::Connections;
use crate::{
    OpenError,
    schema::{self, POSTGRES_MIGRATIONS},
    statements::SCHEMA_VERSION,
};

/// Every role of a store, in PostgreSQL. Cheap to clone.
///
/// Any number of processes may work on one database: what must be decided once is decided by the
/// locks of its rows. Each verb that writes, all but the purge, is one statement, so a process that
/// dies or hangs in the middle leaves no lock behind.
///
/// For a server with TLS, switch on one of sqlx's `tls-…` features in your own `Cargo.toml`.
#[derive(Clone)]
pub struct PostgresStore {
    connections: Connections,
    acquire_timeout: Duration,
    statement_timeout: Duration,
}

impl PostgresStore {
    /// Connects, creates the tables where they are missing, and brings older ones up to date. See
    /// [`options`](Self::options) for what can be chosen.
    ///
    /// # Errors
    /// [`OpenError`] if the database does not answer, a migration fails, or the tables belong to a
    /// newer version of this crate.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::options().connect(url).await
    }

    /// Works on the application's own pool, with its connections and settings. The tables must be
    /// there: see [`migrate`](Self::migrate).
    ///
    /// Give its connections a `statement_timeout`, and `disable_statement_logging()` if you filter
    /// what is traced layer by layer: sqlx's question whether anybody listens otherwise makes
    /// tracing-subscriber 0.3 lose the next event of that thread.
    ///
    /// # Errors
    /// [`OpenError`] if the database does not answer, or the tables are missing or belong to
    /// another version of this crate.
    pub async fn from_pool(pool: PgPool) -> Result<Self, OpenError> {
        Self::options().from_pool(pool).await
    }

    /// What can be chosen before connecting, with its defaults.
    pub fn options() -> PostgresOptions {
        PostgresOptions::default()
    }

    /// Creates the tables and brings older ones up to date, in one transaction: all of it or
    /// nothing, and processes that start together wait for each other. What was run is kept in the
    /// table `_oauth_migrations`. Where there is nothing to do, it only reads.
    /// [`connect`](Self::connect) does this by itself.
    ///
    /// # Errors
    /// [`OpenError`] if a migration fails or the tables belong to a newer version of this crate.
    pub async fn migrate(pool: &PgPool) -> Result<(), OpenError> {
        let mut connection = pool.acquire().await?;
        let found = schema_version(&mut connection).await?;
        if found >= schema::VERSION {
            return schema::check(found);
        }
        drop(connection);
        let mut transaction = pool.begin_with(statements::BEGIN_MIGRATION).await?;
        for statement in [statements::TIME_TO_MIGRATE, statements::LOCK_MIGRATIONS] {
            query(statement).execute(&mut *transaction).await?;
        }
        // Somebody else may have been faster.
        let found = schema_version(&mut transaction).await?;
        if found >= schema::VERSION {
            return schema::check(found);
        }
        let migrator = schema::migrator(POSTGRES_MIGRATIONS);
        // `run` would do, but a future that awaits it is not known to be `Send`.
        let run = migrator.run_direct(None, &mut *transaction, false).await;
        run.map_err(OpenError::Migration)?;
        Ok(transaction.commit().await?)
    }

    /// Whether the store can do its work now: the database answers and can write (it is no
    /// standby), and the tables are those that this version knows. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database does not answer in time or only reads;
    /// [`StoreError::Corrupt`] if the tables are others by now.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let seen = self.attempt(async || {
            let mut connection = self.connection().await?;
            let read_only = query_scalar::<_, bool>(statements::READ_ONLY);
            let read_only = read_only.fetch_one(&mut *connection).await?;
            Ok((read_only, schema_version(&mut connection).await?))
        });
        let (read_only, version) = seen.await?;
        if read_only {
            return Err(StoreError::unavailable("the database only reads"));
        }
        schema::check(version).map_err(StoreError::corrupt)
    }
}

/// The version of the tables; 0 if there are none.
async fn schema_version(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    let has_tables = query_scalar::<_, bool>(statements::HAS_TABLES);
    if !has_tables.fetch_one(&mut *connection).await? {
        return Ok(0);
    }
    let version = query_scalar::<_, Option<i64>>(SCHEMA_VERSION);
    Ok(version.fetch_one(connection).await?.unwrap_or(0))
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.connections.pool().connect_options();
        f.debug_struct("PostgresStore")
            .field("host", &options.get_host())
            .field("port", &options.get_port())
            .field("database", &options.get_database())
            .finish_non_exhaustive()
    }
}
