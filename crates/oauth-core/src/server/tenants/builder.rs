//! What is common to the servers of many tenants.

use std::sync::Arc;

use super::{ResolveTenant, Tenants, paths::Paths};
use crate::server::{AuthorizationServer, Inner, InvalidServer, build::check_path};

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
    pub(in crate::server) fn new(path: String, resolver: Arc<dyn ResolveTenant>) -> Self {
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
    /// [`InvalidServer`] if a path is none, is there twice, or if the common one has not one segment
    /// that is a parameter, such as `{tenant}`.
    pub fn build(self) -> Result<AuthorizationServer, InvalidServer> {
        let mut parameters = self.path.split('/').enumerate().filter(|(_, own)| own.contains('{'));
        let (Some((position, parameter)), None) = (parameters.next(), parameters.next()) else {
            return Err(InvalidServer::NotAPath(self.path));
        };
        let name = parameter.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if !name.is_some_and(|name| !name.is_empty() && !name.contains(['{', '}', '*', ':'])) {
            return Err(InvalidServer::NotAPath(self.path));
        }
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
        let tenants = Tenants::new(
            Paths {
                position,
                common: self.path,
                endpoints: self.endpoints,
                resources: self.resources,
            },
            self.resolver,
        );
        Ok(AuthorizationServer { inner: Inner::Many(Arc::new(tenants)) })
    }
}
