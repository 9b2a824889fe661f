//! The store in Redis: the contract, and what only Redis can get wrong. Tests of a listed attack
//! carry its number.
//!
//! `OAUTH_TEST_REDIS_URL` says which server; without it, the usual place on this machine is tried.
//! Where no server answers, nothing is tested and one line says so, unless
//! `OAUTH_TEST_REQUIRE_SERVICES=1`.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what panics here fails the test")]

#[cfg(feature = "cluster")]
mod cluster;
mod contract;
mod damage;
mod faults;
mod fixtures;
mod layout;
mod leftovers;
mod many;
mod nodes;
mod policy;
mod private;
mod rig;
