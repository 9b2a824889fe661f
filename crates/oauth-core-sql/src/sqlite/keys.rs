//! The key role in SQLite.

use async_trait::async_trait;
use oauth_core::{
    model::{KeyId, StoredKey, Tenant},
    store::{KeyStore, StoreError},
};
use sqlx::query_as;

use super::{SqliteStore, values::Values, verbs};
use crate::{
    error::failed,
    record::{self, KeyRow},
    statements,
};

#[async_trait]
impl KeyStore for SqliteStore {
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError> {
        let rows = self.in_time(async {
            let mut reader = self.reader().await?;
            let select = query_as::<_, KeyRow>(statements::KEYS).bind(tenant.as_str());
            select.fetch_all(&mut *reader).await.map_err(failed)
        });
        Ok(rows.await?.into_iter().map(record::key).collect())
    }

    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError> {
        let values = Values::new()
            .bind(tenant.as_str())
            .bind(key.kid.as_str())
            .bind(key.alg.as_str())
            .bind(predecessor.map_or("", KeyId::as_str))
            .bind(key.material.expose())
            .bind(key.created_at.unix())
            .bind(key.signs_from.unix());
        Ok(self.writer.run(&verbs::SUCCEED_KEY, values).await?.first() == 1)
    }

    async fn remove(&self, tenant: &Tenant, kid: &KeyId) -> Result<bool, StoreError> {
        let values = Values::new().bind(tenant.as_str()).bind(kid.as_str());
        Ok(self.writer.run(&verbs::REMOVE_KEY, values).await?.first() == 1)
    }
}
