//! The keys that sign, shared by the nodes of a server.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::StoreError;
use crate::model::{KeyId, StoredKey, Tenant};

/// Keeps signing keys, so that any number of nodes sign with the same one and take turns in making
/// the next. The keys of one `alg` are a chain: each is added behind the newest, so of several nodes
/// that find at the same time that a new key is due, one makes it.
///
/// A tenant's keys are invisible under every other tenant.
#[async_trait]
pub trait KeyStore: Debug + Send + Sync + 'static {
    /// All keys of the tenant, of every `alg`, in the order of their
    /// [`created_at`](StoredKey::created_at).
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot say.
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError>;

    /// Adds a key behind `predecessor`, the newest key of the same `alg` that the caller saw; `None`
    /// if it saw none. `false`, and nothing is added, if somebody else has already added a key
    /// there: [`keys`](Self::keys) then has it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the tenant has a key of that name; nothing is added then.
    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError>;

    /// Removes a key: one that signs no more and whose last token has expired, or one that was
    /// stolen. `false` if there was none.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot.
    async fn remove(&self, tenant: &Tenant, kid: &KeyId) -> Result<bool, StoreError>;
}

#[async_trait]
impl<T: KeyStore + ?Sized> KeyStore for Arc<T> {
    async fn keys(&self, tenant: &Tenant) -> Result<Vec<StoredKey>, StoreError> {
        (**self).keys(tenant).await
    }

    async fn succeed(
        &self,
        tenant: &Tenant,
        predecessor: Option<&KeyId>,
        key: &StoredKey,
    ) -> Result<bool, StoreError> {
        (**self).succeed(tenant, predecessor, key).await
    }

    async fn remove(&self, tenant: &Tenant, kid: &KeyId) -> Result<bool, StoreError> {
        (**self).remove(tenant, kid).await
    }
}
