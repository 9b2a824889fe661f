//! Who guesses too often waits.

mod memory;

use std::{fmt::Debug, net::IpAddr};

use async_trait::async_trait;

pub use self::memory::MemoryThrottle;
use crate::{model::Tenant, store::StoreError};

/// Counts failed guesses. Asked before a guess is looked at, so that while it says no even the
/// right answer is refused; told when a guess was wrong. Right answers cost nothing.
#[async_trait]
pub trait Throttle: Debug + Send + Sync + 'static {
    /// For how many seconds this guess must wait; `None` if it may be made.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say. The server then counts by itself, in memory.
    async fn wait(&self, guess: &Guess<'_>) -> Result<Option<u32>, StoreError>;

    /// The guess was wrong.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be counted. The server then counts by itself, in memory.
    async fn failed(&self, guess: &Guess<'_>) -> Result<(), StoreError>;
}

/// A guess: at what, in whose name, from where. All of it together is what is throttled, so that
/// one guesser does not lock the others out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guess<'a> {
    /// At what.
    pub at: GuessAt,
    /// Whose.
    pub tenant: &'a Tenant,
    /// In whose name: a client identifier or a user name; empty where only the address counts.
    pub who: &'a str,
    /// From which address.
    pub peer: Option<IpAddr>,
}

/// What can be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GuessAt {
    /// A client's secret.
    ClientSecret,
    /// An authorization code.
    AuthorizationCode,
    /// A refresh token.
    RefreshToken,
    /// Any token, by asking for introspection.
    IntrospectedToken,
    /// A user's password.
    Password,
    /// Metadata documents of clients: not whether one is wrong, but how many are asked for.
    ClientDocument,
    /// Registrations of clients, and tokens that allow them.
    Registration,
}

impl GuessAt {
    /// Its name in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecret => "client_secret",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::IntrospectedToken => "introspected_token",
            Self::Password => "password",
            Self::ClientDocument => "client_document",
            Self::Registration => "registration",
        }
    }
}

/// Lets everybody guess for ever. For development.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unthrottled;

#[async_trait]
impl Throttle for Unthrottled {
    async fn wait(&self, _: &Guess<'_>) -> Result<Option<u32>, StoreError> {
        Ok(None)
    }

    async fn failed(&self, _: &Guess<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}
