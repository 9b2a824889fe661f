//! The metadata document (RFC 8414 §3).

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, header};

use super::Endpoint;
use crate::{
    context::Context,
    http_types::{Request, Response},
    wire::Metadata,
};

/// Serves a document that was written when the server was built.
#[derive(Debug)]
pub(crate) struct MetadataEndpoint {
    document: Bytes,
}

impl MetadataEndpoint {
    pub(crate) fn new(metadata: &Metadata) -> Self {
        Self { document: serde_json::to_vec(metadata).unwrap_or_default().into() }
    }
}

#[async_trait]
impl Endpoint for MetadataEndpoint {
    fn name(&self) -> &'static str {
        "metadata"
    }

    /// Mounted by the server at every spelling of the well-known address instead.
    fn path(&self) -> &str {
        "/.well-known/oauth-authorization-server"
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, _: Context, _: Request) -> Response {
        response(&self.document)
    }
}

/// A document that everybody may read, and keep for five minutes.
pub(super) fn response(document: &Bytes) -> Response {
    let mut response = Response::new(document.clone());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
