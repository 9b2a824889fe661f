//! The replay role in Redis.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Tenant},
    store::{ReplayStore, StoreError},
};
use redis::cmd;

use crate::{RedisStore, record};

#[async_trait]
impl ReplayStore for RedisStore {
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut set = cmd("SET");
        set.arg(self.names.used(tenant, key)).arg(keep_until.unix()).arg("NX");
        let set: Option<String> =
            self.link.call(set.arg("EX").arg(record::seconds(at, keep_until))).await?;
        Ok(set.is_some())
    }

    /// The server forgets by itself.
    async fn forget(&self, _before: Timestamp, _limit: u32) -> Result<u32, StoreError> {
        Ok(0)
    }
}
