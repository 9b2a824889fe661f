//! The client roles in memory.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::{Arc, PoisonError},
};

use async_trait::async_trait;

use super::{MemoryStore, records::Records};
use crate::{
    clock::Timestamp,
    model::{Client, ClientId, Subject, Tenant},
    store::{ClientRegistry, ClientStore, StoreError, UnusedClients},
};

pub(super) type Clients = HashMap<Tenant, BTreeMap<ClientId, Arc<Client>>>;

impl MemoryStore {
    fn read<T>(
        &self,
        tenant: &Tenant,
        read: impl FnOnce(&BTreeMap<ClientId, Arc<Client>>) -> T,
    ) -> Option<T> {
        self.clients.read().unwrap_or_else(PoisonError::into_inner).get(tenant).map(read)
    }

    fn write<T>(
        &self,
        tenant: &Tenant,
        write: impl FnOnce(&mut BTreeMap<ClientId, Arc<Client>>) -> T,
    ) -> T {
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        write(clients.entry(tenant.clone()).or_default())
    }
}

#[async_trait]
impl ClientStore for MemoryStore {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        Ok(self.read(tenant, |clients| clients.get(client_id).cloned()).flatten())
    }
}

#[async_trait]
impl ClientRegistry for MemoryStore {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        self.write(tenant, |clients| {
            if clients.contains_key(&client.client_id) {
                return Err(StoreError::Conflict);
            }
            clients.insert(client.client_id.clone(), Arc::new(client.clone()));
            Ok(())
        })
    }

    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        Ok(self.write(tenant, |clients| match clients.get_mut(&next.client_id) {
            Some(place) if **place == *seen => {
                *place = Arc::new(next.clone());
                true
            }
            _ => false,
        }))
    }

    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        let removed = self.write(tenant, |clients| clients.remove(client_id).is_some());
        if let Some(records) = self.grants().get_mut(tenant) {
            records.remove_client(client_id);
        }
        Ok(removed)
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.clone()));
        let page = self.read(tenant, |clients| {
            let from_there = clients.range((from, Bound::Unbounded)).map(|(_, client)| client);
            let owned = from_there.filter(|c| owner.is_none_or(|o| c.owner.as_ref() == Some(o)));
            owned.take(limit as usize).cloned().collect()
        });
        Ok(page.unwrap_or_default())
    }
}

#[async_trait]
impl UnusedClients for MemoryStore {
    async fn remove_unused_clients(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let mut all = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        let grants = self.grants();
        let mut removed = 0;
        for (tenant, clients) in all.iter_mut() {
            let used = grants.get(tenant).map(Records::clients).unwrap_or_default();
            clients.retain(|client_id, client| {
                let end = client.registered.as_ref().and_then(|known| known.unused_until);
                let unused = end.is_some_and(|end| end < before) && !used.contains(client_id);
                let remove = unused && removed < limit;
                removed += u32::from(remove);
                !remove
            });
        }
        Ok(removed)
    }
}
