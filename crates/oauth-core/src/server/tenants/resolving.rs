//! The servers of many tenants, by the paths of requests.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http::StatusCode;
use quick_cache::sync::Cache;

use super::{ResolveTenant, paths::Paths};
use crate::{
    context::Context,
    endpoint::edge,
    error::{Error, Refusal},
    events::Event,
    flights::Flights,
    http_types::Response,
    server::{AuthorizationServer, Inner, site::Site},
    store::StoreError,
    wire::json,
};

/// How many tenants' servers are kept at most.
const CAPACITY: usize = 10_000;

pub(in crate::server) struct Tenants {
    paths: Paths,
    resolver: Arc<dyn ResolveTenant>,
    sites: Cache<String, Arc<Site>>,
    resolving: Flights<String, Result<Arc<Site>, NoSite>>,
    /// How often a tenant was forgotten.
    forgotten: AtomicU64,
}

/// Why there is no site.
#[derive(Clone)]
pub(super) enum NoSite {
    Unknown,
    Store(Arc<StoreError>),
}

impl Tenants {
    pub(super) fn new(paths: Paths, resolver: Arc<dyn ResolveTenant>) -> Self {
        let (sites, resolving) = (Cache::new(CAPACITY), Flights::new());
        Self { paths, resolver, sites, resolving, forgotten: AtomicU64::new(0) }
    }

    pub(in crate::server) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The server of the tenant that the path names.
    pub(in crate::server) async fn resolve(
        &self,
        path: &str,
    ) -> Result<Option<AuthorizationServer>, StoreError> {
        match self.find(path).await {
            Ok(site) => Ok(Some(AuthorizationServer { inner: Inner::One(site) })),
            Err(NoSite::Unknown) => Ok(None),
            Err(NoSite::Store(error)) => Err(error.again()),
        }
    }

    /// The site that the path names, or the response that says that there is none.
    pub(in crate::server) async fn site(&self, path: &str) -> Result<Arc<Site>, Response> {
        self.find(path).await.map_err(|why| match why {
            NoSite::Unknown => edge::refusal(StatusCode::NOT_FOUND),
            NoSite::Store(error) => {
                let error = Error::from(error.again());
                let Refusal { code, description } = error.refusal();
                let mut response = json::error(error.status(), code, description);
                error.add_retry_after(&mut response);
                response
            }
        })
    }

    /// The servers that were resolved and not dropped since.
    pub(in crate::server) fn in_use(&self) -> Vec<Arc<Site>> {
        self.sites.iter().map(|(_, site)| site).collect()
    }

    /// Drops the server of a tenant, which is resolved anew when it is next asked for, even if it is
    /// being resolved now.
    pub(in crate::server) fn forget(&self, name: &str) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.resolving.part(&name.to_owned());
        self.sites.remove(name);
    }

    pub(super) async fn find(&self, path: &str) -> Result<Arc<Site>, NoSite> {
        let name = self.paths.name(path).ok_or(NoSite::Unknown)?;
        if let Some(site) = self.sites.get(name) {
            return Ok(site);
        }
        // Boxed: a tenant is resolved once, and every request would carry the future.
        Box::pin(async {
            let name = name.to_owned();
            self.resolving.join(&name, self.resolve_and_keep(&name)).await
        })
        .await
    }

    async fn resolve_and_keep(&self, name: &str) -> Result<Arc<Site>, NoSite> {
        // Somebody may have ended resolving it since.
        if let Some(site) = self.sites.get(name) {
            return Ok(site);
        }
        let forgotten = self.forgotten.load(Ordering::Acquire);
        let resolved = self.resolver.resolve(name).await;
        let resolved = resolved.map_err(|error| NoSite::Store(Arc::new(error)))?;
        let site = match resolved.map(|server| server.inner) {
            Some(Inner::One(site)) if self.is_at(&site, name) => site,
            _ => return Err(NoSite::Unknown),
        };
        // If one was forgotten meanwhile, it may be this one, and after it was read: before it is kept, or
        // just as it is.
        if self.forgotten.load(Ordering::Acquire) == forgotten {
            self.sites.insert(name.to_owned(), Arc::clone(&site));
            if self.forgotten.load(Ordering::Acquire) != forgotten {
                self.sites.remove(name);
            }
        }
        Ok(site)
    }

    /// Whether it is the server that belongs there. A name in other letters, of which strangers can
    /// think of many, has none.
    fn is_at(&self, site: &Site, name: &str) -> bool {
        let (own, common) = (site.parts().issuer.path(), self.paths.of(name));
        if !own.eq_ignore_ascii_case(&common) {
            let reason = format!("the issuer of the tenant {name:?} has not the path {common:?}");
            let context = Context::new(site.parts(), "tenants", None);
            context.record(&Event::Misconfigured { reason: &reason });
        }
        own == common
    }
}

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants")
            .field("paths", &self.paths)
            .field("resolver", &self.resolver)
            .finish()
    }
}
