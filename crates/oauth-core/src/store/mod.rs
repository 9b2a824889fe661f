//! The roles that a database plays, and a store in memory that plays all of them.
//!
//! The invariant that makes crashes and races boring: a request reads what it needs, checks
//! everything, and then makes **at most one write**, which is atomic. No room above a store can do
//! half of it. The contract is published as tests, in `oauth-core-testkit`: "does my store work?"
//! is answered by running them.

mod cached_clients;
mod client_store;
mod error;
mod exchange;
mod grant_store;
mod key_store;
mod memory;
mod replay_store;
mod unused_clients;
mod users;

pub use cached_clients::CachedClients;
pub use client_store::{ClientRegistry, ClientStore};
pub use error::StoreError;
pub use exchange::{Exchange, Found, Spend, Spent};
pub use grant_store::{GrantStore, Revoke};
pub use key_store::KeyStore;
pub use memory::MemoryStore;
pub use replay_store::ReplayStore;
pub use unused_clients::UnusedClients;
pub use users::Users;
