//! The key role in Redis.

use async_trait::async_trait;
use oauth_core::{
    model::{KeyId, Secret, StoredKey, Tenant},
    store::{KeyStore, StoreError},
};
use redis::cmd;

use crate::{RedisStore, record, scripts};

#[async_trait]
impl KeyStore for RedisStore {
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError> {
        let name = self.names.signing(tenant);
        let fields: Vec<(String, String)> = self.link.call(cmd("HGETALL").arg(&name)).await?;
        let fields = fields.into_iter().map(|(field, text)| (field, Secret::new(text)));
        let keys = fields.filter_map(|(field, text)| {
            field.strip_prefix('k').map(|kid| record::key(kid, &text, &name))
        });
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|one, other| {
            (one.created_at, one.kid.as_str()).cmp(&(other.created_at, other.kid.as_str()))
        });
        Ok(keys)
    }

    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError> {
        let place = record::json(&(&key.alg, predecessor))?;
        let text = record::key_text(key)?;
        let arguments = [key.kid.as_str().to_owned(), text.expose().to_owned(), place];
        let name = self.names.signing(tenant);
        let told: String = self.link.run(&scripts::ADD_KEY, &[name], &arguments).await?;
        match told.as_str() {
            "done" => Ok(true),
            "late" => Ok(false),
            _ => Err(StoreError::Conflict),
        }
    }

    async fn remove(&self, tenant: &Tenant, kid: &KeyId) -> Result<bool, StoreError> {
        let arguments = [kid.as_str().to_owned()];
        self.link.run(&scripts::REMOVE_KEY, &[self.names.signing(tenant)], &arguments).await
    }
}
