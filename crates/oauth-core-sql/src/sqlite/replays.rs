//! The replay role in SQLite.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Tenant},
    store::{ReplayStore, StoreError},
};
use sqlx::query;

use super::{SqliteStore, statements as own};
use crate::statements;

#[async_trait]
impl ReplayStore for SqliteStore {
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        _at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let insert = query(statements::FIRST_USE)
            .bind(tenant.as_str())
            .bind(&key.as_bytes()[..])
            .bind(keep_until.unix());
        Ok(self.writer.write(insert).await? == 1)
    }

    async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let delete = query(own::FORGET_REPLAYS).bind(before.unix()).bind(i64::from(limit));
        Ok(u32::try_from(self.writer.write(delete).await?).unwrap_or(limit))
    }
}
