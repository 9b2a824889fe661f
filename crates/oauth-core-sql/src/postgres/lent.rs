//! A connection of the pool, given back in bounded time.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use tokio::{runtime::Handle, time::timeout};

/// A connection of the pool.
///
/// A pool that is given a connection back asks it whether it is well. If the other end has gone
/// without a word, no answer comes, and a pool that waited for it would have one connection less for
/// ever. After `patience`, the connection is closed instead, and the pool may open another.
pub(super) struct Lent {
    connection: PoolConnection<Postgres>,
    patience: Duration,
    is_of_use: bool,
}

impl Lent {
    pub(super) fn new(connection: PoolConnection<Postgres>, patience: Duration) -> Self {
        Self { connection, patience, is_of_use: true }
    }

    /// Closes it once it is dropped, and lets the pool open another.
    pub(super) fn close(&mut self) {
        self.is_of_use = false;
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Ok(runtime) = Handle::try_current() else {
            // What is not run closes the connection, too.
            drop(self.connection.return_to_pool());
            return;
        };
        if self.is_of_use {
            runtime.spawn(timeout(self.patience, self.connection.return_to_pool()));
        } else {
            self.connection.close_on_drop();
        }
    }
}
