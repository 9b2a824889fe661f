//! The stores of [`oauth_core`] in Redis or Valkey.

mod claims;
mod clients;
#[cfg(feature = "cluster")]
mod cluster;
mod error;
mod exchange;
mod grants;
mod keys;
mod link;
mod names;
mod options;
mod policy;
mod record;
mod replays;
mod scripts;
mod store;

pub use error::OpenError;
pub use options::RedisOptions;
pub use store::RedisStore;
