//! The protected side: access tokens checked, routes guarded (RFC 6750).

mod access;
mod challenge;
mod denied;
mod introspection_verifier;
mod jwks_verifier;
mod layer;
mod requirement;
mod tool_call;
mod verify;

use std::{fmt, net::IpAddr, sync::Arc};

use http::HeaderMap;

use self::challenge::Kind;
pub(crate) use self::verify::LocalVerifier;
pub use self::{
    access::Access,
    challenge::Challenge,
    denied::Denied,
    introspection_verifier::IntrospectionVerifier,
    jwks_verifier::JwksVerifier,
    layer::{GuardLayer, GuardService, is_preflight},
    requirement::{AnyOf, RequiredScope, Requirement},
    tool_call::{NoMessage, called_tool},
    verify::TokenVerifier,
};
use crate::{
    http_types::HeaderNames,
    model::{ResourceId, Scope},
    wire::bearer::{self, BearerHeader},
};

/// Checks the access tokens of requests. Cheap to clone; extractors, the tower layer and the actix
/// middleware all ask one.
#[derive(Clone, Debug)]
pub struct Guard {
    verifier: Arc<dyn TokenVerifier>,
    resource: Option<ResourceId>,
    revocation: bool,
}

/// What of a request the guard looks at.
#[derive(Clone, Copy)]
pub struct Guarded<'a> {
    /// The headers: `Authorization`, and nothing else.
    pub headers: &'a HeaderMap,
    /// The path, which may name the tenant.
    pub path: &'a str,
    /// From which address it came.
    pub peer: Option<IpAddr>,
    /// What a guard further out has found out already. If that is a guard of the same server, the
    /// store is not asked again; whether the token is meant for this guard's resource is.
    pub known: Option<&'a Access>,
}

/// Without what the headers say.
impl fmt::Debug for Guarded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("headers", &HeaderNames(self.headers))
            .field("path", &self.path)
            .field("peer", &self.peer)
            .field("known", &self.known)
            .finish()
    }
}

impl Guard {
    /// A guard that asks this verifier.
    pub fn new(verifier: Arc<dyn TokenVerifier>) -> Self {
        Self { verifier, resource: None, revocation: false }
    }

    /// A guard that takes no guard's word who has not asked whether the token was revoked.
    pub(crate) fn checking_revocation(verifier: Arc<dyn TokenVerifier>) -> Self {
        Self { verifier, resource: None, revocation: true }
    }

    /// The same guard for one resource: tokens must have it in their audience (RFC 8707 §2). Use
    /// one guard for each resource that tokens can be asked for. A guard for none in particular takes
    /// the tokens for every resource at the issuer's origin, and for none that is elsewhere.
    #[must_use]
    pub fn for_resource(&self, resource: ResourceId) -> Self {
        Self { resource: Some(resource), ..self.clone() }
    }

    /// The token of the request, if it is good and reaches as far as the requirement says.
    ///
    /// # Errors
    /// The [`Challenge`] that answers the request: 401 without a good token, 400 for a header that
    /// cannot be read, 403 with the scope that would do, 503 while the store does not say.
    pub async fn admit(
        &self,
        request: Guarded<'_>,
        requirement: &Requirement,
    ) -> Result<Access, Challenge> {
        let met = |scope: &Scope| requirement.is_met_by(scope);
        self.check(&request, met, || requirement.to_string()).await
    }

