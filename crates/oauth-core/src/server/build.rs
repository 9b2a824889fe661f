//! Joining the parts that were gathered.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, atomic::AtomicBool},
};

use http::HeaderValue;

use super::{
    AuthorizationServer, Inner, ServerBuilder,
    site::{Mounted, Site},
};
use crate::{
    client_auth::ClientAuth,
    client_documents::{ClientDocuments, DescribedClients},
    context::{Context, Parts},
    endpoint::{
        Callers, Endpoint, IntrospectionEndpoint, JwksEndpoint, ResourceMetadataEndpoint,
        RevocationEndpoint, TokenEndpoint,
        cors::Origins,
        registration::{ManagementEndpoint, Registration, RegistrationEndpoint},
    },
    events::Event,
    keys::{Host, InvalidKeys, KeyRing},
    model::{AccessTokenFormat, InvalidIssuer, Issuer, Resource, ResourceId, Scope, Terms},
    store::{CachedClients, ClientStore},
    throttle::{MemoryThrottle, Turns},
    wire::Metadata,
};

/// Why a server cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidServer {
    /// The issuer breaks a rule of RFC 8414 §2.
    #[error("issuer: {0}")]
    Issuer(#[from] InvalidIssuer),
    /// An origin is not scheme, host and port.
    #[error(
        "browser origin {0:?}: scheme, host and port, without a path, such as https://app.example"
    )]
    Origin(String),
    /// No crypto backend was chosen.
    #[error(
        "no crypto backend: switch on the feature `aws-lc-rs` (the default) or `rust-crypto` of oauth-core"
    )]
    NoCryptoBackend,
    /// The signing keys cannot be used.
    #[error("signing keys: {0}")]
    Keys(#[from] InvalidKeys),
    /// Access tokens are to be JWTs, and there is nothing to sign them with.
    #[error("JWT access tokens need signing keys: ServerBuilder::signing_keys")]
    NoKeys,
    /// Clients may prove who they are by an assertion, and nobody remembers which were used.
    #[error(
        "client assertions are good once only, and nobody remembers which were used: ServerBuilder::replay_store, with a clone of the store"
    )]
    NoReplayStore,
    /// Paths for an endpoint that is not there.
    #[error("paths for {0:?}: there is no endpoint of that name")]
    NoSuchEndpoint(String),
    /// A resource that has no http address, where one is needed.
    #[error("resource {0:?}: an http or https URL, so that it can be asked what it is")]
    Resource(String),
    /// Something for people on a server without an authorization endpoint.
    #[error("{0}: needs the authorization endpoint that this server is without")]
    NoAuthorizationEndpoint(&'static str),
    /// A path that does not begin with a slash, or holds more than a path; or a common path of tenants in
    /// which not one segment is a parameter.
    #[error(
        "path {0:?}: it begins with a slash, has no query, fragment or blank, and if tenants have it in common one parameter, such as /{{tenant}}"
    )]
    NotAPath(String),
    /// Two endpoints have the same path.
    #[error("two endpoints at {0:?}")]
    Path(String),
}

impl ServerBuilder {
    /// Joins everything.
    ///
    /// # Errors
    /// [`InvalidServer`] says what does not fit.
    pub fn build(mut self) -> Result<AuthorizationServer, InvalidServer> {
        if !crate::crypto::is_available() {
            return Err(InvalidServer::NoCryptoBackend);
        }
        let issuer = Issuer::parse(&self.issuer)?;
        let origins = origins(&self.origins)?;
        if !self.authorization_endpoint {
            self.grant_types.retain(|own| own.name() != "authorization_code");
        }
        let by_assertion = |method: &Arc<dyn ClientAuth>| !method.signing_algorithms().is_empty();
        if self.replays.is_none() && self.client_auth.iter().any(by_assertion) {
            return Err(InvalidServer::NoReplayStore);
        }
        let terms = self.terms();
        let callers = Callers::new(mem::take(&mut self.client_auth));
        let grant_types = mem::take(&mut self.grant_types);
        for path in self.pages.iter().chain([&self.authorize_path]) {
            check_path(path)?;
        }
        let mut endpoints: Vec<Arc<dyn Endpoint>> = vec![
            Arc::new(TokenEndpoint::new(callers.clone(), grant_types, self.shape.take())),
            Arc::new(RevocationEndpoint::new(callers.clone())),
            Arc::new(IntrospectionEndpoint::new(callers)),
        ];
        if self.keys.is_some() {
            endpoints.push(Arc::new(JwksEndpoint));
        } else if self.wants_jwts() {
            return Err(InvalidServer::NoKeys);
        }
        if let Some(settings) = self.registration.clone() {
            let terms = Arc::new(for_registration(&settings, terms.clone()));
            let mut open = terms.grant_types.iter();
            if !self.authorization_endpoint && open.all(|own| own == "refresh_token") {
                return Err(InvalidServer::NoAuthorizationEndpoint("registration for codes"));
            }
            endpoints
                .push(Arc::new(RegistrationEndpoint::new(settings.clone(), Arc::clone(&terms))));
            endpoints.push(Arc::new(ManagementEndpoint::new(settings, terms)));
        }
        endpoints.append(&mut self.endpoints);
        self.check_authorization_endpoint(&endpoints)?;
        let endpoints = mounted(endpoints, mem::take(&mut self.paths))?;
        self.be_a_resource(&issuer)?;
        let documents = self.documents(&issuer)?;
        let metadata = self.metadata(&issuer, &endpoints);
        let dangers = mem::take(&mut self.dangers);
        let parts = Arc::new(self.into_parts(issuer, terms)?);
        for what in dangers {
            Context::new(&parts, "server", None).record(&Event::Dangerous { what });
        }
        let site = Site::new(parts, origins, endpoints, documents, metadata);
        Ok(AuthorizationServer { inner: Inner::One(Arc::new(site)) })
    }

