//! Where the stores of a world keep what they are given.

use std::{fs, sync::Arc};

use oauth_core::store::MemoryStore;
use oauth_core_sql::SqliteStore;

use crate::{Engine, FullStore, postgres::Schema, redis::Space};

/// A place that is gone when the last world on it is.
#[derive(Debug)]
pub(crate) enum Place {
    /// The memory of this process.
    Memory(MemoryStore),
    /// Files.
    Directory(tempfile::TempDir),
    /// Tables.
    Schema(Schema),
    /// Keys.
    Space(Space),
}

impl Place {
    /// A place with nothing in it.
    pub(crate) async fn new(engine: Engine) -> Self {
        match engine {
            Engine::Memory => Self::Memory(MemoryStore::new()),
            Engine::Sqlite => Self::Directory(tempfile::tempdir().expect("a directory")),
            Engine::Postgres => Self::Schema(Schema::new().await),
            Engine::Redis => Self::Space(Space::new()),
        }
    }

    /// A store on it, as every node opens one of its own: connections belong to the runtime that
    /// opened them, and end with it.
    pub(crate) async fn open(&self) -> Arc<dyn FullStore> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            Self::Directory(directory) => {
                let path = directory.path().join("oauth.db");
                Arc::new(SqliteStore::open(path).await.expect("a SQLite file"))
            }
            Self::Schema(schema) => Arc::new(schema.store().await),
            Self::Space(space) => Arc::new(space.store().await),
        }
    }

    /// Everything in it: of files the journal, too, and what else is beside them.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        match self {
            Self::Memory(_) => Vec::new(),
            Self::Directory(directory) => fs::read_dir(directory.path())
                .expect("a directory")
                .flat_map(|entry| fs::read(entry.expect("an entry").path()).expect("a file"))
                .collect(),
            Self::Schema(schema) => schema.dump().await,
            Self::Space(space) => space.dump().await,
        }
    }
}