    /// As [`admit`](Self::admit), where the requirement is a type.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub async fn bearer<S: RequiredScope>(
        &self,
        request: Guarded<'_>,
    ) -> Result<Access, Challenge> {
        self.check(&request, S::is_met_by, || Requirement::of::<S>().to_string()).await
    }

    /// As [`bearer`](Self::bearer), but `None` where the request has no `Authorization: Bearer` at
    /// all. A token that is not good is refused here, too.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub async fn maybe_bearer<S: RequiredScope>(
        &self,
        request: Guarded<'_>,
    ) -> Result<Option<Access>, Challenge> {
        let is_absent = matches!(bearer::read(request.headers), BearerHeader::Absent);
        if is_absent && self.believed(&request).await.is_none() {
            return Ok(None);
        }
        self.bearer::<S>(request).await.map(Some)
    }

    async fn check(
        &self,
        request: &Guarded<'_>,
        met: impl FnOnce(&Scope) -> bool,
        needed: impl FnOnce() -> String,
    ) -> Result<Access, Challenge> {
        let found = match self.believed(request).await {
            Some(known) => Ok(Some(known.clone())),
            None => self.find(request).await,
        };
        match found {
            Ok(Some(access)) if self.is_meant(&access) && met(access.scope()) => Ok(access),
            // Boxed, so that a request that may pass does not carry it about.
            found => Err(Box::pin(self.refuse(found, request, needed())).await),
        }
    }

    /// Tells the operator and the client why what was found is not enough.
    async fn refuse(
        &self,
        found: Result<Option<Access>, Kind>,
        request: &Guarded<'_>,
        scope: String,
    ) -> Challenge {
        let denied = match &found {
            Ok(Some(access)) if !self.is_meant(access) => Denied::Audience(access),
            Ok(Some(access)) => Denied::Scope(access),
            Ok(None) => Denied::NotGood,
            Err(Kind::InvalidRequest) => Denied::Unreadable,
            Err(kind) => return self.challenge(*kind, request, scope).await,
        };
        self.verifier.denied(denied, request).await;
        self.challenge(denied.kind(), request, scope).await
    }

    /// What a guard further out has found out, if that is as good as asking.
    async fn believed<'a>(&self, request: &Guarded<'a>) -> Option<&'a Access> {
        let known = request.known?;
        let is_checked = known.is_revocation_checked() || !self.revocation;
        (is_checked && self.verifier.accepts(known, request).await).then_some(known)
    }

    fn reads_paths(&self) -> bool {
        self.verifier.reads_paths()
    }

    async fn challenge(&self, kind: Kind, request: &Guarded<'_>, scope: String) -> Challenge {
        if matches!(kind, Kind::Unavailable) {
            // It names no realm and no resource: what cannot be said is not asked once more.
            return Challenge::new(kind, String::new(), String::new(), None);
        }
        let described = self.verifier.described(request).await;
        let reach = |own: &&ResourceId| own.reach(request.path);
        let resource = match (&self.resource, &*described) {
            (Some(own), described) => described.iter().find(|known| *known == own),
            (None, [only]) => Some(only),
            (None, several) => several.iter().filter(|r| reach(r).is_some()).max_by_key(reach),
        };
        let document = resource.and_then(ResourceId::metadata_url);
        Challenge::new(kind, self.verifier.realm(request).into_owned(), scope, document)
    }

    async fn find(&self, request: &Guarded<'_>) -> Result<Option<Access>, Kind> {
        let token = match bearer::read(request.headers) {
            BearerHeader::Present(token) => token,
            BearerHeader::Absent => return Err(Kind::NoToken),
            BearerHeader::Malformed => return Err(Kind::InvalidRequest),
        };
        self.verifier.verify(token, request).await.map_err(|_| Kind::Unavailable)
    }

    /// A tower layer that admits requests with a good token of this scope. Put it on with
    /// `route_layer`, so that what is not found stays 404.
    ///
    /// A CORS preflight (`OPTIONS` with `Access-Control-Request-Method`) passes without a token,
    /// because browsers send none: a handler behind the layer that answers `OPTIONS`, too, is
    /// reached by anybody in that way, unless it extracts the token by itself.
    ///
    /// Behind a router that cuts paths (axum's `nest`) use the adapter's `guard_layer`, which knows
    /// the whole ones; of many tenants this one alone [admits nobody](GuardLayer::whole_address).
    pub fn layer(&self, requirement: Requirement) -> GuardLayer {
        GuardLayer::new(self.clone(), requirement)
    }

    /// A token with an audience is good there only. One without is good wherever no resource is
    /// told apart.
    fn is_meant(&self, access: &Access) -> bool {
        match &self.resource {
            Some(own) => access.audience().contains(own),
            None => access.audience().is_empty() || access.is_for_own_audience(),
        }
    }
}
