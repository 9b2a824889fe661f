//! The default throttle: leaky buckets of the `governor` crate, in memory and bounded.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use governor::{
    Quota, RateLimiter,
    clock::Clock as GovernorClock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use quick_cache::sync::Cache;

use super::{Guess, GuessAt, Throttle};
use crate::{
    clock::{Clock, Timestamp},
    store::StoreError,
};

/// How many guessers are remembered at most; those who guessed longest ago are forgotten first.
const CAPACITY: usize = 100_000;

/// Counts failures in the memory of this process, and closes with the first that is too many. At a
/// client secret or a password: more than 10 failures at once, then one every 30 seconds. At a code or
/// refresh token: 50, then one a second. At tokens by introspection, where the caller is a resource
/// server with the guesses of others: 500, then 50 a second. Metadata documents of clients that are
/// not known yet: 30, then one every 10 seconds. Registrations: 20, then one a minute.
pub struct MemoryThrottle {
    clock: Arc<dyn Clock>,
    hasher: RandomState,
    // Keyed by a 64-bit keyed hash of the guess, so that an entry has the same size whatever the
    // guesser calls himself.
    buckets: Cache<u64, Arc<Bucket>>,
}

struct Bucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, Hand, NoOpMiddleware<Nanos>>,
    closed_until: AtomicI64,
}

/// Our clock, as governor wants to see it.
#[derive(Clone)]
struct Hand(Arc<dyn Clock>);

impl GovernorClock for Hand {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_secs(self.0.now().unix().unsigned_abs()).into()
    }
}

impl MemoryThrottle {
    /// A throttle that has seen nobody yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, hasher: RandomState::new(), buckets: Cache::new(CAPACITY) }
    }

    fn bucket(&self, guess: &Guess<'_>) -> Arc<Bucket> {
        let key = self.hasher.hash_one(guess);
        if let Some(bucket) = self.buckets.get(&key) {
            return bucket;
        }
        let limiter =
            RateLimiter::direct_with_clock(quota(guess.at), Hand(Arc::clone(&self.clock)));
        let bucket = Arc::new(Bucket { limiter, closed_until: AtomicI64::new(i64::MIN) });
        self.buckets.insert(key, Arc::clone(&bucket));
        bucket
    }
}

fn quota(at: GuessAt) -> Quota {
    let (burst, refill_milliseconds) = match at {
        GuessAt::ClientSecret | GuessAt::Password => (10, 30_000),
        GuessAt::AuthorizationCode | GuessAt::RefreshToken => (50, 1000),
        GuessAt::IntrospectedToken => (500, 20),
        GuessAt::ClientDocument => (30, 10_000),
        GuessAt::Registration => (20, 60_000),
    };
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let refill = Duration::from_millis(refill_milliseconds);
    Quota::with_period(refill).unwrap_or(Quota::per_second(burst)).allow_burst(burst)
}

#[async_trait]
impl Throttle for MemoryThrottle {
    async fn wait(&self, guess: &Guess<'_>) -> Result<Option<u32>, StoreError> {
        let Some(bucket) = self.buckets.get(&self.hasher.hash_one(guess)) else { return Ok(None) };
        let closed_until = Timestamp::from_unix(bucket.closed_until.load(Ordering::Relaxed));
        let seconds = closed_until.seconds_since(self.clock.now());
        Ok((seconds > 0).then(|| u32::try_from(seconds).unwrap_or(u32::MAX)))
    }

    async fn failed(&self, guess: &Guess<'_>) -> Result<(), StoreError> {
        let bucket = self.bucket(guess);
        if let Err(not_until) = bucket.limiter.check() {
            let wait = not_until.wait_time_from(Hand(Arc::clone(&self.clock)).now());
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
            bucket.closed_until.store(self.clock.now().plus(seconds).unix(), Ordering::Relaxed);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryThrottle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryThrottle").field("guessers", &self.buckets.len()).finish()
    }
}
