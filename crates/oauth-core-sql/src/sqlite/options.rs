//! What can be chosen before a store is opened.

use std::{path::Path, str::FromStr as _, time::Duration};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::timeout;

use super::{
    SqliteStore,
    connection::{Source, connect},
    schema_version,
    writer::Writer,
};
use crate::{OpenError, schema};

/// How many pages of 4 KiB the log has before they are written back into the file: 1,000 is SQLite's
/// own. A page that changes often is written back less often then.
const CHECKPOINT: &str = "4000";

/// When a write counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When the disk has it (`synchronous = FULL`).
    #[default]
    Full,
    /// When the operating system has it (`synchronous = NORMAL`): several times faster. A crash of
    /// the process loses nothing. A power failure may lose the last moments: what was revoked or
    /// spent in them is live again.
    Normal,
}

/// What can be chosen before a [`SqliteStore`] is opened.
#[derive(Clone, Debug)]
#[must_use = "a store exists once it has been opened"]
pub struct SqliteOptions {
    durability: Durability,
    acquire_timeout: Duration,
    statement_timeout: Duration,
    readers: u32,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            readers: 4,
        }
    }
}

impl SqliteOptions {
    /// When a write counts as done. On a pool of your own it is the pool's setting that counts.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long a call waits for a connection or for other writers, and again for the lock of the
    /// file, before it is `Unavailable`; 2 seconds unless told otherwise.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How long the statements of a call may take before it is given up and `Unavailable`; 5 seconds
    /// unless told otherwise. It is rolled back; only when the disk does not answer the commit in time
    /// does a call end without anybody knowing whether it happened.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// How many connections read at the same time; 4 unless told otherwise. One more writes. A pool
    /// of your own has its own number.
    pub fn readers(mut self, readers: u32) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Opens the file, creates it and its tables where they are missing, and brings older tables up
    /// to date.
    ///
    /// # Errors
    /// [`OpenError`] if the file cannot be opened, a migration fails, or the tables belong to a
    /// newer version of this crate.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let path = path.as_ref();
        let options = self.connection(SqliteConnectOptions::new().filename(path));
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("wal_autocheckpoint", CHECKPOINT)
            .create_if_missing(true);
        let opened = timeout(self.acquire_timeout, connect(&options)).await;
        let mut writer = opened.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
        SqliteStore::migrate_on(&mut writer).await?;
        let options = options.create_if_missing(false);
        let readers = self.pool(self.readers, options.clone().pragma("query_only", "ON")).await?;
        self.build(Source::own(options, writer), readers, Some(path)).await
    }

    /// A database in memory, gone with the last clone of the store. For tests.
    ///
    /// # Errors
    /// [`OpenError`] if SQLite cannot open it.
    pub async fn open_in_memory(self) -> Result<SqliteStore, OpenError> {
        let options = self.connection(SqliteConnectOptions::from_str("sqlite::memory:")?);
        let pool = self.pool(1, options).await?;
        SqliteStore::migrate(&pool).await?;
        self.build(Source::Pool(pool.clone()), pool, None).await
    }

    /// Works on the application's own pool, with its connections and settings. The tables must be
    /// there: see [`SqliteStore::migrate`].
    ///
    /// # Errors
    /// [`OpenError`] if the database does not answer, or the tables are missing or belong to
    /// another version of this crate.
    pub async fn from_pool(self, pool: SqlitePool) -> Result<SqliteStore, OpenError> {
        let path = pool.connect_options().get_filename().to_owned();
        self.build(Source::Pool(pool.clone()), pool, Some(&path)).await
    }

    fn connection(&self, options: SqliteConnectOptions) -> SqliteConnectOptions {
        let synchronous = match self.durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::Normal => SqliteSynchronous::Normal,
        };
        options.synchronous(synchronous).busy_timeout(self.acquire_timeout).foreign_keys(true)
    }

    /// Connections are tested when they come back, and there is no network between: no need to test
    /// them again, or to replace them as they age.
    async fn pool(
        &self,
        size: u32,
        options: SqliteConnectOptions,
    ) -> Result<SqlitePool, sqlx::Error> {
        let pool = SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(self.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        pool.connect_with(options).await
    }

    async fn build(
        self,
        source: Source,
        readers: SqlitePool,
        path: Option<&Path>,
    ) -> Result<SqliteStore, OpenError> {
        let mut connection = readers.acquire().await?;
        schema::check(schema_version(&mut connection).await?)?;
        drop(connection);
        let Self { acquire_timeout, statement_timeout, .. } = self;
        let path = path.map(Path::to_owned);
        let writer = Writer::new(source, acquire_timeout, statement_timeout);
        Ok(SqliteStore { writer, readers, path, acquire_timeout, statement_timeout })
    }
}
