//! Protected resource metadata (RFC 9728 §2).

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use serde::Serialize;

use super::{Endpoint, metadata};
use crate::{
    context::Context,
    http_types::{Request, Response},
    model::{Issuer, Resource, ResourceId},
    wire::Metadata,
};

/// Serves what a resource says about itself, written when the server was built.
#[derive(Debug)]
pub(crate) struct ResourceMetadataEndpoint {
    path: String,
    document: Bytes,
}

#[derive(Serialize)]
struct Document<'a> {
    resource: &'a ResourceId,
    authorization_servers: [&'a str; 1],
    bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'a str>,
}

impl ResourceMetadataEndpoint {
    /// `None` for a resource that has no address to be asked at.
    pub(crate) fn new(resource: &Resource, issuer: &Issuer) -> Option<Self> {
        let document = Document {
            resource: &resource.identifier,
            authorization_servers: [issuer.as_str()],
            bearer_methods_supported: ["header"],
            scopes_supported: resource.scopes.iter().collect(),
            resource_name: resource.name.as_deref(),
            resource_documentation: resource.documentation.as_deref(),
        };
        let document = serde_json::to_vec(&document).unwrap_or_default().into();
        Some(Self { path: resource.identifier.metadata_path()?, document })
    }

    /// The document.
    pub(crate) fn response(&self) -> Response {
        metadata::response(&self.document)
    }
}

#[async_trait]
impl Endpoint for ResourceMetadataEndpoint {
    fn name(&self) -> &'static str {
        "resource_metadata"
    }

    /// Absolute: it follows from the resource, not from the issuer.
    fn path(&self) -> &str {
        &self.path
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, _: Context, _: Request) -> Response {
        self.response()
    }
}
