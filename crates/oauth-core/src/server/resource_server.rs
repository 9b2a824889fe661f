//! A protected resource whose authorization server is elsewhere.

use std::sync::Arc;

use super::{InvalidServer, Mount};
use crate::{
    endpoint::{Endpoint as _, ResourceMetadataEndpoint},
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
        Ok(Self { guard: Guard::new(Arc::new(verifier)), document: Arc::new(document) })
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

impl Document {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn response(&self) -> Response {
        self.response.clone()
    }
}
