//! Many issuers under one path with a parameter, each resolved when it is first asked for.

use std::{borrow::Cow, fmt, sync::Arc};

use async_trait::async_trait;
use http::StatusCode;
use quick_cache::sync::Cache;

use super::{
    AuthorizationServer, Inner, InvalidServer,
    build::check_path,
    site::{Site, well_known},
};
use crate::{
    context::Context,
    endpoint::edge,
    error::{Error, Refusal},
    events::Event,
    guard::{Access, Guarded, LocalVerifier, TokenVerifier},
    http_types::Response,
    model::ResourceId,
    store::StoreError,
    wire::{ReturnTo, json},
};

/// How many tenants' servers are kept at most.
const CAPACITY: usize = 10_000;

/// Longer names are of nobody, in bytes.
const NAME_LIMIT: usize = 255;

/// Knows the tenants.
#[async_trait]
pub trait ResolveTenant: fmt::Debug + Send + Sync + 'static {
    /// The server of a tenant; `None` if there is no such tenant. Its issuer's path is the common
    /// path with the tenant's name in it, else nobody is served. Servers over one store each have a
    /// [`tenant`](super::ServerBuilder::tenant) of their own: what tells their clients and grants
    /// apart is that, and not the issuer.
    ///
    /// Asked once, until the server is dropped for want of room or
    /// [forgotten](AuthorizationServer::forget), which this process does for itself alone. What a
    /// server is to remember beyond that is shared, and handed to each: the store of what is used
    /// [once](super::ServerBuilder::replay_store), the throttle, the key of the pages' sessions.
    ///
    /// `tenant` is 1 to 255 of the bytes that a path has as they are (RFC 3986 §2.3), not `.` or `..`,
    /// and chosen by whoever asks.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say.
    async fn resolve(&self, tenant: &str) -> Result<Option<AuthorizationServer>, StoreError>;
}

/// Gathers what is common to the tenants' servers.
#[derive(Debug)]
#[must_use = "it serves once it is built"]
pub struct TenantsBuilder {
    path: String,
    endpoints: Vec<String>,
    resources: Vec<String>,
    resolver: Arc<dyn ResolveTenant>,
}

impl TenantsBuilder {
    pub(super) fn new(path: String, resolver: Arc<dyn ResolveTenant>) -> Self {
        let endpoints = ["/token", "/revoke", "/introspect", "/jwks"].map(str::to_owned).to_vec();
        Self { path, endpoints, resources: vec![String::new()], resolver }
    }

    /// Mounts these paths below the common one, in place of the usual four.
    pub fn endpoints<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.endpoints = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Mounts more than token, revocation, introspection and key endpoint: `/authorize` and
    /// `/sign-in` with ready-made pages, `/register` and `/register/{client_id}`, or an endpoint of
    /// the host's own. A tenant's server that
    /// has nothing there answers 404.
    pub fn also(mut self, path: impl Into<String>) -> Self {
        self.endpoints.push(path.into());
        self
    }

    /// Mounts the document of a resource that tenants have at this path below the common one, such as
    /// `/mcp` (RFC 9728 §3.1). That of a resource with the name of the issuer is there anyway.
    pub fn resource(mut self, path: impl Into<String>) -> Self {
        self.resources.push(path.into());
        self
    }

    /// Joins everything.
    ///
    /// # Errors
    /// [`InvalidServer`] if a path is none, is there twice, or if no segment of the common one is a
    /// parameter.
    pub fn build(self) -> Result<AuthorizationServer, InvalidServer> {
        let position = self.path.split('/').position(|segment| segment.starts_with('{'));
        let position = position.ok_or_else(|| InvalidServer::NotAPath(self.path.clone()))?;
        let own = self.resources.iter().filter(|path| !path.is_empty());
        for path in self.endpoints.iter().chain(own).chain([&self.path]) {
            check_path(path)?;
        }
        for paths in [&self.endpoints, &self.resources] {
            let twice = paths.iter().enumerate().find(|(at, path)| paths[..*at].contains(path));
            if let Some((_, path)) = twice {
                return Err(InvalidServer::Path(path.clone()));
            }
        }
        let tenants = Tenants {
            position,
            path: self.path,
            endpoints: self.endpoints,
            resources: self.resources,
            resolver: self.resolver,
            sites: Cache::new(CAPACITY),
        };
        Ok(AuthorizationServer { inner: Inner::Many(Arc::new(tenants)) })
    }
}

pub(super) struct Tenants {
    path: String,
    /// Which segment of a path names the tenant.
    position: usize,
    endpoints: Vec<String>,
    resources: Vec<String>,
    resolver: Arc<dyn ResolveTenant>,
    sites: Cache<String, Arc<Site>>,
}

/// Why there is no site.
enum NoSite {
    Unknown,
    Store(StoreError),
}

