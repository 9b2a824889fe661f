//! [`oauth_core`] for axum: one call mounts an authorization server, and extractors guard routes.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use oauth_core::{AuthorizationServer, store::MemoryStore};
//! use oauth_core_axum::{Bearer, router};
//!
//! oauth_core::scope!(pub Read = "photos:read");
//!
//! async fn photos(token: Bearer<Read>) -> String {
//!     format!("photos of {:?}", token.subject())
//! }
//!
//! # fn app() -> Result<Router, Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let builder = AuthorizationServer::builder("https://example.com", store.clone(), store);
//! let server = builder.without_authorization_endpoint().build()?;
//! let app = Router::new()
//!     .route("/photos", get(photos))
//!     .merge(router(&server))
//!     .with_state(server);
//! # Ok(app)
//! # }
//! ```
//!
//! Serve it with `app.into_make_service_with_connect_info::<SocketAddr>()`: who guesses passwords, secrets or
//! codes is told apart by address, and without one all who guess are one.
//!
//! State: handlers with [`Bearer`] need a [`Guard`] that axum can take from the state
//! (`Guard: FromRef<S>`), those with [`AuthorizationRequest`] an
//! [`AuthorizationServer`](oauth_core::AuthorizationServer). A state that *is* the server serves
//! both, and so does a struct of your own with these as fields and `#[derive(FromRef)]`, which does
//! this. A state that has neither does not compile.
//!
//! ```
//! use axum::{Router, extract::{FromRef, State}, routing::get};
//! use oauth_core::AuthorizationServer;
//! use oauth_core_axum::{Bearer, Guard, router};
//!
//! #[derive(Clone)]
//! struct App { greeting: &'static str, server: AuthorizationServer, guard: Guard }
//!
//! impl FromRef<App> for AuthorizationServer {
//!     fn from_ref(app: &App) -> Self { app.server.clone() }
//! }
//!
//! impl FromRef<App> for Guard {
//!     fn from_ref(app: &App) -> Self { app.guard.clone() }
//! }
//!
//! async fn hello(token: Bearer, State(app): State<App>) -> String {
//!     format!("{} {:?}", app.greeting, token.subject())
//! }
//!
//! fn app(server: AuthorizationServer) -> Router {
//!     // Another guard than the server's usual one goes here, too.
//!     let guard = server.guard_checking_revocation().into();
//!     let routes = Router::new().route("/hello", get(hello)).merge(router(&server));
//!     routes.with_state(App { greeting: "hello", server, guard })
//! }
//! ```

mod authorization_request;
mod bearer;
mod guard_tools;
mod https;
mod neutral;
mod purge;
mod router;

pub use authorization_request::AuthorizationRequest;
pub use bearer::{Bearer, BearerRejection, Guard, admit, guard_layer};
pub use guard_tools::guard_tools;
pub use https::https_only;
pub use purge::purge_every;
pub use router::router;
