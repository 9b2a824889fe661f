//! Client records, remembered for seconds.

use std::sync::Arc;

use async_trait::async_trait;
use quick_cache::sync::Cache;

use super::{ClientStore, StoreError};
use crate::{
    clock::{Clock, Timestamp},
    model::{Client, ClientId, Tenant},
};

/// How many clients are remembered at most.
const CAPACITY: usize = 10_000;

/// A client store behind a bounded cache: a client is read at most once in `lifetime` seconds by
/// each process, and a change is seen after that at the latest. Clients that are not there are not
/// remembered.
pub struct CachedClients {
    inner: Arc<dyn ClientStore>,
    clock: Arc<dyn Clock>,
    lifetime: u32,
    cache: Cache<(Tenant, ClientId), (Timestamp, Arc<Client>)>,
}

impl CachedClients {
    /// Remembers what `inner` answers for `lifetime` seconds.
    pub fn new(inner: Arc<dyn ClientStore>, clock: Arc<dyn Clock>, lifetime: u32) -> Self {
        Self { inner, clock, lifetime, cache: Cache::new(CAPACITY) }
    }
}

impl std::fmt::Debug for CachedClients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lifetime = &self.lifetime;
        f.debug_struct("CachedClients")
            .field("inner", &self.inner)
            .field("lifetime", lifetime)
            .finish()
    }
}

#[async_trait]
impl ClientStore for CachedClients {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let key = (tenant.clone(), client_id.clone());
        let now = self.clock.now();
        if let Some((read_at, client)) = self.cache.get(&key)
            && now.is_within(u64::from(self.lifetime), read_at)
        {
            return Ok(Some(client));
        }
        let found = self.inner.find(tenant, client_id).await?;
        match &found {
            Some(client) => self.cache.insert(key, (now, Arc::clone(client))),
            None => drop(self.cache.remove(&key)),
        }
        Ok(found)
    }
}
