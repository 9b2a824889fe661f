//! Which clients there are.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Client, ClientId, Subject, Tenant};

/// Looks clients up. A host whose clients live in a table of its own implements this and nothing
/// else.
#[async_trait]
pub trait ClientStore: Debug + Send + Sync + 'static {
    /// The client of this tenant with this identifier.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot say; never for a client that is not there.
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError>;
}

/// Adds, changes and removes clients.
#[async_trait]
pub trait ClientRegistry: ClientStore {
    /// Adds a client.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the identifier is taken; nothing is changed then.
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError>;

    /// Puts the client in place of the one with its identifier; `false` if there was none.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot.
    async fn replace(&self, tenant: &Tenant, client: &Client) -> Result<bool, StoreError>;

    /// Removes the client, its grants and everything issued to it; `false` if there was none.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot.
    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError>;

    /// Up to `limit` clients in the order of their identifiers, those after `after`, and only
    /// `owner`'s where one is given.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot say.
    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError>;
}

#[async_trait]
impl<T: ClientStore + ?Sized> ClientStore for Arc<T> {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        (**self).find(tenant, client_id).await
    }
}

#[async_trait]
impl<T: ClientRegistry + ?Sized> ClientRegistry for Arc<T> {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        (**self).register(tenant, client).await
    }

    async fn replace(&self, tenant: &Tenant, client: &Client) -> Result<bool, StoreError> {
        (**self).replace(tenant, client).await
    }

    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        (**self).remove(tenant, client_id).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        (**self).list(tenant, owner, after, limit).await
    }
}
