//! What the quickstarts have in common, and an application would have of its own: a user, two
//! clients, a page that starts the flow.

mod clients;
mod users;

pub use clients::register_clients;
pub use users::DemoUsers;

/// Where the quickstarts are reached.
pub const ISSUER: &str = "http://127.0.0.1:3000";

/// A small OAuth client in a browser: signs in with PKCE, and shows what the API answers.
pub const PAGE: &str = include_str!("page.html");

/// What to open, and what to type.
pub const WALK: &str = include_str!("walk.txt");
