//! Applications that resource owners register themselves, and what each owner may do with theirs.

mod draft;
mod faults;
mod kind;
mod secrets;

use std::sync::Arc;

use oauth_core::{
    context::Context,
    model::{Client, ClientId, Scope, Subject},
    store::{ClientRegistry, StoreError},
};

#[cfg(test)]
pub(crate) use self::faults::RedirectFault;
pub(crate) use self::{
    draft::{Draft, field},
    faults::Faults,
    kind::Kind,
    secrets::{generate, rotate},
};

/// How many applications an owner may have, unless told otherwise.
const LIMIT: u32 = 20;

/// For how many seconds the old secret stays good beside a new one, unless told otherwise.
const OVERLAP: u32 = 24 * 60 * 60;

/// How many are read at once.
const PAGE: u32 = 100;

/// How often an application is read that is not what was read when it is to be changed.
pub(crate) const READS: usize = 5;

/// Lets whoever is signed in register applications, and edit and delete their own: those of which
/// they are the [`owner`](Client::owner). [`Pages::applications`](crate::Pages::applications) adds
/// the pages for it.
///
/// Whatever a form says passes the checks of [`ClientBuilder`](oauth_core::model::ClientBuilder).
/// What is not on the form stays as it is when an application is edited, weak switches included.
///
/// The server remembers clients for up to
/// [five seconds](oauth_core::server::ServerBuilder::client_cache): for so long a changed
/// application is treated as before, a new secret may still be refused, and a deleted one found.
#[derive(Clone, Debug)]
pub struct Applications {
    registry: Arc<dyn ClientRegistry>,
    scope: Scope,
    limit: u32,
    overlap: u32,
}

impl Applications {
    /// Applications in the registry in which the server looks its clients up.
    pub fn new(registry: impl ClientRegistry) -> Self {
        Self {
            registry: Arc::new(registry),
            scope: Scope::default(),
            limit: LIMIT,
            overlap: OVERLAP,
        }
    }

    /// The most that an application may ask for: what its owner chooses from. Nothing, unless told
    /// otherwise. What the host itself has allowed an application beyond that, it keeps. Each of them
    /// is a checkbox, and a form has room for 50.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// How many applications one owner may have: 20 unless told otherwise. Registrations in the
    /// same instant are not counted against each other.
    #[must_use]
    pub fn limit(mut self, applications: u32) -> Self {
        self.limit = applications;
        self
    }

    /// For how many seconds the old secret stays good once there is a new one: 24 hours unless told
    /// otherwise.
    #[must_use]
    pub fn overlap(mut self, seconds: u32) -> Self {
        self.overlap = seconds;
        self
    }

    /// What an application may ask for.
    pub(crate) fn allowed(&self) -> &Scope {
        &self.scope
    }

    /// Whether somebody who has so many may have another.
    pub(crate) fn has_room(&self, applications: usize) -> bool {
        applications < self.limit as usize
    }

    /// How long two secrets are good at once.
    pub(crate) fn overlap_seconds(&self) -> u32 {
        self.overlap
    }

    /// The owner's applications.
    pub(crate) async fn of(
        &self,
        context: &Context,
        owner: &Subject,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map(|client: &Arc<Client>| &client.client_id);
            let page = self.registry.list(context.tenant(), Some(owner), after, PAGE).await?;
            let last = page.len() < PAGE as usize;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// The owner's application of this identifier. Somebody else's is none.
    pub(crate) async fn find(
        &self,
        context: &Context,
        owner: &Subject,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let found = self.registry.find(context.tenant(), client_id).await?;
        Ok(found.filter(|client| client.owner.as_ref() == Some(owner)))
    }

    /// Adds one; `false` if its identifier is taken.
    pub(crate) async fn register(
        &self,
        context: &Context,
        client: &Client,
    ) -> Result<bool, StoreError> {
        match self.registry.register(context.tenant(), client).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Changes one; `false` if it is not any more what was seen.
    pub(crate) async fn replace(
        &self,
        context: &Context,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        self.registry.replace(context.tenant(), seen, next).await
    }

    /// Removes one, and everything that was issued to it.
    pub(crate) async fn remove(
        &self,
        context: &Context,
        client_id: &ClientId,
    ) -> Result<bool, StoreError> {
        self.registry.remove(context.tenant(), client_id).await
    }
}
