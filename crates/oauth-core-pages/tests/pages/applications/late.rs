//! A registry that looks too early, or in which somebody else is faster, as happens when two come at
//! once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use oauth_core::{
    model::{Client, ClientId, Subject, Tenant},
    store::{ClientRegistry, ClientStore, MemoryStore, StoreError},
};
use oauth_core_testkit::FaultyStore;

/// Overlooks a client when it is told to, and changes one before anybody else does.
#[derive(Clone, Debug)]
pub(super) struct Late {
    store: FaultyStore<MemoryStore>,
    overlooks: Arc<AtomicBool>,
    disables: Arc<AtomicUsize>,
}

impl Late {
    pub(super) fn new(store: FaultyStore<MemoryStore>) -> Self {
        Self { store, overlooks: Arc::default(), disables: Arc::default() }
    }

    /// Does not find what it is asked for next.
    pub(super) fn overlook_one(&self) {
        self.overlooks.store(true, Ordering::SeqCst);
    }

    /// Disables the clients that are to be replaced next, or enables them again, before they are.
    pub(super) fn disable(&self, clients: usize) {
        self.disables.store(clients, Ordering::SeqCst);
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

    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        let more = |left: usize| left.checked_sub(1);
        if self.disables.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok() {
            let there = self.store.inner().find(tenant, &seen.client_id).await?.unwrap();
            let mut other = Client::clone(&there);
            other.disabled = !other.disabled;
            assert!(self.store.inner().replace(tenant, &there, &other).await?);
        }
        self.store.replace(tenant, seen, next).await
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
