//! The replay role in SQLite.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Tenant},
    store::{ReplayStore, StoreError},
};

use super::{SqliteStore, values::Values, verbs};

#[async_trait]
impl ReplayStore for SqliteStore {
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        _at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let values =
            Values::new().bind(tenant.as_str()).bind(&key.as_bytes()[..]).bind(keep_until.unix());
        Ok(self.writer.run(&verbs::FIRST_USE, values).await?.first() == 1)
    }

    async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let values = Values::new().bind(before.unix()).bind(i64::from(limit));
        let done = self.writer.run(&verbs::FORGET_REPLAYS, values).await?;
        Ok(u32::try_from(done.first()).unwrap_or(limit))
    }
}
