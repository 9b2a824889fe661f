//! What clients of the Model Context Protocol need of their authorization server.

use std::sync::Arc;

use super::{Part, ServerBuilder};
use crate::{
    client_auth::{ClientAuth as _, PrivateKeyJwt},
    client_documents::ClientDocuments,
    endpoint::registration::Registration,
    fetch::Fetch,
    model::{RefreshPolicy, Rotation},
    store::{ReplayStore, UnusedClients},
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
/// [`default_scope`](ServerBuilder::default_scope). What the server was told before or is told later goes
/// before this: with a [`registration`](ServerBuilder::registration) of its own, that is who may register.
#[derive(Clone, Debug)]
pub struct Mcp {
    registry: Arc<dyn UnusedClients>,
    replays: Arc<dyn ReplayStore>,
    fetch: Option<Arc<dyn Fetch>>,
}

impl Mcp {
    /// With this registry, in which the server looks its clients up; what may be used once only is
    /// remembered there, too.
    pub fn new(store: impl UnusedClients + ReplayStore) -> Self {
        let store = Arc::new(store);
        let registry: Arc<dyn UnusedClients> = Arc::<_>::clone(&store) as _;
        Self { registry, replays: store, fetch: None }
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
        let builder = match builder.registration {
            Some(_) => builder,
            None => builder.registration(registration.refresh_policy(refresh_policy)),
        };
        let builder = match builder.replays {
            Some(_) => builder,
            None => builder.replay_store(self.replays),
        };
        let Some(fetch) = self.fetch else { return builder };
        let documents = ClientDocuments::new(Arc::clone(&fetch)).refresh_policy(refresh_policy);
        let private_key_jwt = PrivateKeyJwt::new().fetch(fetch);
        let mut methods = builder.client_auth.iter();
        let builder = match methods.any(|own| own.method() == private_key_jwt.method()) {
            true => builder,
            false => builder.client_auth(private_key_jwt),
        };
        match builder.client_documents {
            Some(_) => builder,
            None => builder.client_documents(documents),
        }
    }
}
