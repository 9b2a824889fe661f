//! The connection that writes.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    Connection as _, Sqlite, SqliteConnection,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqlitePool},
};
use tokio::time::sleep;

use crate::error::is_busy;

/// Where it comes from.
pub(super) enum Source {
    /// There is one, and it is kept between transactions.
    Own { options: Box<SqliteConnectOptions>, kept: Mutex<Option<SqliteConnection>> },
    /// The application has others that want it.
    Pool(SqlitePool),
}

/// A connection while it writes.
pub(super) enum Held {
    Own(SqliteConnection),
    Pooled(PoolConnection<Sqlite>),
}

impl Source {
    pub(super) fn own(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        Self::Own { options: Box::new(options), kept: Mutex::new(Some(connection)) }
    }

    pub(super) async fn get(&self) -> Result<Held, sqlx::Error> {
        match self {
            Self::Pool(pool) => pool.acquire().await.map(Held::Pooled),
            Self::Own { options, kept } => {
                let there = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
                match there {
                    Some(connection) => Ok(Held::Own(connection)),
                    None => connect(options).await.map(Held::Own),
                }
            }
        }
    }

    /// Takes back a connection that is not in a transaction.
    pub(super) fn put_back(&self, held: Held) {
        if let (Self::Own { kept, .. }, Held::Own(connection)) = (self, held) {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
    }
}

impl Held {
    /// Closes one that nobody should use again.
    pub(super) fn discard(self) {
        if let Self::Pooled(mut connection) = self {
            connection.close_on_drop();
        }
    }
}

impl Deref for Held {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

/// Opens the file. Of several that open a new one at once, one turns the write-ahead log on; for
/// this alone SQLite does not wait, so the others try again, for ever.
pub(super) async fn connect(
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, sqlx::Error> {
    loop {
        match SqliteConnection::connect_with(options).await {
            Err(error) if is_busy(&error) => sleep(Duration::from_millis(10)).await,
            other => return other,
        }
    }
}
