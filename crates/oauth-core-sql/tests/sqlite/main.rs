//! The store in SQLite: the contract, and what only a database can get wrong. Tests of a listed
//! attack carry its number.
#![expect(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

mod contract;
mod damage;
mod dump;
mod faults;
#[path = "../fixtures/mod.rs"]
mod fixtures;
mod processes;
mod queue;
mod rig;
mod schema;