    /// A server that says that there is no authorization endpoint has nothing that leads there.
    fn check_authorization_endpoint(
        &self,
        endpoints: &[Arc<dyn Endpoint>],
    ) -> Result<(), InvalidServer> {
        let what = [
            (self.implicit_grant, "the implicit grant"),
            (self.client_documents.is_some(), "client_documents"),
            (endpoints.iter().any(|own| own.name() == "authorize"), "the consent page"),
        ];
        match what.into_iter().find(|(there, _)| *there && !self.authorization_endpoint) {
            Some((_, what)) => Err(InvalidServer::NoAuthorizationEndpoint(what)),
            None => Ok(()),
        }
    }

    /// An application that names no resource is one, by the name of its issuer.
    fn be_a_resource(&mut self, issuer: &Issuer) -> Result<(), InvalidServer> {
        if self.resources.is_empty() {
            let identifier = ResourceId::parse(issuer.as_str());
            let identifier = identifier.map_err(|_| InvalidIssuer::NotNormal)?;
            let scopes = self.scopes.clone().unwrap_or_default();
            self.resources.push(Resource::new(identifier).scopes(scopes));
        }
        Ok(())
    }

    /// What the resources at the issuer's origin say about themselves. Those elsewhere speak for
    /// themselves.
    fn documents(&self, issuer: &Issuer) -> Result<Vec<ResourceMetadataEndpoint>, InvalidServer> {
        let mut documents = Vec::<ResourceMetadataEndpoint>::new();
        for resource in self.resources.iter().filter(|own| own.identifier.is_at(issuer.origin())) {
            let Some(document) = ResourceMetadataEndpoint::new(resource, issuer) else { continue };
            if documents.iter().any(|other| other.path() == document.path()) {
                return Err(InvalidServer::Path(document.path().to_owned()));
            }
            documents.push(document);
        }
        Ok(documents)
    }

    fn metadata(&self, issuer: &Issuer, endpoints: &[Mounted]) -> Metadata {
        let mut metadata = Metadata::default();
        metadata.set("issuer", issuer.as_str());
        if self.authorization_endpoint {
            metadata.set("authorization_endpoint", issuer.url(&self.authorize_path));
            metadata.set("authorization_response_iss_parameter_supported", true);
            metadata.add("response_types_supported", ["code"]);
            metadata.add("response_modes_supported", ["query"]);
            metadata.add("code_challenge_methods_supported", ["S256"]);
        } else {
            // RFC 8414 §2 wants it anyway.
            metadata.add("response_types_supported", []);
        }
        if self.implicit_grant {
            metadata.add("response_types_supported", ["token"]);
            metadata.add("response_modes_supported", ["fragment"]);
            metadata.add("grant_types_supported", ["implicit"]);
        }
        if let Some(scopes) = &self.scopes {
            metadata.add("scopes_supported", scopes.iter());
        }
        if self.client_documents.is_some() {
            metadata.set("client_id_metadata_document_supported", true);
        }
        for Mounted { endpoint, paths } in endpoints {
            if let Some(path) = paths.first() {
                endpoint.describe(issuer.url(path), &mut metadata);
            }
        }
        metadata
    }

    fn wants_jwts(&self) -> bool {
        let of_resources = self.resources.iter().filter_map(|own| own.access_token_format);
        of_resources.chain([self.access_token_format]).any(|own| own == AccessTokenFormat::Jwt)
    }

