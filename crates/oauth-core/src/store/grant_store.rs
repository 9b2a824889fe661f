//! What resource owners allowed, and everything issued under it.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::{Exchange, Found, Spend, StoreError};
use crate::{
    clock::Timestamp,
    model::{ClientId, Digest, Grant, GrantId, Issued, Subject, Tenant},
};

/// Keeps grants and what is issued under them. Keys are digests: a store never sees a live secret.
///
/// Each verb but [`purge`](Self::purge) is atomic and durable when it returns `Ok`, and without effect
/// when it returns `Err` (a caller that sees `Err` tries again with the same credential); where the
/// answer to a commit was lost, all or nothing of it has happened. The same is true when the future
/// is dropped: each verb is safe to cancel. Times come from the caller.
///
/// Nothing calls [`purge`](Self::purge) by itself: the host spawns `purge_every` of its adapter, or
/// calls [`purge_expired`](crate::AuthorizationServer::purge_expired) now and then.
///
/// A tenant's records are invisible under every other tenant.
#[async_trait]
pub trait GrantStore: Debug + Send + Sync + 'static {
    /// Adds a grant and the first things issued under it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the grant's name or a key is taken; nothing is added then.
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError>;

    /// The item with this key and its grant, in whatever state they are. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot say; never for a key that is not there.
    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError>;

    /// Spends `key` in the way of `spend` **and** adds what it was traded for, `items`, if the key
    /// is live at `at`. Exactly one of any number of racers with [`Spend::Once`] gets
    /// [`Exchange::Done`]; for all others nothing is changed.
    ///
    /// The conditions, and the order in which they are tested, are those of [`Found::spend`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the key of an item is taken; nothing is changed then.
    async fn exchange(
        &self,
        tenant: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError>;

    /// Revokes, for good, and returns how many grants (or, for a token, how many tokens) were
    /// live until then. An exchange that has not returned [`Exchange::Done`] by the time this
    /// returns never will, for anything revoked here.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot; nothing is revoked then.
    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError>;

    /// The grants of a subject that are neither revoked nor expired at `at`, newest first.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot say.
    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError>;

    /// Removes up to `limit` records that ended before `before`, of all tenants: items whose
    /// [`keep_until`](Issued::keep_until) has passed, then grants that have expired and have no
    /// item left. Returns how many were removed; fewer than `limit` means that nothing more is to be
    /// done now. A store that forgets by itself has nothing to do here.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot. What was removed until then stays removed.
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

#[async_trait]
impl<T: GrantStore + ?Sized> GrantStore for Arc<T> {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        (**self).issue(tenant, grant, items).await
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        (**self).find(tenant, key).await
    }

    async fn exchange(
        &self,
        tenant: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        (**self).exchange(tenant, key, spend, items, at).await
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        (**self).revoke(tenant, what, at).await
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        (**self).grants(tenant, subject, at).await
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        (**self).purge(before, limit).await
    }
}

/// What [`GrantStore::revoke`] ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// One item, its grant stays.
    Token(Digest),
    /// One grant and everything under it.
    Grant(GrantId),
    /// Every grant of a client.
    Client(ClientId),
    /// Every grant of a subject.
    Subject(Subject),
    /// Every grant that the subject gave the client.
    SubjectClient(Subject, ClientId),
}
