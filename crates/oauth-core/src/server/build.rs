//! Joining the parts that were gathered.

use std::{collections::HashMap, mem, sync::Arc};

use http::HeaderValue;

use super::{
    AuthorizationServer, Inner, ServerBuilder,
    site::{Mounted, Site},
};
use crate::{
    context::{Context, Parts},
    endpoint::{
        Callers, Endpoint, IntrospectionEndpoint, JwksEndpoint, RevocationEndpoint, TokenEndpoint,
        cors::Origins,
    },
    events::Event,
    keys::{Host, InvalidKeys, KeyRing},
    model::{AccessTokenFormat, InvalidIssuer, Issuer, ResourceId},
    store::CachedClients,
    throttle::MemoryThrottle,
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
    /// Paths for an endpoint that is not there.
    #[error("paths for {0:?}: there is no endpoint of that name")]
    NoSuchEndpoint(String),
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
        let callers = Callers::new(mem::take(&mut self.client_auth));
        let grant_types = mem::take(&mut self.grant_types);
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
        endpoints.append(&mut self.endpoints);
        let endpoints = mounted(endpoints, mem::take(&mut self.paths))?;
        let metadata = self.metadata(&issuer, &endpoints);
        let dangers = mem::take(&mut self.dangers);
        let parts = Arc::new(self.into_parts(issuer)?);
        for what in dangers {
            Context::new(&parts, "server", None).record(&Event::Dangerous { what });
        }
        let site = Site::new(parts, origins, endpoints, metadata);
        Ok(AuthorizationServer { inner: Inner::One(Arc::new(site)) })
    }

    fn metadata(&self, issuer: &Issuer, endpoints: &[Mounted]) -> Metadata {
        let mut metadata = Metadata::default();
        metadata.set("issuer", issuer.as_str());
        metadata.set("authorization_endpoint", issuer.url(&self.authorize_path));
        metadata.set("authorization_response_iss_parameter_supported", true);
        metadata.add("response_types_supported", ["code"]);
        metadata.add("response_modes_supported", ["query"]);
        if self.implicit_grant {
            metadata.add("response_types_supported", ["token"]);
            metadata.add("response_modes_supported", ["fragment"]);
            metadata.add("grant_types_supported", ["implicit"]);
        }
        metadata.add("code_challenge_methods_supported", ["S256"]);
        if let Some(scopes) = &self.scopes {
            metadata.add("scopes_supported", scopes.iter());
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

    fn into_parts(self, issuer: Issuer) -> Result<Parts, InvalidServer> {
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
        Ok(Parts {
            default_audience: self.default_audience.or_else(issuer_itself),
            keys,
            access_token_format: self.access_token_format,
            access_token_claims: self.access_token_claims,
            authorize_path: below(&self.authorize_path),
            pages: self.pages.iter().map(below).collect(),
            issuer,
            tenant: self.tenant,
            clients,
            grants: self.grants,
            random: self.random,
            events: self.events,
            throttle: self.throttle.unwrap_or_else(|| Arc::new(memory())),
            throttle_in_need: memory(),
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

fn origins(origins: &[String]) -> Result<Origins, InvalidServer> {
    let read = |origin: &String| {
        let url = url::Url::parse(origin).ok();
        let plain = url.is_some_and(|url| url.origin().ascii_serialization() == *origin);
        let value = HeaderValue::from_str(origin).ok().filter(|_| plain);
        value.ok_or_else(|| InvalidServer::Origin(origin.clone()))
    };
    Ok(Origins::new(origins.iter().map(read).collect::<Result<Vec<_>, _>>()?))
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