    fn into_parts(self, issuer: Issuer, terms: Terms) -> Result<Parts, InvalidServer> {
        let below = |path: &String| format!("{}{path}", issuer.path());
        let clock = self.clock;
        let memory = || MemoryThrottle::new(Arc::clone(&clock));
        let clients = match self.client_cache {
            0 => self.clients,
            seconds => Arc::new(CachedClients::new(self.clients, Arc::clone(&clock), seconds)),
        };
        let host = Host {
            issuer: issuer.clone(),
            tenant: self.tenant.clone(),
            clock: Arc::clone(&clock),
            random: Arc::clone(&self.random),
            events: Arc::clone(&self.events),
        };
        let keys = self.keys.map(|keys| KeyRing::new(keys, host)).transpose()?;
        let issuer_itself = || ResourceId::parse(issuer.as_str()).ok();
        let is_here = |own: &&Resource| own.identifier.is_at(issuer.origin());
        let described_resources =
            self.resources.iter().filter(is_here).map(|own| own.identifier.clone());
        let described = self.client_documents.map(|documents| {
            let (registered, events) = (Arc::clone(&clients), Arc::clone(&self.events));
            let (issuer, clock) = (issuer.clone(), Arc::clone(&clock));
            let terms = for_documents(&documents, terms);
            let clients =
                DescribedClients::new(registered, documents, terms, issuer, clock, events);
            Arc::new(clients)
        });
        let self_registered = self.registration.map(|settings| settings.registry);
        let clients = match &described {
            Some(described) => Arc::clone(described) as Arc<dyn ClientStore>,
            None => clients,
        };
        Ok(Parts {
            described_resources: described_resources.collect(),
            default_audience: self.default_audience.or_else(issuer_itself),
            keys,
            access_token_format: self.access_token_format,
            access_token_claims: self.access_token_claims,
            authorize_path: below(&self.authorize_path),
            pages: self.pages.iter().map(below).collect(),
            issuer,
            tenant: self.tenant,
            clients,
            described,
            self_registered,
            grants: self.grants,
            replays: self.replays,
            random: self.random,
            events: self.events,
            throttle: self.throttle.unwrap_or_else(|| Arc::new(memory())),
            told_of_no_peer: AtomicBool::new(false),
            throttle_in_need: memory(),
            turns: Turns::new(),
            error_page: self.error_page,
            formats: self.formats,
            lifetimes: self.lifetimes,
            default_scope: self.default_scope,
            implicit_grant: self.implicit_grant,
            resources: self.resources,
            clock,
        })
    }
}

impl ServerBuilder {
    /// What is open to clients that nobody has looked at.
    fn terms(&self) -> Terms {
        let resources = self.resources.iter().map(|resource| &resource.scopes);
        let scope = self.scopes.iter().chain(resources);
        let scope = scope.fold(Scope::default(), |all, own| all.union(own));
        let grant_types = self.grant_types.iter().map(|grant_type| grant_type.name());
        Terms::usual(scope, grant_types, self.client_auth.iter().map(|method| method.method()))
    }
}

fn for_registration(settings: &Registration, mut terms: Terms) -> Terms {
    if let Some(scope) = &settings.scope {
        terms.scope = scope.clone();
    }
    let opened = |name: &String| settings.grant_types.contains(name);
    let (open, closed) = mem::take(&mut terms.closed_grant_types).into_iter().partition(opened);
    let open: Vec<_> = open;
    terms.grant_types.extend(open);
    terms.closed_grant_types = closed;
    terms.whole_scope = settings.whole_scope;
    terms.refresh_policy = settings.refresh_policy;
    terms.loopback = settings.loopback;
    terms
}

fn for_documents(documents: &ClientDocuments, terms: Terms) -> Terms {
    let mut terms = terms.without_shared_secrets();
    if let Some(scope) = documents.own_scope() {
        terms.scope = scope.clone();
    }
    terms.refresh_policy = documents.own_refresh_policy();
    terms.loopback = documents.allows_loopback();
    terms
}

fn origins(origins: &[String]) -> Result<Origins, InvalidServer> {
    let read = |origin: &String| {
        let url = url::Url::parse(origin).ok();
        let plain = url.is_some_and(|url| url.origin().ascii_serialization() == *origin);
        let value = HeaderValue::from_str(origin).ok().filter(|_| plain);
        value.ok_or_else(|| InvalidServer::Origin(origin.clone()))
    };
    Ok(Origins::new(origins.iter().map(read).collect::<Result<Vec<_>, _>>()?))
}

/// Whether something can be mounted there.
pub(super) fn check_path(path: &str) -> Result<(), InvalidServer> {
    let holds_more = |c: char| matches!(c, '?' | '#') || c.is_whitespace() || c.is_control();
    if !path.starts_with('/') || path.contains(holds_more) {
        return Err(InvalidServer::NotAPath(path.to_owned()));
    }
    Ok(())
}

/// Puts each endpoint at its paths, no two at one.
fn mounted(
    endpoints: Vec<Arc<dyn Endpoint>>,
    mut paths: HashMap<String, Vec<String>>,
) -> Result<Vec<Mounted>, InvalidServer> {
    let mut all = Vec::<Mounted>::with_capacity(endpoints.len());
    for endpoint in endpoints {
        let own = || vec![endpoint.path().to_owned()];
        let paths = paths.remove(endpoint.name()).unwrap_or_else(own);
        for path in &paths {
            check_path(path)?;
            if all.iter().any(|earlier| earlier.paths.contains(path)) {
                return Err(InvalidServer::Path(path.clone()));
            }
        }
        all.push(Mounted { endpoint, paths });
    }
    match paths.into_keys().next() {
        None => Ok(all),
        Some(name) => Err(InvalidServer::NoSuchEndpoint(name)),
    }
}
