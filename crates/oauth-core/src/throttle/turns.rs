//! Guesses that take long to check take turns.

use std::{
    convert::Infallible,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use async_lock::{Semaphore, SemaphoreGuardArc};
use quick_cache::sync::Cache;

use super::Guess;

/// How many guesses in one name from one address are checked at the same time.
const TOGETHER: usize = 4;

/// How many guessers are told apart at most. Beyond that some begin anew.
const CAPACITY: usize = 10_000;

/// Whose turn it is. A crowd that comes at once would otherwise all be let in before the first guess
/// was found to be wrong.
pub(crate) struct Turns {
    hasher: RandomState,
    guessers: Cache<u64, Arc<Semaphore>>,
}

/// A guess whose turn it is, until it is dropped: after a wrong one was counted.
#[derive(Debug)]
#[must_use = "it is over once it is dropped"]
pub struct Turn(#[expect(dead_code, reason = "held")] SemaphoreGuardArc);

impl Turns {
    pub(crate) fn new() -> Self {
        Self { hasher: RandomState::new(), guessers: Cache::new(CAPACITY) }
    }

    /// Waits for its turn.
    pub(crate) async fn wait(&self, guess: &Guess<'_>) -> Turn {
        let key = self.hasher.hash_one(guess);
        let alone = || Ok(Arc::new(Semaphore::new(TOGETHER)));
        let others: Result<_, Infallible> = self.guessers.get_or_insert_with(&key, alone);
        let Ok(others) = others;
        Turn(others.acquire_arc().await)
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").field("guessers", &self.guessers.len()).finish()
    }
}
