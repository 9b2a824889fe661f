//! The store in PostgreSQL: the contract, and what only a database can get wrong. Tests of a listed
//! attack carry its number.
//!
//! `OAUTH_TEST_POSTGRES_URL` says which server; without it, the usual places on this machine are
//! tried. Where no server answers, nothing is tested and one line says so, unless
//! `OAUTH_TEST_REQUIRE_SERVICES=1`.
#![expect(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod contention;
mod contract;
mod damage;
mod faults;
#[path = "../fixtures/mod.rs"]
mod fixtures;
mod nodes;
mod rig;
mod schema;
