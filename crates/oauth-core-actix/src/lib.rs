//! [`oauth_core`] for actix-web: one call mounts an authorization server, and extractors guard
//! routes.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use oauth_core::{AuthorizationServer, store::MemoryStore};
//! use oauth_core_actix::{Bearer, configure};
//!
//! oauth_core::scope!(pub Read = "photos:read");
//!
//! async fn photos(token: Bearer<Read>) -> String {
//!     format!("photos of {:?}", token.subject())
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let builder = AuthorizationServer::builder("https://example.com", store.clone(), store);
//! let server = builder.without_authorization_endpoint().build()?;
//! HttpServer::new(move || {
//!     App::new().configure(configure(&server)).route("/photos", web::get().to(photos))
//! })
//! .bind("127.0.0.1:3000")?
//! .run()
//! .await?;
//! # Ok(())
//! # }
//! ```
//!
//! Extractors find the server, or a [`Guard`](oauth_core::Guard) of its own, in the application's
//! data; [`configure`] puts it there. Beware of `Option<Bearer>`: actix-web makes `None` of an
//! *invalid* token, too. Use [`MaybeBearer`] where a token is optional.

mod authorization_request;
mod bearer;
mod configure;
mod https;
mod middleware;
mod neutral;
mod purge;

pub use authorization_request::{AuthorizationRejection, AuthorizationRequest};
pub use bearer::{Bearer, BearerRejection, MaybeBearer, admit};
pub use configure::configure;
pub use https::{RequireHttps, RequireHttpsService};
pub use middleware::{RequireToken, RequireTokenService};
pub use purge::purge_every;
