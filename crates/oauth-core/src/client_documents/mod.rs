//! Clients whose identifier is the URL of a document that describes them
//! (draft-ietf-oauth-client-id-metadata-document).

mod cache_control;
mod clients;
mod document;
mod url;

use std::{fmt::Debug, sync::Arc};

pub(crate) use self::clients::DescribedClients;
use crate::{
    fetch::Fetch,
    model::{RefreshPolicy, Scope},
};

/// Which hosts may describe clients.
pub trait DocumentHosts: Debug + Send + Sync + 'static {
    /// Whether documents of this host are taken. Asked at each use: a host that is taken off the list
    /// takes its clients, and their tokens, with it.
    fn allows(&self, host: &str) -> bool;
}

/// Any host.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyHost;

impl DocumentHosts for AnyHost {
    fn allows(&self, _: &str) -> bool {
        true
    }
}

/// These hosts and no others.
#[derive(Clone, Debug, Default)]
pub struct OnlyHosts(Vec<String>);

impl OnlyHosts {
    /// These hosts, in lower case.
    pub fn new<T: Into<String>>(hosts: impl IntoIterator<Item = T>) -> Self {
        Self(hosts.into_iter().map(Into::into).collect())
    }
}

impl DocumentHosts for OnlyHosts {
    fn allows(&self, host: &str) -> bool {
        self.0.iter().any(|own| own == host)
    }
}

/// Lets clients in that are described by a document at their identifier, an https URL (Client ID
/// Metadata Documents).
/// [`ServerBuilder::client_documents`](crate::server::ServerBuilder::client_documents) switches it on.
///
/// A document has at most 5 KiB, says the very URL as its `client_id`, and passes the checks of every
/// registration, without secrets. It is remembered for as long as its `Cache-Control` says, a minute
/// at least and a day at most; ten minutes if it says nothing. Failures are not remembered, but
/// while a document is under way, whoever asks for it waits for that one; and if a document that was
/// good cannot be reached, it counts for another day at most, so that nobody is signed out because a
/// website is down. Documents are fetched for authorization and token requests that name their
/// client, and for nothing else: a guard looks at none.
///
/// A client that the store knows under the URL goes before the document.
#[derive(Clone, Debug)]
pub struct ClientDocuments {
    fetch: Arc<dyn Fetch>,
    hosts: Arc<dyn DocumentHosts>,
    scope: Option<Scope>,
    refresh_policy: RefreshPolicy,
    loopback: bool,
}

impl ClientDocuments {
    /// Documents of any host, fetched by this client, which must be one that
    /// [guards](crate::fetch::Fetch) against addresses on the inside.
    pub fn new(fetch: impl Fetch) -> Self {
        let (fetch, hosts) = (Arc::new(fetch), Arc::new(AnyHost));
        let refresh_policy = RefreshPolicy::default();
        Self { fetch, hosts, scope: None, refresh_policy, loopback: false }
    }

    /// Which hosts may describe clients: any, unless told otherwise.
    #[must_use]
    pub fn hosts(mut self, hosts: impl DocumentHosts) -> Self {
        self.hosts = Arc::new(hosts);
        self
    }

    /// The most that such a client may ask for: the scopes of the server and of its resources, unless
    /// told otherwise.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// How the refresh tokens of such clients live: rotated, without a grace, unless told otherwise.
    #[must_use]
    pub fn refresh_policy(mut self, policy: RefreshPolicy) -> Self {
        self.refresh_policy = policy;
        self
    }

    /// Weak: takes a `jwks_uri` on a loopback address, and links for people. For development and tests.
    #[must_use]
    pub fn dangerous_allow_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    pub(crate) fn own_scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    pub(crate) fn own_refresh_policy(&self) -> RefreshPolicy {
        self.refresh_policy
    }

    pub(crate) fn allows_loopback(&self) -> bool {
        self.loopback
    }
}
