//! The guard of many tenants.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;

use super::{Tenants, resolving::NoSite};
use crate::{
    guard::{Access, Denied, Guarded, LocalVerifier, TokenVerifier},
    model::ResourceId,
    store::StoreError,
};

/// The guard of many tenants: a token of one is nothing in another.
#[derive(Debug)]
pub(in crate::server) struct TenantsVerifier {
    tenants: Arc<Tenants>,
    revocation: bool,
}

impl TenantsVerifier {
    pub(in crate::server) fn new(tenants: Arc<Tenants>, revocation: bool) -> Self {
        Self { tenants, revocation }
    }

    /// The verifier of the tenant that the path names.
    async fn at(&self, path: &str) -> Result<LocalVerifier, NoSite> {
        let site = self.tenants.find(path).await?;
        Ok(LocalVerifier::new(Arc::clone(site.parts()), self.revocation))
    }
}

#[async_trait]
impl TokenVerifier for TenantsVerifier {
    async fn verify(
        &self,
        token: &str,
        request: &Guarded<'_>,
    ) -> Result<Option<Access>, StoreError> {
        match self.at(request.path).await {
            Ok(verifier) => verifier.verify(token, request).await,
            Err(NoSite::Unknown) => Ok(None),
            Err(NoSite::Store(error)) => Err(error.again()),
        }
    }

    async fn accepts(&self, known: &Access, request: &Guarded<'_>) -> bool {
        match self.at(request.path).await {
            Ok(verifier) => verifier.accepts(known, request).await,
            Err(_) => false,
        }
    }

    fn reads_paths(&self) -> bool {
        true
    }

    async fn denied(&self, why: Denied<'_>, request: &Guarded<'_>) {
        if let Ok(verifier) = self.at(request.path).await {
            verifier.denied(why, request).await;
        }
    }

    async fn described(&self, request: &Guarded<'_>) -> Arc<[ResourceId]> {
        let site = self.tenants.find(request.path).await.ok();
        site.map(|site| Arc::clone(&site.parts().described_resources)).unwrap_or_default()
    }

    /// The path of the tenant's issuer; the issuer itself is known only once it is resolved. The root
    /// for what can be nobody's name.
    fn realm(&self, request: &Guarded<'_>) -> Cow<'_, str> {
        match self.tenants.paths().name(request.path) {
            Some(name) => Cow::Owned(self.tenants.paths().of(name)),
            None => Cow::Borrowed("/"),
        }
    }
}
