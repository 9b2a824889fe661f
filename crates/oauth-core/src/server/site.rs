//! One issuer's server: its parts and its endpoints.

use std::{collections::HashMap, sync::Arc};

use crate::{
    context::{Context, Parts},
    endpoint::{Endpoint, MetadataEndpoint, ResourceMetadataEndpoint, cors::Origins, edge},
    http_types::{Request, Response},
    wire::{Metadata, ReturnTo},
};

/// The well-known names under which the metadata document is looked for (RFC 8414 §3 and §5).
const WELL_KNOWN: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The end of a path with a client's identifier in it, as adapters spell it.
const BELOW: &str = "/{client_id}";

/// An endpoint and the paths below the issuer's at which it answers.
#[derive(Debug)]
pub(super) struct Mounted {
    pub(super) endpoint: Arc<dyn Endpoint>,
    pub(super) paths: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Site {
    parts: Arc<Parts>,
    origins: Origins,
    endpoints: HashMap<String, Arc<dyn Endpoint>>,
    metadata: Metadata,
}

impl Site {
    pub(super) fn new(
        parts: Arc<Parts>,
        origins: Origins,
        endpoints: Vec<Mounted>,
        documents: Vec<ResourceMetadataEndpoint>,
        metadata: Metadata,
    ) -> Self {
        let issuer_path = parts.issuer.path();
        let mut mounted = HashMap::new();
        for Mounted { endpoint, paths } in endpoints {
            for path in paths {
                mounted.insert(format!("{issuer_path}{path}"), Arc::clone(&endpoint));
            }
        }
        let document: Arc<dyn Endpoint> = Arc::new(MetadataEndpoint::new(&metadata));
        for path in well_known(issuer_path) {
            mounted.insert(path, Arc::clone(&document));
        }
        for document in documents {
            mounted.insert(document.path().to_owned(), Arc::new(document));
        }
        Self { parts, origins, endpoints: mounted, metadata }
    }

    pub(super) fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    pub(super) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The paths that are mounted, in a fixed order.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.endpoints.keys().cloned().collect();
        paths.sort();
        paths
    }

    /// What answers at a path, whose last segment may be a client's identifier.
    pub(super) fn endpoint(&self, path: &str) -> Option<&Arc<dyn Endpoint>> {
        self.endpoints.get(path).or_else(|| {
            let (above, _) = path.rsplit_once('/')?;
            self.endpoints.get(&format!("{above}{BELOW}"))
        })
    }

    pub(super) fn return_to(&self, text: &str) -> Option<ReturnTo> {
        ReturnTo::parse(text, &self.parts.authorize_path, &self.parts.pages)
    }

    pub(super) fn serve<'a>(
        &'a self,
        endpoint: &'a dyn Endpoint,
        request: Request,
    ) -> impl Future<Output = Response> + Send + use<'a> {
        let context = Context::of_request(&self.parts, endpoint.name(), &request);
        edge::serve(endpoint, &self.origins, context, request)
    }
}

/// Every spelling of the address of the metadata document: for an issuer with a path before it
/// (RFC 8414 §3.1) and, as many clients look for it, behind it.
pub(super) fn well_known(issuer_path: &str) -> Vec<String> {
    let spellings = |name: &&str| [format!("{name}{issuer_path}"), format!("{issuer_path}{name}")];
    let mut paths: Vec<_> = WELL_KNOWN.iter().flat_map(spellings).collect();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::well_known;

    #[test]
    fn met_003_an_issuer_with_a_path_is_found_in_every_spelling() {
        let paths = well_known("/t1");
        for path in
            ["/.well-known/oauth-authorization-server/t1", "/t1/.well-known/openid-configuration"]
        {
            assert!(paths.iter().any(|own| own == path), "{path}");
        }
        assert_eq!(paths.len(), 4);
        assert_eq!(well_known("").len(), 2);
    }
}
