//! OAuth for applications that exist already: an authorization server to mount and a guard for
//! routes, with the users, sessions, pages and database that are there.
//!
//! This crate has the protocol, the roles that a database plays, and a store in memory; it knows no
//! framework, no database and no runtime. `oauth-core-axum` and `oauth-core-actix` mount it,
//! `oauth-core-sql` and `oauth-core-redis` keep grants and clients, `oauth-core-pages` has pages to start
//! with, `oauth-core-fetch` fetches what strangers name, and `oauth-core-testkit` tells whether a store of
//! your own works.
//!
//! ```
//! use oauth_core::{
//!     AuthorizationServer,
//!     model::{Client, Tenant},
//!     store::{ClientRegistry as _, MemoryStore},
//! };
//!
//! # async fn server() -> Result<AuthorizationServer, Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let client = Client::public("cli")
//!     .native()
//!     .redirect_uri("http://127.0.0.1/callback")
//!     .scope("photos:read")
//!     .build()?;
//! store.register(&Tenant::default(), &client).await?;
//! let builder = AuthorizationServer::builder("https://example.com", store.clone(), store);
//! // With pages, or a handler of your own at `/authorize`, that is not said.
//! let server = builder.without_authorization_endpoint().build()?;
//! // An adapter mounts these: `/token`, `/revoke`, `/introspect` and the well-known documents.
//! assert!(server.mounts().iter().any(|mount| mount.path() == "/token"));
//! # Ok(server)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() { server().await.unwrap(); }
//! ```
//!
//! # Where to begin
//! - [`AuthorizationServer::builder`]: a server, and what can be set.
//! - [`AuthorizationRequest`]: what a sign-in and consent handler of your own meets.
//! - [`Guard`], [`scope!`] and [`Access`]: protecting routes.
//! - [`store::GrantStore`], [`store::ClientStore`], [`store::Users`]: what to implement over a
//!   database of your own.
//! - [`grant_type::GrantType`], [`client_auth::ClientAuth`], [`endpoint::Endpoint`],
//!   [`events::Events`], [`throttle::Throttle`], [`fetch::Fetch`]: what to add.
//!
//! # Features
//! - `aws-lc-rs` (default) and `rust-crypto`: the cryptography, of signatures and HMAC. One is needed;
//!   with both, aws-lc-rs is used. `rust-crypto` makes no RSA keys.
//! - `tracing` (default): [`events::TracingEvents`](events), what happens as `tracing` events.

mod causes;
pub mod chosen_secret;
pub mod client_auth;
pub mod client_documents;
pub mod clock;
pub mod context;
pub mod crypto;
pub mod endpoint;
pub mod error;
pub mod events;
pub mod fetch;
mod flights;
pub mod grant_type;
pub mod guard;
pub mod http_types;
pub mod https;
mod json;
pub mod jwt;
pub mod keys;
pub mod model;
pub mod random;
pub mod remote_keys;
pub mod server;
pub mod store;
pub mod throttle;
mod token;
pub mod wire;

pub use endpoint::authorize::{Approval, AuthorizationRequest};
pub use guard::{Access, Guard};
pub use server::AuthorizationServer;
