//! A store in memory that plays every role: for tests, for development, and as the shortest
//! worked implementation of the roles.

mod calendar;
mod clients;
mod grants;
mod keys;
mod records;
mod replays;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use clients::Clients;
use grants::Grants;
use keys::Keys;
use replays::Replays;

/// Keeps everything in memory, and forgets it with the process. Clones share their content.
#[derive(Clone, Default)]
pub struct MemoryStore {
    // Never held across an await: each verb locks, does its whole work, and unlocks.
    grants: Arc<Mutex<Grants>>,
    clients: Arc<RwLock<Clients>>,
    replays: Arc<Mutex<Replays>>,
    keys: Arc<Mutex<Keys>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replays(&self) -> MutexGuard<'_, Replays> {
        self.replays.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
