//! The key role in PostgreSQL.

use async_trait::async_trait;
use oauth_core::{
    model::{KeyId, StoredKey, Tenant},
    store::{KeyStore, StoreError},
};
use sqlx::{query, query_as};

use super::{PostgresStore, attempt::changed};
use crate::{
    record::{self, KeyRow},
    statements,
};

#[async_trait]
impl KeyStore for PostgresStore {
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError> {
        let rows = self.attempt(async || {
            let select = query_as::<_, KeyRow>(statements::KEYS).bind(tenant.as_str());
            let mut connection = self.connection().await?;
            let done = select.fetch_all(&mut *connection).await;
            connection.answered(done)
        });
        Ok(rows.await?.into_iter().map(record::key).collect())
    }

    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError> {
        let added = self.attempt(async || {
            let insert = query(statements::SUCCEED_KEY)
                .bind(tenant.as_str())
                .bind(key.kid.as_str())
                .bind(&key.alg)
                .bind(predecessor.map_or("", KeyId::as_str))
                .bind(key.material.expose())
                .bind(key.created_at.unix())
                .bind(key.signs_from.unix());
            let mut connection = self.connection().await?;
            let done = insert.execute(&mut *connection).await;
            changed(connection.answered(done))
        });
        Ok(added.await? == 1)
    }

    async fn remove(&self, tenant: &Tenant, kid: &KeyId) -> Result<bool, StoreError> {
        let removed = self.attempt(async || {
            let delete = query(statements::REMOVE_KEY).bind(tenant.as_str()).bind(kid.as_str());
            let mut connection = self.connection().await?;
            let done = delete.execute(&mut *connection).await;
            changed(connection.answered(done))
        });
        Ok(removed.await? == 1)
    }
}
