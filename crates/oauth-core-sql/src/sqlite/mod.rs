//! The store in an SQLite file.

mod clients;
mod connection;
mod exchange;
mod grants;
mod items;
mod keys;
mod options;
mod piece;
mod replays;
mod statements;
mod transaction;
mod values;
mod verb;
mod verbs;
mod writer;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use oauth_core::store::StoreError;
pub use options::{Durability, SqliteOptions};
use sqlx::{Connection as _, Sqlite, SqliteConnection, pool::PoolConnection, sqlite::SqlitePool};
use tokio::time::timeout;
use values::Values;
use writer::Writer;

use crate::{
    OpenError,
    error::{failed, late},
    schema::{self, SQLITE_MIGRATIONS},
};

/// Every role of a store, in one SQLite file. Cheap to clone.
///
/// Writers wait for each other, within the process in a queue and between processes at the lock of
/// the file; those who wait in the queue are written in one transaction. Readers wait for nobody
/// (write-ahead log). Several processes may open one file on one
/// machine; a network file system will not do.
#[derive(Clone)]
pub struct SqliteStore {
    writer: Arc<Writer>,
    readers: SqlitePool,
    path: Option<PathBuf>,
    acquire_timeout: Duration,
    statement_timeout: Duration,
}

impl SqliteStore {
    /// Opens the file, creates it and its tables where they are missing, and brings older tables up
    /// to date. See [`options`](Self::options) for what can be chosen.
    ///
    /// # Errors
    /// [`OpenError`] if the file cannot be opened, a migration fails, or the tables belong to a
    /// newer version of this crate.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options().open(path).await
    }

    /// A database in memory, gone with the last clone of the store. For tests.
    ///
    /// # Errors
    /// [`OpenError`] if SQLite cannot open it.
    pub async fn open_in_memory() -> Result<Self, OpenError> {
        Self::options().open_in_memory().await
    }

    /// Works on the application's own pool, with its connections and settings. The tables must be
    /// there: see [`migrate`](Self::migrate).
    ///
    /// # Errors
    /// [`OpenError`] if the database does not answer, or the tables are missing or belong to
    /// another version of this crate.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, OpenError> {
        Self::options().from_pool(pool).await
    }

    /// What can be chosen before opening, with its defaults.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    /// Creates the tables and brings older ones up to date, in one transaction: all of it or
    /// nothing, and processes that start together wait for each other. What was run is kept in the
    /// table `_oauth_migrations`. [`open`](Self::open) does this by itself.
    ///
    /// # Errors
    /// [`OpenError`] if a migration fails or the tables belong to a newer version of this crate.
    pub async fn migrate(pool: &SqlitePool) -> Result<(), OpenError> {
        Self::migrate_on(&mut *pool.acquire().await?).await
    }

    async fn migrate_on(connection: &mut SqliteConnection) -> Result<(), OpenError> {
        let found = schema_version(connection).await?;
        if found >= schema::VERSION {
            return schema::check(found);
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        // Somebody else may have been faster.
        let found = schema_version(&mut transaction).await?;
        if found >= schema::VERSION {
            return schema::check(found);
        }
        let migrator = schema::migrator(SQLITE_MIGRATIONS);
        // `run` would do, but a future that awaits it is not known to be `Send`.
        let run = migrator.run_direct(None, &mut *transaction, false).await;
        run.map_err(OpenError::Migration)?;
        Ok(transaction.commit().await?)
    }

    /// Whether the store can do its work now: a read and a write transaction can be begun, and the
    /// tables are those that this version knows. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database does not answer in time;
    /// [`StoreError::Corrupt`] if the tables are others by now.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.writer.run(&verbs::CHANGE_NOTHING, Values::new()).await?;
        let version = self.in_time(async {
            let mut reader = self.reader().await?;
            schema_version(&mut reader).await.map_err(failed)
        });
        schema::check(version.await?).map_err(StoreError::corrupt)
    }
}

impl SqliteStore {
    /// A connection to read with. Each statement sees one state of the database.
    async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let limit = self.acquire_timeout;
        let acquired = timeout(limit, self.readers.acquire()).await;
        acquired.map_or_else(|_| Err(late(limit, "a connection")), |done| done.map_err(failed))
    }

    /// Does the work of a verb that reads, or gives it up.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.statement_timeout;
        timeout(limit, work).await.unwrap_or_else(|_| Err(late(limit, "the statements")))
    }
}

/// The version of the tables; 0 if there are none.
async fn schema_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    const TABLE: &str =
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'oauth_schema'";
    if sqlx::query(TABLE).fetch_optional(&mut *connection).await?.is_none() {
        return Ok(0);
    }
    let version = sqlx::query_scalar::<_, Option<i64>>(crate::statements::SCHEMA_VERSION);
    Ok(version.fetch_one(connection).await?.unwrap_or(0))
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}
