//! The server: its parts joined. There are no rules here.

mod build;
mod builder;
mod grants;
mod mcp;
mod mount;
mod mounts;
mod part;
mod reporting;
mod resource_server;
mod site;
mod tenants;
mod upkeep;

use std::{net::IpAddr, sync::Arc};

pub use self::{
    build::InvalidServer,
    builder::ServerBuilder,
    grants::Grants,
    mcp::Mcp,
    mount::Mount,
    mounts::Mounts,
    part::Part,
    resource_server::ResourceServer,
    tenants::{ResolveTenant, TenantsBuilder},
};
use self::{
    site::Site,
    tenants::{Tenants, TenantsVerifier},
};
use crate::{
    context::Context,
    endpoint::{authorize::AuthorizationRequest, edge},
    error::Error,
    guard::{Guard, LocalVerifier, TokenVerifier},
    http_types::{BODY_LIMIT, Request, Response},
    store::{ClientStore, GrantStore},
    wire::{Metadata, ReturnTo},
};

/// An authorization server, or many of them under one path with a parameter. Cheap to clone; give
/// it to the application as state.
#[derive(Clone, Debug)]
pub struct AuthorizationServer {
    inner: Inner,
}

#[derive(Clone, Debug)]
enum Inner {
    One(Arc<Site>),
    Many(Arc<Tenants>),
}

impl AuthorizationServer {
    /// Begins a server for `issuer`, such as `https://example.com` or
    /// `https://example.com/oauth`, over these stores. Often both are clones of one.
    pub fn builder(
        issuer: impl Into<String>,
        grants: impl GrantStore,
        clients: impl ClientStore,
    ) -> ServerBuilder {
        ServerBuilder::new(issuer.into(), Arc::new(grants), Arc::new(clients))
    }

    /// Begins many servers, one for each tenant that `resolver` knows, under a path such as
    /// `/{tenant}/oauth`.
    pub fn per_tenant(path: impl Into<String>, resolver: impl ResolveTenant) -> TenantsBuilder {
        TenantsBuilder::new(path.into(), Arc::new(resolver))
    }

    /// What an adapter mounts.
    pub fn mounts(&self) -> Vec<Mount> {
        match &self.inner {
            Inner::One(site) => Mount::of_site(site),
            Inner::Many(tenants) => Mount::of_tenants(tenants),
        }
    }

    /// Checks a request to the authorization endpoint, which the host's own handler received.
    ///
    /// # Errors
    /// The response that answers it instead of the handler.
    pub async fn authorization_request(
        &self,
        request: Request,
    ) -> Result<AuthorizationRequest, Response> {
        let site = self.site(request.uri().path()).await?;
        if let Some(refusal) = edge::over_limits(&request, BODY_LIMIT) {
            return Err(refusal);
        }
        let context = Context::of_request(site.parts(), "authorize", &request);
        AuthorizationRequest::from_request(context, request).await
    }

    /// The guard of the protected API in the same process. It asks the server's own store about
    /// opaque tokens, and its keys about JWTs: a JWT that was revoked is good until it expires.
    pub fn guard(&self) -> Guard {
        Guard::new(self.verifier(false))
    }

    /// As [`guard`](Self::guard), but the store is asked about JWTs, too: one that was revoked, or
    /// whose client was switched off, is refused at once; and while the store does not say, every
    /// token is answered with 503. What a guard further out has found out does not count unless it
    /// is such a one itself.
    pub fn guard_checking_revocation(&self) -> Guard {
        Guard::checking_revocation(self.verifier(true))
    }

    fn verifier(&self, revocation: bool) -> Arc<dyn TokenVerifier> {
        match &self.inner {
            Inner::One(site) => Arc::new(LocalVerifier::new(Arc::clone(site.parts()), revocation)),
            Inner::Many(tenants) => Arc::new(TenantsVerifier::new(Arc::clone(tenants), revocation)),
        }
    }

    /// Accepts the `return_to` of a sign-in page if it is an authorization request of this server,
    /// or [one of its pages](ServerBuilder::sign_in_returns_to). Many servers know the
    /// authorization requests of each tenant at `/authorize`, and no pages; ask the one of a tenant.
    pub fn return_to(&self, text: &str) -> Option<ReturnTo> {
        match &self.inner {
            Inner::One(site) => site.return_to(text),
            Inner::Many(tenants) => tenants.paths().return_to(text),
        }
    }

    /// What resource owners have allowed: to list it, and to end it. `None` for many servers; ask
    /// the one of a tenant.
    pub fn grants(&self) -> Option<Grants> {
        self.context().map(Grants::new)
    }

    /// The server's parts and the time, for what the application does outside of the endpoints.
    /// `None` for many servers; ask the one of a tenant.
    pub fn context(&self) -> Option<Context> {
        self.context_of(None)
    }

    /// As [`context`](Self::context), for somebody who asks from this address: what they guess wrong on
    /// a page of the host's own is counted there.
    pub fn context_for(&self, peer: IpAddr) -> Option<Context> {
        self.context_of(Some(peer))
    }

    /// The metadata document. `None` for many servers; ask the one of a tenant.
    pub fn metadata(&self) -> Option<&Metadata> {
        match &self.inner {
            Inner::One(site) => Some(site.metadata()),
            Inner::Many(_) => None,
        }
    }

    /// The server of the tenant that `path` names, or this one. `None` if there is no such tenant.
    ///
    /// # Errors
    /// [`Error::Store`] if the resolver cannot say.
    pub async fn at(&self, path: &str) -> Result<Option<Self>, Error> {
        match &self.inner {
            Inner::One(_) => Ok(Some(self.clone())),
            Inner::Many(tenants) => Ok(tenants.resolve(path).await?),
        }
    }

    fn context_of(&self, peer: Option<IpAddr>) -> Option<Context> {
        match &self.inner {
            Inner::One(site) => Some(Context::new(site.parts(), "application", peer)),
            Inner::Many(_) => None,
        }
    }

    /// Drops the server of a tenant that was changed or removed; it is resolved anew when it is next
    /// asked for. Nothing happens where there is one server only.
    pub fn forget(&self, tenant: &str) {
        if let Inner::Many(tenants) = &self.inner {
            tenants.forget(tenant);
        }
    }

    /// The site that a path belongs to, or the response that says that there is none.
    async fn site(&self, path: &str) -> Result<Arc<Site>, Response> {
        match &self.inner {
            Inner::One(site) => Ok(Arc::clone(site)),
            Inner::Many(tenants) => tenants.site(path).await,
        }
    }
}
