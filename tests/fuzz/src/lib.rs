//! Whatever reads what strangers send, against inputs that nobody thought of.
//!
//! A target is a function of bytes that panics if something does not hold: not only that nothing
//! panics, but that answers are those of the RFCs, that nothing of the input is echoed, that nothing
//! is issued to who has proven nothing. `cargo test` runs each with a few hundred inputs, which are
//! its seeds, edited; `guided` runs one with inputs that libFuzzer finds by what they reach.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a property that does not hold ends the run"
)]

pub mod inputs;
mod keys;
mod server;
mod targets;

pub use targets::{TARGETS, Target};
