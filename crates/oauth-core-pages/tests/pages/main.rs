//! The pages, driven through what an adapter mounts.

#[expect(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up is a failed test")]
mod scene;

#[expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]
mod applications;
mod connected_apps;
mod consent;
mod prompts;
mod protection;
mod remembered;
mod replaced;
mod sessions;
mod sign_in;
#[expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]
mod unknown_clients;
