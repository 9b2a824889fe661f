//! The documented APIs: each does what its document shows, to the byte, and what is forgiven there
//! is forgiven to nobody else.
#![expect(clippy::expect_used, clippy::panic, reason = "what is not there ends the test")]

mod api_keys;
mod applications;
mod browser;
mod cutwise;
mod implicit;
mod never_relaxed;
mod password;
mod rest_api;
mod rig;
mod spelling;
mod strict;
mod workspaces;
