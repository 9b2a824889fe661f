//! What may be used once only.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::StoreError;
use crate::{
    clock::Timestamp,
    model::{Digest, Tenant},
};

/// Remembers what has been used: the `jti` of a client assertion (RFC 7523 §3). Keys are digests of what
/// was used and of everything that tells it apart.
///
/// A tenant's records are invisible under every other tenant.
#[async_trait]
pub trait ReplayStore: Debug + Send + Sync + 'static {
    /// Remembers the key from `at`, which is now, until `keep_until`. `true` for exactly one of any
    /// number of callers, `false` for all others for as long as the key is remembered; it may be
    /// remembered for longer.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot say. The key may be remembered all the same.
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Forgets up to `limit` keys that were to be remembered until a moment before `before`, of all
    /// tenants. Returns how many; fewer than `limit` means that it is done. A store that forgets by
    /// itself has nothing to do here.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot.
    async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

#[async_trait]
impl<T: ReplayStore + ?Sized> ReplayStore for Arc<T> {
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError> {
        (**self).first_use(tenant, key, at, keep_until).await
    }

    async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        (**self).forget(before, limit).await
    }
}
