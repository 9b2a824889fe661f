//! Ready-made pages for an authorization server: sign-in, consent, connected applications, own
//! applications, errors.
//!
//! They work without scripts, by keyboard, on a phone and with a screen reader, in light and dark,
//! and meet WCAG 2.2 AA in whatever accent colour the host chooses. The host supplies its
//! [`Users`](oauth_core::store::Users), a [`Theme`], and in [`ScopeWords`] what each scope means to
//! a person:
//!
//! ```
//! use oauth_core::{AuthorizationServer, store::MemoryStore};
//! use oauth_core_pages::{Pages, ScopeWords, Theme};
//! # #[derive(Debug)] struct OwnUsers;
//! # #[async_trait::async_trait]
//! # impl oauth_core::store::Users for OwnUsers {
//! #     async fn sign_in(
//! #         &self, _: &oauth_core::model::Tenant, _: &str, _: &oauth_core::model::Secret,
//! #     ) -> Result<Option<oauth_core::model::Subject>, oauth_core::store::StoreError> {
//! #         Ok(None)
//! #     }
//! # }
//!
//! let theme = Theme::builder("Example Photos")
//!     .logo("/static/logo.svg")
//!     .accent("#2f5bd8")
//!     .accent_in_the_dark("#9db4ff")
//!     .build()?;
//! let words = ScopeWords::new()
//!     .scope("photos:read", "See your photos")
//!     .scope("photos:write", "Add, change and delete your photos");
//! let pages = Pages::new(OwnUsers).theme(theme).scope_words(words);
//! let store = MemoryStore::new();
//! let server = AuthorizationServer::builder("https://photos.example", store.clone(), store)
//!     .with(pages)
//!     .build()?;
//! assert!(server.mounts().iter().any(|mount| mount.path() == "/sign-in"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A host that has a sign-in page already begins with [`Pages::with_sessions`]; each of the other
//! pages can be left out, too, and [`Pages::below`] moves them all. Where one application serves
//! many issuers, name [`Pages::paths`] to
//! [`TenantsBuilder::also`](oauth_core::server::TenantsBuilder::also).
//!
//! # Own applications
//! With [`Applications`], whoever is signed in registers applications of their own at `/apps`, edits
//! and deletes them, and gives them new secrets:
//!
//! ```
//! use oauth_core::{model::Scope, store::MemoryStore};
//! use oauth_core_pages::{Applications, Pages};
//! # #[derive(Debug)] struct OwnUsers;
//! # #[async_trait::async_trait]
//! # impl oauth_core::store::Users for OwnUsers {
//! #     async fn sign_in(
//! #         &self, _: &oauth_core::model::Tenant, _: &str, _: &oauth_core::model::Secret,
//! #     ) -> Result<Option<oauth_core::model::Subject>, oauth_core::store::StoreError> {
//! #         Ok(None)
//! #     }
//! # }
//!
//! let store = MemoryStore::new();
//! let applications = Applications::new(store.clone())
//!     .scope(Scope::parse("photos:read photos:write")?)
//!     .limit(5);
//! let pages = Pages::new(OwnUsers).applications(applications).below("/oauth2");
//! assert!(pages.paths().iter().any(|path| path == "/oauth2/apps/new"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What protects them
//! Everything that a stranger may have chosen (the name of a client, an error) is escaped by the
//! template engine. The content security policy admits the one stylesheet by its hash, the logo by
//! its origin, and nothing else; no page can be framed, cached or scripted. The policy is made from
//! types that cannot spell a second directive, so a theme does not widen it.
//!
//! A form counts only from the browser and the session that it was made for, and a consent form
//! only for the request that it shows and only once. Posts that a browser says come from another
//! site are refused. Whoever signs in gets a new session; whoever guesses passwords waits. Consent
//! is remembered for confidential clients only, for codes only, for answers to the host that was shown,
//! and for nothing that was not allowed before.
//!
//! An application is found by its owner and by nobody else; to others it does not exist. A form for
//! a new one registers one at most, and a form for a new secret is good for the secrets that there
//! were when it was made, so loading a page again does neither twice. A secret has 256 random bits
//! and is shown once; what is kept is its hash.

mod applications;
mod browser;
mod colour;
mod cookies;
mod csp;
mod csrf;
mod endpoints;
mod error_page;
mod headers;
mod keys;
mod logo;
mod moment;
mod pages;
mod remembered;
mod response;
mod same_origin;
mod scope_words;
mod sessions;
mod setup;
mod stylesheet;
mod theme;
mod views;
mod waiting;

pub use applications::Applications;
pub use pages::Pages;
pub use scope_words::ScopeWords;
pub use sessions::{CookieSessions, Sessions, SignedIn};
pub use theme::{InvalidTheme, Theme, ThemeBuilder};
