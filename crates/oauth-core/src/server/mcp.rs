//! What clients of the Model Context Protocol need of their authorization server.

use std::sync::Arc;

use super::{Part, ServerBuilder};
use crate::{
    client_auth::PrivateKeyJwt,
    client_documents::ClientDocuments,
    endpoint::registration::Registration,
    fetch::Fetch,
    model::{RefreshPolicy, Rotation},
    store::UnusedClients,
};

/// For how many seconds a client that lost the answer may refresh again, and how often.
const ROTATION: Rotation = Rotation::RotateWithGrace { grace: 30, retries: 5 };

/// Makes a server one for clients of the Model Context Protocol, which nobody has registered before
/// they come (its authorization specification of 2025-11-25 and 2026-07-28): give it to
/// [`ServerBuilder::with`].
///
/// - Anybody may register (RFC 7591), for all of the scope, so that a client may ask for more when a
///   tool needs it.
/// - With [`documents`](Self::documents), a client may be described by the document at its
///   identifier, and prove who it is with a key (`private_key_jwt`).
/// - Refresh tokens are rotated; a client whose answer was lost may ask again for half a minute.
///
/// The rest is every server's: PKCE with S256, `iss` in each authorization response, metadata. Name
/// the MCP server with [`resource`](ServerBuilder::resource), with its scopes, by the URL that clients
/// connect to: their tokens are for it alone (RFC 8707). Clients ask for the scope that the guard's
/// challenge names; for those that name none there is
/// [`default_scope`](ServerBuilder::default_scope). What a later call sets goes before this.
#[derive(Clone, Debug)]
pub struct Mcp {
    registry: Arc<dyn UnusedClients>,
    fetch: Option<Arc<dyn Fetch>>,
}

impl Mcp {
    /// With this registry, in which the server looks its clients up.
    pub fn new(registry: impl UnusedClients) -> Self {
        Self { registry: Arc::new(registry), fetch: None }
    }

    /// Lets clients in that are described by a document at their identifier, an https URL. It is
    /// fetched by this client, as are the keys that it names; it must be one that
    /// [guards](crate::fetch::Fetch) against addresses on the inside.
    #[must_use]
    pub fn documents(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }
}

impl Part for Mcp {
    fn join(self, builder: ServerBuilder) -> ServerBuilder {
        let refresh_policy = RefreshPolicy { rotation: ROTATION, ..RefreshPolicy::default() };
        let registration = Registration::new(self.registry).open().whole_scope();
        let builder = builder.registration(registration.refresh_policy(refresh_policy));
        let Some(fetch) = self.fetch else { return builder };
        let documents = ClientDocuments::new(Arc::clone(&fetch)).refresh_policy(refresh_policy);
        builder.client_auth(PrivateKeyJwt::new().fetch(fetch)).client_documents(documents)
    }
}
