//! Where stores keep what they are given.

use std::{fs, sync::Arc};

use oauth_core::store::MemoryStore;
use oauth_core_sql::SqliteStore;

use crate::{
    Engine, FullStore,
    postgres::{self, Schema},
    redis::{self, Space},
};

/// A place that is gone when this is.
#[derive(Debug)]
pub enum Place {
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
    pub async fn new(engine: Engine) -> Self {
        match engine {
            Engine::Memory => Self::Memory(MemoryStore::new()),
            Engine::Sqlite => Self::Directory(tempfile::tempdir().expect("a directory")),
            Engine::Postgres => Self::Schema(Schema::new().await),
            Engine::Redis => Self::Space(Space::new()),
        }
    }

    /// Where it is, for other processes: see [`open`].
    ///
    /// # Panics
    /// If it is in the memory of this one.
    pub fn url(&self) -> String {
        match self {
            Self::Memory(_) => panic!("no other process sees it"),
            Self::Directory(directory) => {
                format!("sqlite:{}", directory.path().join("oauth.db").display())
            }
            Self::Schema(schema) => schema.url(),
            Self::Space(space) => space.url(),
        }
    }

    /// A store on it, as every node opens one of its own: connections belong to the runtime that
    /// opened them, and end with it.
    pub async fn open(&self) -> Arc<dyn FullStore> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            _ => open(&self.url()).await,
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

/// A store at `sqlite:PATH`, `postgres://…` or `redis://…`, there with what its keys begin with
/// behind a `#`.
pub async fn open(url: &str) -> Arc<dyn FullStore> {
    match url.split_once(':') {
        Some(("sqlite", path)) => Arc::new(SqliteStore::open(path).await.expect("a SQLite file")),
        Some(("postgres", _)) => Arc::new(postgres::open(url).await),
        Some(("redis" | "redis+unix", _)) => Arc::new(redis::open(url).await),
        _ => panic!("sqlite:PATH, postgres://… or redis://…, not {url}"),
    }
}