impl Tenants {
    pub(super) fn paths(&self) -> Vec<String> {
        let below = self.endpoints.iter().map(|path| format!("{}{path}", self.path));
        let document = |path| format!("/.well-known/oauth-protected-resource{}{path}", self.path);
        let documents = self.resources.iter().map(document);
        below.chain(well_known(&self.path)).chain(documents).collect()
    }

    /// The server of the tenant that the path names.
    pub(super) async fn resolve(
        &self,
        path: &str,
    ) -> Result<Option<AuthorizationServer>, StoreError> {
        match self.find(path).await {
            Ok(site) => Ok(Some(AuthorizationServer { inner: Inner::One(site) })),
            Err(NoSite::Unknown) => Ok(None),
            Err(NoSite::Store(error)) => Err(error),
        }
    }

    /// The site that the path names, or the response that says that there is none.
    pub(super) async fn site(&self, path: &str) -> Result<Arc<Site>, Response> {
        self.find(path).await.map_err(|why| match why {
            NoSite::Unknown => edge::bare(StatusCode::NOT_FOUND),
            NoSite::Store(error) => {
                let error = Error::from(error);
                let Refusal { code, description } = error.refusal();
                let mut response = json::error(error.status(), code, description);
                error.add_retry_after(&mut response);
                response
            }
        })
    }

    pub(super) fn return_to(&self, text: &str) -> Option<ReturnTo> {
        let name = self.name(text.split('?').next()?)?;
        ReturnTo::parse(text, &format!("{}/authorize", self.path_of(name)), &[])
    }

    /// The servers that were resolved and not dropped since.
    pub(super) fn in_use(&self) -> Vec<Arc<Site>> {
        self.sites.iter().map(|(_, site)| site).collect()
    }

    /// Drops the server of a tenant, which is resolved anew when it is next asked for.
    pub(super) fn forget(&self, name: &str) {
        self.sites.remove(name);
    }

    /// The common path with the tenant's name in it.
    fn path_of(&self, name: &str) -> String {
        let segments = self.path.split('/');
        let path: Vec<_> = segments.map(|s| if s.starts_with('{') { name } else { s }).collect();
        path.join("/")
    }

    async fn find(&self, path: &str) -> Result<Arc<Site>, NoSite> {
        let name = self.name(path).ok_or(NoSite::Unknown)?;
        let resolving = async {
            let resolved = self.resolver.resolve(name).await.map_err(NoSite::Store)?;
            match resolved.map(|server| server.inner) {
                Some(Inner::One(site)) if self.is_at(&site, name) => Ok(site),
                _ => Err(NoSite::Unknown),
            }
        };
        self.sites.get_or_insert_async(name, resolving).await
    }

    /// Whether it is the server that belongs there. A name in other letters, of which strangers can
    /// think of many, has none.
    fn is_at(&self, site: &Site, name: &str) -> bool {
        let (own, common) = (site.parts().issuer.path(), self.path_of(name));
        if !own.eq_ignore_ascii_case(&common) {
            let reason = format!("the issuer of the tenant {name:?} has not the path {common:?}");
            let context = Context::new(site.parts(), "tenants", None);
            context.record(&Event::Misconfigured { reason: &reason });
        }
        own == common
    }

    /// The tenant's name in a path: of an endpoint, of an API beside it, or of a well-known
    /// document, which has two segments before the issuer's path.
    fn name<'a>(&self, path: &'a str) -> Option<&'a str> {
        let well_known = if path.starts_with("/.well-known/") { 2 } else { 0 };
        let name = path.split('/').nth(self.position + well_known)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let is_name = (1..=NAME_LIMIT).contains(&name.len()) && !matches!(name, "." | "..");
        (is_name && name.bytes().all(plain)).then_some(name)
    }
}

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants")
            .field("path", &self.path)
            .field("resolver", &self.resolver)
            .finish()
    }
}

/// The guard of many tenants: a token of one is nothing in another.
#[derive(Debug)]
pub(super) struct TenantsVerifier {
    tenants: Arc<Tenants>,
    revocation: bool,
}

impl TenantsVerifier {
    pub(super) fn new(tenants: Arc<Tenants>, revocation: bool) -> Self {
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
            Err(NoSite::Store(error)) => Err(error),
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

    async fn refused_for_audience(&self, access: &Access, request: &Guarded<'_>) {
        if let Ok(verifier) = self.at(request.path).await {
            verifier.refused_for_audience(access, request).await;
        }
    }

    async fn described(&self, request: &Guarded<'_>) -> Arc<[ResourceId]> {
        let site = self.tenants.find(request.path).await.ok();
        site.map(|site| Arc::clone(&site.parts().described_resources)).unwrap_or_default()
    }

    /// The path of the tenant's issuer; the issuer itself is known only once it is resolved. The root
    /// for what can be nobody's name.
    fn realm(&self, request: &Guarded<'_>) -> Cow<'_, str> {
        match self.tenants.name(request.path) {
            Some(name) => Cow::Owned(self.tenants.path_of(name)),
            None => Cow::Borrowed("/"),
        }
    }
}
