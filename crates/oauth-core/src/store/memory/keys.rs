//! The key role in memory.

use std::collections::HashMap;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    model::{KeyId, Secret, StoredKey, Tenant},
    store::{KeyStore, StoreError},
};

pub(super) type Keys = HashMap<Tenant, Vec<Link>>;

pub(super) struct Link {
    key: StoredKey,
    predecessor: Option<KeyId>,
}

#[async_trait]
impl KeyStore for MemoryStore {
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError> {
        let keys = self.keys();
        let mut keys: Vec<_> =
            keys.get(tenant).into_iter().flatten().map(|link| copy(&link.key)).collect();
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError> {
        let mut keys = self.keys();
        let chain = keys.entry(tenant.clone()).or_default();
        if chain.iter().any(|l| l.key.alg == key.alg && l.predecessor.as_ref() == predecessor) {
            return Ok(false);
        }
        if chain.iter().any(|link| link.key.kid == key.kid) {
            return Err(StoreError::Conflict);
        }
        chain.push(Link { key: copy(key), predecessor: predecessor.cloned() });
        Ok(true)
    }

    async fn remove(&self, tenant: &Tenant, kid: &KeyId) -> Result<bool, StoreError> {
        let mut keys = self.keys();
        let Some(chain) = keys.get_mut(tenant) else { return Ok(false) };
        let before = chain.len();
        chain.retain(|link| link.key.kid != *kid);
        Ok(chain.len() < before)
    }
}

/// Secrets are not cloned by accident.
fn copy(key: &StoredKey) -> StoredKey {
    StoredKey {
        kid: key.kid.clone(),
        alg: key.alg.clone(),
        material: Secret::new(key.material.expose()),
        created_at: key.created_at,
        signs_from: key.signs_from,
    }
}
