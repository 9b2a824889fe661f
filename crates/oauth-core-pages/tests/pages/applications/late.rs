//! A registry that looks too early, as happens when two forms come in at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use oauth_core::{
    model::{Client, ClientId, Subject, Tenant},
    store::{ClientRegistry, ClientStore, MemoryStore, StoreError},
};
use oauth_core_testkit::FaultyStore;

/// Overlooks a client when it is told to.
#[derive(Clone, Debug)]
pub(super) struct Late {
    store: FaultyStore<MemoryStore>,
    overlooks: Arc<AtomicBool>,
}

impl Late {
    pub(super) fn new(store: FaultyStore<MemoryStore>) -> Self {
        Self { store, overlooks: Arc::default() }
    }

    /// Does not find what it is asked for next.
    pub(super) fn overlook_one(&self) {
        self.overlooks.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl ClientStore for Late {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        if self.overlooks.swap(false, Ordering::SeqCst) {
            return Ok(None);
        }
        self.store.find(tenant, client_id).await
    }
}

#[async_trait]
impl ClientRegistry for Late {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        self.store.register(tenant, client).await
    }

    async fn replace(&self, tenant: &Tenant, client: &Client) -> Result<bool, StoreError> {
        self.store.replace(tenant, client).await
    }

    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        self.store.remove(tenant, client_id).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        self.store.list(tenant, owner, after, limit).await
    }
}
