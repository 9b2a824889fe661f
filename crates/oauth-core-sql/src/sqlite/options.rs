//! What can be chosen before a store is opened.

use std::{path::Path, str::FromStr as _, time::Duration};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::{sleep, timeout};

use super::{SqliteStore, schema_version};
use crate::{OpenError, error::is_busy, schema};

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

    /// How long a call waits for a connection and for the lock of the file before it is
    /// `Unavailable`; 2 seconds unless told otherwise.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How long a call may take before it is rolled back and `Unavailable`; 5 seconds unless told
    /// otherwise. The commit has the same time again: only when the disk does not answer within it
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
        let options = options.journal_mode(SqliteJournalMode::Wal).create_if_missing(true);
        let writer = self.connect(1, &options).await?;
        SqliteStore::migrate(&writer).await?;
        let readers = options.create_if_missing(false).pragma("query_only", "ON");
        let readers = self.connect(self.readers, &readers).await?;
        self.build(writer, readers, Some(path)).await
    }

    /// A database in memory, gone with the last clone of the store. For tests.
    ///
    /// # Errors
    /// [`OpenError`] if SQLite cannot open it.
    pub async fn open_in_memory(self) -> Result<SqliteStore, OpenError> {
        let options = self.connection(SqliteConnectOptions::from_str("sqlite::memory:")?);
        let pool = self.connect(1, &options).await?;
        SqliteStore::migrate(&pool).await?;
        self.build(pool.clone(), pool, None).await
    }

    /// Works on the application's own pool, with its connections and settings. The tables must be
    /// there: see [`SqliteStore::migrate`].
    ///
    /// # Errors
    /// [`OpenError`] if the database does not answer, or the tables are missing or belong to
    /// another version of this crate.
    pub async fn from_pool(self, pool: SqlitePool) -> Result<SqliteStore, OpenError> {
        let path = pool.connect_options().get_filename().to_owned();
        self.build(pool.clone(), pool, Some(&path)).await
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
    ///
    /// Of several that open a new file at once, one turns the write-ahead log on; for this alone
    /// SQLite does not wait, so the others try again.
    async fn connect(
        &self,
        size: u32,
        options: &SqliteConnectOptions,
    ) -> Result<SqlitePool, sqlx::Error> {
        let pool = SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(self.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        let connected = timeout(self.acquire_timeout, async {
            loop {
                match pool.clone().connect_with(options.clone()).await {
                    Err(error) if is_busy(&error) => sleep(Duration::from_millis(10)).await,
                    other => return other,
                }
            }
        });
        connected.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    async fn build(
        self,
        writer: SqlitePool,
        readers: SqlitePool,
        path: Option<&Path>,
    ) -> Result<SqliteStore, OpenError> {
        let mut connection = readers.acquire().await?;
        schema::check(schema_version(&mut connection).await?)?;
        drop(connection);
        let Self { acquire_timeout, statement_timeout, .. } = self;
        let path = path.map(Path::to_owned);
        Ok(SqliteStore { writer, readers, path, acquire_timeout, statement_timeout })
    }
}
