//! Where the tests of this crate find a database.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use oauth_core_sql::{Durability, SqliteStore};
use sqlx::{Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};

/// A directory for database files that goes with the test.
pub(crate) struct Directory(tempfile::TempDir, AtomicU32);

impl Directory {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap(), AtomicU32::new(0))
    }

    /// A path where nothing is yet.
    pub(crate) fn fresh_path(&self) -> PathBuf {
        let number = self.1.fetch_add(1, Ordering::Relaxed);
        self.0.path().join(format!("{number}.db"))
    }
}

/// Opens new files in the directory.
pub(crate) fn fresh_in(
    directory: &Directory,
    durability: Durability,
) -> impl AsyncFn() -> SqliteStore {
    async move || {
        let options = SqliteStore::options().durability(durability);
        options.open(directory.fresh_path()).await.unwrap()
    }
}

/// Another process that has the lock of the file.
pub(crate) async fn locked(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    other
}
