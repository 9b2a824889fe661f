//! Clients that registered themselves and were never used.

use std::sync::Arc;

use async_trait::async_trait;

use super::{ClientRegistry, StoreError};
use crate::clock::Timestamp;

/// Takes clients away that registered themselves and that nobody uses. That one is used, its grants
/// say: no request writes it down.
#[async_trait]
pub trait UnusedClients: ClientRegistry {
    /// Removes up to `limit` clients, of all tenants, that may be removed from a moment before
    /// `before` on if they are [unused](crate::model::Registered::unused_until), and for which there
    /// is no grant, not even one that has ended and is still remembered. Returns how many; fewer than
    /// `limit` means that nothing more is to be done now. A client found to be in use may be left
    /// alone for a day, so that not every call looks at all of them.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot. What was removed until then stays removed.
    async fn remove_unused_clients(&self, before: Timestamp, limit: u32)
    -> Result<u32, StoreError>;
}

#[async_trait]
impl<T: UnusedClients + ?Sized> UnusedClients for Arc<T> {
    async fn remove_unused_clients(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        (**self).remove_unused_clients(before, limit).await
    }
}
