//! A store that fails on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Client, ClientId, Digest, Grant, Issued, KeyId, StoredKey, Subject, Tenant},
    store::{
        ClientRegistry, ClientStore, Exchange, Found, GrantStore, KeyStore, ReplayStore, Revoke,
        Spend, StoreError, UnusedClients,
    },
};

/// Where a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Before the store did anything: it could not be reached.
    Before,
    /// After the store did its work: the answer was lost, and nobody knows what happened.
    After,
}

/// A store around another that answers [`StoreError::Unavailable`] when it is told to. Plays every
/// role that the inner store plays; calls are counted over all of them.
///
/// ```
/// use oauth_core::store::{MemoryStore, StoreError, ClientStore as _};
/// use oauth_core_testkit::{Fault, FaultyStore};
///
/// # fn main() {
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = FaultyStore::new(MemoryStore::new());
/// store.fail_call(2, Fault::Before);
/// let (tenant, client) = (Default::default(), "photos".into());
/// assert!(store.find(&tenant, &client).await.is_ok());
/// assert!(matches!(store.find(&tenant, &client).await, Err(StoreError::Unavailable(_))));
/// assert!(store.find(&tenant, &client).await.is_ok());
/// # });
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FaultyStore<S> {
    inner: S,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    calls: u64,
    faults: BTreeMap<u64, Fault>,
    down: bool,
}

impl<S> FaultyStore<S> {
    /// A store that works like `inner` until it is told otherwise. Clones share the plan.
    pub fn new(inner: S) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// The store behind, which never fails.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Lets the `nth` call from now fail, once; 1 is the next call.
    pub fn fail_call(&self, nth: u64, fault: Fault) {
        let mut plan = self.plan();
        let call = plan.calls + nth;
        plan.faults.insert(call, fault);
    }

    /// While down, every call fails before it does anything.
    pub fn set_down(&self, down: bool) {
        self.plan().down = down;
    }

    /// How many calls there were so far, failed ones included.
    pub fn calls(&self) -> u64 {
        self.plan().calls
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let fault = {
            let mut plan = self.plan();
            plan.calls += 1;
            let call = plan.calls;
            let planned = plan.faults.remove(&call);
            if plan.down { Some(Fault::Before) } else { planned }
        };
        match fault {
            None => work.await,
            Some(Fault::Before) => Err(StoreError::unavailable("injected before the call")),
            Some(Fault::After) => {
                work.await?;
                Err(StoreError::unavailable("injected after the call"))
            }
        }
    }
}

#[async_trait]
impl<S: GrantStore> GrantStore for FaultyStore<S> {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        self.call(self.inner.issue(tenant, grant, items)).await
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        self.call(self.inner.find(tenant, key)).await
    }

    async fn exchange(
        &self,
        tenant: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        self.call(self.inner.exchange(tenant, key, spend, items, at)).await
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.call(self.inner.revoke(tenant, what, at)).await
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        self.call(self.inner.grants(tenant, subject, at)).await
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.call(self.inner.purge(before, limit)).await
    }
}

#[async_trait]
impl<S: ClientStore> ClientStore for FaultyStore<S> {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        self.call(self.inner.find(tenant, client_id)).await
    }
}

#[async_trait]
impl<S: ClientRegistry> ClientRegistry for FaultyStore<S> {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        self.call(self.inner.register(tenant, client)).await
    }

    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        self.call(self.inner.replace(tenant, seen, next)).await
    }

    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        self.call(self.inner.remove(tenant, client_id)).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        self.call(self.inner.list(tenant, owner, after, limit)).await
    }
}

#[async_trait]
impl<S: UnusedClients> UnusedClients for FaultyStore<S> {
    async fn remove_unused_clients(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        self.call(self.inner.remove_unused_clients(before, limit)).await
    }
}

#[async_trait]
impl<S: ReplayStore> ReplayStore for FaultyStore<S> {
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.call(self.inner.first_use(tenant, key, at, keep_until)).await
    }

    async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.call(self.inner.forget(before, limit)).await
    }
}

#[async_trait]
impl<S: KeyStore> KeyStore for FaultyStore<S> {
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError> {
        self.call(self.inner.keys(tenant)).await
    }

    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError> {
        self.call(self.inner.succeed(tenant, predecessor, key)).await
    }

    async fn remove(&self, tenant: &Tenant, kid: &KeyId) -> Result<bool, StoreError> {
        self.call(self.inner.remove(tenant, kid)).await
    }
}
