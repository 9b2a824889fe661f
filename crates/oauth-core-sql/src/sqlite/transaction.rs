//! One transaction for each verb, bounded in time.

use std::time::Duration;

use oauth_core::store::StoreError;
use sqlx::{
    Connection as _, Sqlite,
    pool::PoolConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteQueryResult, SqliteTransaction},
};
use tokio::time::timeout;

use super::SqliteStore;
use crate::error::{failed, late};

/// The connection of a transaction.
pub(super) type Held = Option<PoolConnection<Sqlite>>;

impl SqliteStore {
    /// Begins to write, on a connection that it puts into `held`. The lock is taken at once, so that
    /// nothing read in the transaction changes before it ends. Dropped, it is rolled back.
    pub(super) async fn begin<'c>(
        &self,
        held: &'c mut Held,
    ) -> Result<SqliteTransaction<'c>, StoreError> {
        let begun = async {
            let connection = held.insert(self.writer().await?);
            connection.begin_with("BEGIN IMMEDIATE").await
        };
        bounded(self.acquire_timeout, "a connection and the write lock", begun).await
    }

    /// A connection that is not in a transaction. SQLite ends a transaction by itself when the disk
    /// is full or broken; sqlx then still counts it as begun, and would refuse to begin another one
    /// on that connection for ever.
    async fn writer(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        loop {
            let connection = self.writer.acquire().await?;
            if !connection.is_in_transaction() {
                return Ok(connection);
            }
            connection.close().await?;
        }
    }

    /// A connection to read with. Each statement sees one state of the database.
    pub(super) async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        bounded(self.acquire_timeout, "a connection", self.readers.acquire()).await
    }

    /// Runs one statement in a transaction of its own. Returns how many rows it changed.
    pub(super) async fn write(
        &self,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<u64, StoreError> {
        let mut held = None;
        let work = self.in_time(async {
            let mut transaction = self.begin(&mut held).await?;
            let count = changed(statement.execute(&mut *transaction).await)?;
            Ok((transaction, count))
        });
        let (transaction, count) = work.await?;
        self.commit(transaction).await?;
        Ok(count)
    }

    /// Does the work of a verb, all but the commit, or gives it up.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.statement_timeout;
        timeout(limit, work).await.unwrap_or_else(|_| Err(late(limit, "the statements")))
    }

    /// Ends the transaction. It has a time of its own: a commit that has begun cannot be called
    /// back, so giving it up because the statements before it were slow would only leave unknown
    /// whether it happened.
    pub(super) async fn commit(
        &self,
        transaction: SqliteTransaction<'_>,
    ) -> Result<(), StoreError> {
        bounded(self.statement_timeout, "the commit", transaction.commit()).await
    }
}

async fn bounded<T>(
    limit: Duration,
    what: &str,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match timeout(limit, work).await {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(late(limit, what)),
    }
}

/// How many rows a statement changed.
pub(super) fn changed(result: Result<SqliteQueryResult, sqlx::Error>) -> Result<u64, StoreError> {
    result.map(|result| result.rows_affected()).map_err(failed)
}
