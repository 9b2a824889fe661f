//! The HTTP client for what strangers name: a client's keys, its metadata document.
//!
//! Whoever can make a server fetch an address reaches what the server reaches: the cloud's metadata
//! service, databases, admin pages on loopback (server-side request forgery). [`GuardedFetch`] asks
//! public addresses only. A name is resolved once, every address that comes back is checked, and
//! the connection goes to one of those; there is no second look-up that could answer differently.
//! It speaks `https` on port 443, follows no redirect, uses no proxy, keeps no cookies, decompresses
//! nothing, and bounds time, size and the number of requests under way.
//!
//! ```
//! use oauth_core_fetch::GuardedFetch;
//!
//! # fn fetch() -> Result<GuardedFetch, oauth_core_fetch::InvalidFetch> {
//! let fetch = GuardedFetch::builder().port(8443).build()?;
//! # Ok(fetch)
//! # }
//! # fetch().unwrap();
//! ```
//!
//! It needs a Tokio runtime with I/O and time, which axum and actix-web have. An application behind
//! an egress proxy implements [`Fetch`](oauth_core::fetch::Fetch) itself: the proxy resolves the
//! names then, and has to do the checking.

mod address;
mod builder;
mod guarded;
mod lookup;
mod target;

pub use builder::{GuardedFetchBuilder, InvalidFetch};
pub use guarded::GuardedFetch;
pub use lookup::{Lookup, SystemLookup};
