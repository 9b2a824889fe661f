//! Dynamic client registration (RFC 7591) and its management (RFC 7592).

mod answer;
mod bearer;
mod body;
mod manage;
mod register;
mod secret;
mod settings;

pub use self::settings::{InitialAccess, Registration, RegistrationPolicy, RegistrationRequest};
pub(crate) use self::{manage::ManagementEndpoint, register::RegistrationEndpoint};

/// How often a client is read that is not what was read when it is to be changed.
const READS: usize = 5;
