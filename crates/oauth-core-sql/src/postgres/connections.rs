//! Connections that are kept between two verbs.
//!
//! sqlx's pool asks a connection that is given back whether it is still there: a round trip for
//! each verb, before anybody else can have it. A connection whose statement has just been answered
//! is there, so it is kept here instead. One whose statement failed or was given up goes back to
//! the pool, which asks; so does each one now and then, for the pool to see to its age.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{
    Connection as _, PgConnection,
    postgres::{PgPool, PgPoolOptions},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::lent::Lent;
use crate::error::is_read_only;

/// A connection that rested for longer than this is tested before it is used.
const RESTED: Duration = Duration::from_secs(1);

/// A connection that was kept for longer than this goes back to the pool.
const KEPT: Duration = Duration::from_secs(10);

/// The pool, and the connections that are kept of it.
#[derive(Clone)]
pub(super) struct Connections {
    pool: PgPool,
    /// None where the pool is the application's: what is kept here, it could not have.
    kept: Option<Arc<Kept>>,
}

struct Kept {
    /// As many as the pool has connections. Who waits does so here, and not in the pool, to which
    /// the kept ones do not come back.
    places: Arc<Semaphore>,
    connections: Mutex<Vec<Resting>>,
}

struct Resting {
    connection: Lent,
    taken_at: Instant,
    rests_since: Instant,
}

/// A connection in use.
pub(super) struct Held {
    connection: Lent,
    place: Option<Place>,
}

struct Place {
    kept: Arc<Kept>,
    taken_at: Instant,
    /// Given up last, when the connection is where the next one looks for it.
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// Those of a pool of the application's.
    pub(super) fn of_application(pool: PgPool) -> Self {
        Self { pool, kept: None }
    }

    /// Those of a pool that nobody else has.
    pub(super) fn own(pool: PgPool) -> Self {
        let places = usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX);
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        let kept = Kept { places, connections: Mutex::default() };
        Self { pool, kept: Some(Arc::new(kept)) }
    }

    /// sqlx tests a connection when it comes back; that it does so again before it is used is of
    /// use after a rest only.
    pub(super) fn tested_after_a_rest(options: PgPoolOptions) -> PgPoolOptions {
        options.test_before_acquire(false).before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// One that nobody else has. Given back unanswered, it has as long as `patience` to show that it
    /// is there.
    pub(super) async fn take(&self, patience: Duration) -> Result<Held, sqlx::Error> {
        let lent = |connection| Lent::new(connection, patience);
        let Some(kept) = &self.kept else {
            return Ok(Held { connection: lent(self.pool.acquire().await?), place: None });
        };
        let permit = Arc::clone(&kept.places).acquire_owned().await;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some(mut resting) = kept.pop() {
            let rested = resting.rests_since.elapsed() > RESTED;
            if !rested || resting.connection.ping().await.is_ok() {
                let Resting { connection, taken_at, .. } = resting;
                let place = Place { kept: Arc::clone(kept), taken_at, _permit: permit };
                return Ok(Held { connection, place: Some(place) });
            }
        }
        let connection = lent(self.pool.acquire().await?);
        let place = Place { kept: Arc::clone(kept), taken_at: Instant::now(), _permit: permit };
        Ok(Held { connection, place: Some(place) })
    }
}

impl Kept {
    fn connections(&self) -> MutexGuard<'_, Vec<Resting>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self) -> Option<Resting> {
        self.connections().pop()
    }
}

impl Held {
    /// Gives it back after its statement was answered, with what came of it.
    pub(super) fn answered<T>(self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let Self { mut connection, place } = self;
        if result.as_ref().is_err_and(is_read_only) {
            // The address may lead to another server by now, and this one answers all the same.
            connection.close();
        }
        if let (Ok(_), Some(place)) = (&result, place)
            && place.taken_at.elapsed() < KEPT
        {
            let taken_at = place.taken_at;
            let resting = Resting { connection, taken_at, rests_since: Instant::now() };
            place.kept.connections().push(resting);
        }
        result
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
