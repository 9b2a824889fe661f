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

    /// Puts `next` in place of `seen`, which has the same identifier, if that is still what is there
    /// and equal in every field; `false` if it is not, and nothing is changed. To read and to write is
    /// one step: of any number who have seen the same client and want to change it, one can.
    ///
    /// Who is told `false` reads the client again, decides again, and tries again; else a client that
    /// an operator has just disabled would be enabled by somebody who changes its name.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot.
    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError>;

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

    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        (**self).replace(tenant, seen, next).await
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
