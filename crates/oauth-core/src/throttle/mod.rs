//! Who guesses too often waits.

mod memory;
mod turns;

use std::{
    fmt::Debug,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use async_trait::async_trait;

pub(crate) use self::turns::Turns;
pub use self::{memory::MemoryThrottle, turns::Turn};
use crate::{model::Tenant, store::StoreError};

/// Counts failed guesses, and is told when one was wrong. Right answers cost nothing. Where there is
/// something to guess, it is asked before a guess is looked at, so that while it says no even the right
/// answer is refused; codes and tokens are looked at first, as nobody guesses their random bits, and only
/// those that are not good wait: who passes on what strangers send is not to be shut out by them.
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

#[async_trait]
impl<T: Throttle + ?Sized> Throttle for Arc<T> {
    async fn wait(&self, guess: &Guess<'_>) -> Result<Option<u32>, StoreError> {
        (**self).wait(guess).await
    }

    async fn failed(&self, guess: &Guess<'_>) -> Result<(), StoreError> {
        (**self).failed(guess).await
    }
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
    /// From which address; of IPv6, from which network of 64 bits, as whoever has one address of it
    /// has all.
    pub peer: Option<IpAddr>,
}

/// The address that a guess is counted at.
pub(crate) fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address => address,
    }
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::network;

    #[test]
    fn dos_027_whoever_has_a_network_of_ipv6_guesses_as_one() {
        let counted = |text: &str| network(text.parse::<IpAddr>().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff::"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
