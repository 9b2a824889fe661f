//! The store's clients, and those that describe themselves.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use http::{HeaderValue, header};
use quick_cache::sync::Cache;

use super::{ClientDocuments, cache_control::lifetime, document, url::of_document};
use crate::{
    clock::{Clock, Timestamp},
    events::{self, Event, Events, Occasion},
    fetch::FetchFailed,
    http_types::Request,
    model::{Client, ClientId, Issuer, Tenant, Terms},
    store::{ClientStore, StoreError},
    wire::ErrorCode,
};

/// Longer documents are refused, in bytes (§8.7 of the draft).
const LIMIT: usize = 5 * 1024;

/// How many documents are remembered.
const CAPACITY: usize = 1000;

/// For how long a document counts that cannot be reached any more, in seconds.
const STALE: u32 = 24 * 60 * 60;

/// A client store in which an identifier that is not there may be the URL of a document. Looking a
/// client up in it fetches nothing: only [`described`](Self::described) does, for a request that
/// names the client.
#[derive(Debug)]
pub(crate) struct DescribedClients {
    registered: Arc<dyn ClientStore>,
    reader: Arc<Reader>,
}

/// What is common to those who wait for a document.
struct Reader {
    documents: ClientDocuments,
    terms: Terms,
    issuer: Issuer,
    clock: Arc<dyn Clock>,
    events: Arc<dyn Events>,
    read: Cache<ClientId, Arc<Read>>,
    // Never held across an await.
    flights: Mutex<HashMap<ClientId, WeakShared<Flight>>>,
}

/// A document that was good.
struct Read {
    client: Arc<Client>,
    fresh_until: Timestamp,
    stale_until: Timestamp,
}

/// One reading of a document, for all who wait for it.
type Flight = BoxFuture<'static, Option<Arc<Client>>>;

impl DescribedClients {
    pub(crate) fn new(
        registered: Arc<dyn ClientStore>,
        documents: ClientDocuments,
        terms: Terms,
        issuer: Issuer,
        clock: Arc<dyn Clock>,
        events: Arc<dyn Events>,
    ) -> Self {
        let (read, flights) = (Cache::new(CAPACITY), Mutex::default());
        let reader = Reader { documents, terms, issuer, clock, events, read, flights };
        Self { registered, reader: Arc::new(reader) }
    }

    /// The clients of the store alone.
    pub(crate) fn registered(&self) -> &dyn ClientStore {
        &*self.registered
    }

    /// Whether the identifier is the URL of a document that may be read.
    pub(crate) fn may_be_described(&self, client_id: &ClientId) -> bool {
        let url = of_document(client_id);
        url.and_then(|url| url.host_str().map(|host| self.reader.documents.hosts.allows(host)))
            .unwrap_or(false)
    }

    /// Whether the document would have to be fetched now.
    pub(crate) fn is_unread(&self, client_id: &ClientId) -> bool {
        self.reader.fresh(client_id).is_none()
    }

    /// The client that its document describes.
    pub(crate) async fn described(&self, client_id: &ClientId) -> Option<Arc<Client>> {
        if !self.may_be_described(client_id) {
            return None;
        }
        match self.reader.fresh(client_id) {
            Some(client) => Some(client),
            None => self.reader.flight(client_id).await,
        }
    }
}

#[async_trait]
impl ClientStore for DescribedClients {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        match self.registered.find(tenant, client_id).await? {
            Some(client) => Ok(Some(client)),
            None if self.may_be_described(client_id) => Ok(self.reader.remembered(client_id)),
            None => Ok(None),
        }
    }
}

impl Reader {
    fn remembered(&self, client_id: &ClientId) -> Option<Arc<Client>> {
        self.read.get(client_id).map(|read| Arc::clone(&read.client))
    }

    fn fresh(&self, client_id: &ClientId) -> Option<Arc<Client>> {
        let read = self.read.get(client_id)?;
        (self.clock.now() < read.fresh_until).then(|| Arc::clone(&read.client))
    }

    /// Joins the reading that is under way, or begins one. It ends when nobody waits for it.
    fn flight(self: &Arc<Self>, client_id: &ClientId) -> Shared<Flight> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(client_id).and_then(WeakShared::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.upgrade().is_some());
        let (reader, id) = (Arc::clone(self), client_id.clone());
        let flight = async move { reader.land(&id).await }.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            flights.insert(client_id.clone(), weak);
        }
        flight
    }

    async fn land(&self, client_id: &ClientId) -> Option<Arc<Client>> {
        let read = self.fetch(client_id).await;
        // Whoever comes now begins anew, or finds what was read.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(client_id);
        read
    }

    async fn fetch(&self, client_id: &ClientId) -> Option<Arc<Client>> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = client_id.as_str().parse().ok()?;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let (client, lifetime) = match self.documents.fetch.fetch(request, LIMIT).await {
            Ok(answer) if answer.status().is_server_error() => {
                return self.stale(client_id, "the client metadata document was answered with 5xx");
            }
            Ok(answer) => {
                let client = document::client(client_id, &answer, &self.terms);
                (client, lifetime(answer.headers()))
            }
            Err(FetchFailed::Refused(_)) => {
                (Err("the client metadata document is at an address that is not asked"), 0)
            }
            Err(FetchFailed::TooLarge) => {
                (Err("the client metadata document is longer than 5 KiB"), 0)
            }
            Err(_) => {
                return self.stale(client_id, "the client metadata document cannot be reached");
            }
        };
        match client {
            Ok(client) => {
                let (client, now) = (Arc::new(client), self.clock.now());
                let fresh_until = now.plus(lifetime);
                let stale_until = fresh_until.plus(STALE);
                let read = Read { client: Arc::clone(&client), fresh_until, stale_until };
                self.read.insert(client_id.clone(), Arc::new(read));
                Some(client)
            }
            Err(reason) => {
                self.read.remove(client_id);
                self.refused(client_id, reason);
                None
            }
        }
    }

    /// What was good until now, for a while.
    fn stale(&self, client_id: &ClientId, reason: &'static str) -> Option<Arc<Client>> {
        self.refused(client_id, reason);
        let read = self.read.get(client_id)?;
        (self.clock.now() < read.stale_until).then(|| Arc::clone(&read.client))
    }

    fn refused(&self, client_id: &ClientId, reason: &'static str) {
        let (at, issuer) = (self.clock.now(), &self.issuer);
        let occasion = Occasion { at, issuer, endpoint: "client_document", peer: None };
        let (client, error) = (Some(client_id), ErrorCode::InvalidClient);
        events::tell(&*self.events, &occasion, &Event::Refused { client, error, reason });
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("documents", &self.documents).finish_non_exhaustive()
    }
}
