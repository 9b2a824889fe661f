//! The replay role in PostgreSQL.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Tenant},
    store::{ReplayStore, StoreError},
};
use sqlx::query;

use super::{PostgresStore, attempt::changed, purging};
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
        let values = [before.unix(), limit.into()];
        let removed = self.purge_with(purging::FORGET_REPLAYS, &values).await?;
        Ok(u32::try_from(removed).unwrap_or(limit))
    }
}
