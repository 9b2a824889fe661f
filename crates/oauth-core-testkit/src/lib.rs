//! For those who implement the stores of `oauth-core`, and for tests of anything built on it.
//!
//! - [`store_contract`]: what the store roles promise, as checks that run against any store. "Does
//!   my store work?" is answered by a command.
//! - [`state_machine`]: random histories, sequential and concurrent, compared with a model.
//! - [`FaultyStore`]: a store that fails on demand, before or after it did its work.
//! - [`Service`]: a server to test with, where one runs.
//! - [`ManualClock`] and [`CountingRandom`]: time that moves when it is told to, and randomness that
//!   is the same in every run.
//!
//! # Does my store work?
//! ```
//! use oauth_core::store::MemoryStore; // yours instead
//! use oauth_core_testkit::store_contract;
//!
//! # fn main() {
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! // In a `#[tokio::test(flavor = "multi_thread")]`:
//! store_contract::grant_store(async || MemoryStore::new()).await;
//! store_contract::client_registry(async || MemoryStore::new()).await;
//! store_contract::removal(async || MemoryStore::new()).await;
//! # });
//! # }
//! ```

mod counting_random;
mod faulty_store;
mod manual_clock;
mod service;
mod state_machine;
pub mod store_contract;

pub use counting_random::CountingRandom;
pub use faulty_store::{Fault, FaultyStore};
pub use manual_clock::ManualClock;
pub use service::Service;
pub use state_machine::{Cases, state_machine, state_machine_that_forgets};
