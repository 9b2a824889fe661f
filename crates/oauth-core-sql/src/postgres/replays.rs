//! The replay role in PostgreSQL.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Tenant},
    store::{ReplayStore, StoreError},
};
use sqlx::query;

use super::{PostgresStore, attempt::changed, statements as own};
use crate::statements;

#[async_trait]
impl ReplayStore for PostgresStore {
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        _at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let added = self.attempt(async || {
            let insert = query(statements::FIRST_USE)
                .bind(tenant.as_str())
                .bind(&key.as_bytes()[..])
                .bind(keep_until.unix());
            let mut connection = self.connection().await?;
            let done = insert.execute(&mut *connection).await;
            changed(connection.answered(done))
        });
        Ok(added.await? == 1)
    }

    async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let removed = self.attempt(async || {
            // Planned for these numbers each time: a plan for any limit would read the table.
            let delete = query(own::FORGET_REPLAYS).persistent(false);
            let delete = delete.bind(before.unix()).bind(i64::from(limit));
            let mut connection = self.connection().await?;
            let done = delete.execute(&mut *connection).await;
            changed(connection.answered(done))
        });
        Ok(u32::try_from(removed.await?).unwrap_or(limit))
    }
}
