//! Verbs are tried again where the database asks for it, and bounded in time.

use std::time::Duration;

use oauth_core::store::StoreError;
use sqlx::postgres::PgQueryResult;
use tokio::time::{sleep, timeout};

use super::{PostgresStore, connections::Held};
use crate::error::{failed, is_contention, late};

/// How often a verb is tried.
const ATTEMPTS: u32 = 10;

/// What the network may take on top of what the database may.
const NETWORK: Duration = Duration::from_secs(1);

impl PostgresStore {
    /// A connection that nobody else has.
    pub(super) async fn connection(&self) -> Result<Held, sqlx::Error> {
        let acquired = timeout(
            self.acquire_timeout,
            self.connections.take(self.statement_timeout.saturating_add(NETWORK)),
        );
        acquired.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Does the work of a verb, again if others were in the way (a serialization failure or a
    /// deadlock: the database has rolled all of it back). Each attempt is a transaction of its own.
    ///
    /// The database gives a statement up by itself after the statement timeout, and then nothing
    /// has happened. Only if it does not even say so does the wait end here, without anybody knowing
    /// what happened.
    pub(super) async fn attempt<T, W>(&self, work: impl Fn() -> W) -> Result<T, StoreError>
    where
        W: Future<Output = Result<T, sqlx::Error>>,
    {
        let attempts = async {
            for attempt in 1..ATTEMPTS {
                match work().await {
                    Err(error) if is_contention(&error) => {
                        sleep(Duration::from_millis(2) * attempt).await;
                    }
                    done => return done,
                }
            }
            work().await
        };
        let limit =
            self.acquire_timeout.saturating_add(self.statement_timeout).saturating_add(NETWORK);
        match timeout(limit, attempts).await {
            Ok(done) => done.map_err(failed),
            Err(_) => Err(late(limit, "the database")),
        }
    }
}

/// How many rows a statement changed, or returned.
pub(super) fn changed(result: Result<PgQueryResult, sqlx::Error>) -> Result<u64, sqlx::Error> {
    result.map(|result| result.rows_affected())
}
