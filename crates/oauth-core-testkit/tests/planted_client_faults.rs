//! The contract of the client registry is shown to fail, as that of the grant store is.
#![expect(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

use std::sync::Arc;

use async_trait::async_trait;
use oauth_core::{
    model::{Client, ClientId, Subject, Tenant},
    store::{ClientRegistry, ClientStore, MemoryStore, StoreError},
};
use oauth_core_testkit::store_contract;
use tokio::task::yield_now;

/// What is wrong with a store.
#[derive(Clone, Copy, Debug)]
enum Planted {
    /// `replace` does not ask what was seen.
    IgnoresWhatWasSeen,
    /// `replace` reads, compares what it read, and then writes.
    ReadThenWrite,
}

#[derive(Debug)]
struct Faulty {
    inner: MemoryStore,
    planted: Planted,
}

impl Faulty {
    fn new(planted: Planted) -> Self {
        Self { inner: MemoryStore::new(), planted }
    }
}

#[async_trait]
impl ClientStore for Faulty {
    async fn find(&self, t: &Tenant, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        ClientStore::find(&self.inner, t, id).await
    }
}

#[async_trait]
impl ClientRegistry for Faulty {
    async fn register(&self, t: &Tenant, client: &Client) -> Result<(), StoreError> {
        self.inner.register(t, client).await
    }

    async fn replace(&self, t: &Tenant, seen: &Client, next: &Client) -> Result<bool, StoreError> {
        let Some(there) = self.find(t, &next.client_id).await? else { return Ok(false) };
        if matches!(self.planted, Planted::ReadThenWrite) {
            if *there != *seen {
                return Ok(false);
            }
            yield_now().await;
        }
        // Whatever is there by now.
        while let Some(there) = self.find(t, &next.client_id).await? {
            if self.inner.replace(t, &there, next).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn remove(&self, t: &Tenant, id: &ClientId) -> Result<bool, StoreError> {
        ClientRegistry::remove(&self.inner, t, id).await
    }

    async fn list(
        &self,
        t: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        self.inner.list(t, owner, after, limit).await
    }
}

/// What a check that must fail said.
async fn complaint(check: impl Future<Output = ()> + Send + 'static) -> String {
    let failed = tokio::spawn(check).await.expect_err("the planted fault was not caught");
    *failed.into_panic().downcast::<String>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_ignores_what_was_seen_is_caught() {
    let store = Faulty::new(Planted::IgnoresWhatWasSeen);
    let said = complaint(store_contract::a_changed_client_is_not_replaced(store)).await;
    assert!(said.contains("another one than was seen"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_then_write_registry_is_caught_by_the_racers() {
    let store = Faulty::new(Planted::ReadThenWrite);
    let said = complaint(store_contract::one_of_many_replaces_a_client(store)).await;
    assert!(said.contains("racers replaced one client"), "{said}");
}
