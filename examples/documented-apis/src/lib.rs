//! Four documented APIs, together on one port. Each has an OAuth dialect of its own, and each is a
//! small configuration in the file that is named after it:
//!
//! - [`cutwise`]: user names and passwords for tokens, everything in the form;
//! - [`workspaces`]: all classic flows, once for each workspace;
//! - [`rest_api`]: UUID tokens, and resources for which no token is needed;
//! - [`api_keys`]: a key and a secret for tokens, answered in strings.
//!
//! [`on_axum`] and [`on_actix`] serve them, with the resources that they protect. What was done
//! where a document is silent is written down in the README.

pub mod api_keys;
pub mod cutwise;
mod forgiving;
mod host;
pub mod on_actix;
pub mod on_axum;
mod people;
pub mod rest_api;
mod shapes;
mod token_texts;
pub mod workspaces;

use std::{error::Error, sync::Arc};

use oauth_core::AuthorizationServer;

pub use self::host::{Host, Keep, SYSTEMS, Store};

/// Why the systems cannot be built.
pub type Failure = Box<dyn Error + Send + Sync>;

/// All four. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Systems {
    /// Below `/cutwise`.
    pub cutwise: System,
    /// Below `/{workspace}`.
    pub workspaces: System,
    /// Below `/app/rest/v2`.
    pub rest_api: System,
    /// Below `/auth/v2`.
    pub api_keys: System,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct System {
    /// Its authorization server.
    pub server: AuthorizationServer,
    /// Where its clients and grants are kept.
    pub store: Arc<dyn Store>,
}

impl Systems {
    /// Opens the stores, registers the clients, and joins the parts.
    ///
    /// # Errors
    /// If a store cannot be opened, or the origin of the host is none.
    pub async fn build(host: &Host) -> Result<Self, Failure> {
        Ok(Self {
            cutwise: cutwise::build(host).await?,
            workspaces: workspaces::build(host).await?,
            rest_api: rest_api::build(host).await?,
            api_keys: api_keys::build(host).await?,
        })
    }
}
