//! A protected resource whose authorization server is elsewhere.

use std::sync::Arc;

use super::{InvalidServer, Mount, builder::default_events, reporting::Reporting};
use crate::{
    endpoint::{Endpoint as _, ResourceMetadataEndpoint},
    events::Events,
    guard::{Guard, TokenVerifier},
    http_types::Response,
    model::{Issuer, Resource},
};

/// The protected side alone: a guard, and the document in which the resource says where its tokens
/// come from (RFC 9728). Cheap to clone; give it to the application as state, as one would an
/// [`AuthorizationServer`](crate::AuthorizationServer), and mount it with the adapter.
#[derive(Clone, Debug)]
pub struct ResourceServer {
    guard: Guard,
    verifier: Arc<dyn TokenVerifier>,
    issuer: Issuer,
    document: Arc<Document>,
}

#[derive(Debug)]
pub(super) struct Document {
    path: String,
    response: Response,
}

impl ResourceServer {
    /// The resource, its issuer, and who checks tokens for it: a
    /// [`JwksVerifier`](crate::guard::JwksVerifier), an
    /// [`IntrospectionVerifier`](crate::guard::IntrospectionVerifier), or one of the host's own.
    ///
    /// # Errors
    /// [`InvalidServer::Resource`] if the resource has no http address at which it could be asked.
    pub fn new(
        resource: &Resource,
        issuer: &Issuer,
        verifier: impl TokenVerifier,
    ) -> Result<Self, InvalidServer> {
        let document = ResourceMetadataEndpoint::new(resource, issuer)
            .ok_or_else(|| InvalidServer::Resource(resource.identifier.to_string()))?;
        let document = Document { path: document.path().to_owned(), response: document.response() };
        let (verifier, issuer): (Arc<dyn TokenVerifier>, _) = (Arc::new(verifier), issuer.clone());
        let guard = guard(&verifier, &issuer, default_events());
        Ok(Self { guard, verifier, issuer, document: Arc::new(document) })
    }

    /// Who hears why tokens could not be checked, such as that the issuer's keys cannot be had: with
    /// the feature `tracing` that is [`TracingEvents`](crate::events::TracingEvents) unless told
    /// otherwise.
    #[must_use]
    pub fn events(mut self, events: impl Events) -> Self {
        self.guard = guard(&self.verifier, &self.issuer, Arc::new(events));
        self
    }

    /// What checks the tokens of requests.
    pub fn guard(&self) -> Guard {
        self.guard.clone()
    }

    /// What an adapter mounts.
    pub fn mounts(&self) -> Vec<Mount> {
        vec![Mount::of_document(&self.document)]
    }
}

fn guard(verifier: &Arc<dyn TokenVerifier>, issuer: &Issuer, events: Arc<dyn Events>) -> Guard {
    let (verifier, issuer) = (Arc::clone(verifier), issuer.clone());
    Guard::new(Arc::new(Reporting { verifier, issuer, events }))
}

impl Document {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn response(&self) -> Response {
        self.response.clone()
    }
}
