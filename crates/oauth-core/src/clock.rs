//! The only look at the time.
//!
//! Everything else is handed a [`Timestamp`]; tests move the hand of a clock of their own.

use std::{fmt::Debug, sync::Arc, time::SystemTime};

use serde::{Deserialize, Serialize};

/// A point in time: whole seconds since 1970-01-01T00:00:00Z (RFC 7519 §2, *NumericDate*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point in time `seconds` after the epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// `seconds` later; stops at the end of time instead of wrapping.
    #[must_use]
    pub const fn plus(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds as i64))
    }

    /// `seconds` earlier; stops at the beginning of time instead of wrapping.
    #[must_use]
    pub const fn minus(self, seconds: u32) -> Self {
        Self(self.0.saturating_sub(seconds as i64))
    }

    /// Whole seconds from `earlier` until this, 0 if `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> u64 {
        if self.0 > earlier.0 { self.0.abs_diff(earlier.0) } else { 0 }
    }

    /// Whether this is `earlier` or less than so many seconds after it. A clock that went back is not.
    pub(crate) const fn is_within(self, seconds: u64, earlier: Self) -> bool {
        self.0 >= earlier.0 && self.seconds_since(earlier) < seconds
    }
}

/// What time it is.
pub trait Clock: Debug + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one owner of the time")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Timestamp(since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn arithmetic_stops_at_the_ends_of_time() {
        assert_eq!(Timestamp::from_unix(i64::MAX).plus(1).unix(), i64::MAX);
        assert_eq!(Timestamp::from_unix(i64::MIN).minus(1).unix(), i64::MIN);
        assert_eq!(Timestamp::from_unix(5).seconds_since(Timestamp::from_unix(9)), 0);
        assert_eq!(Timestamp::from_unix(9).seconds_since(Timestamp::from_unix(5)), 4);
        let within = |now| Timestamp::from_unix(now).is_within(5, Timestamp::from_unix(10));
        assert!(within(10) && within(14) && !within(15) && !within(9));
    }
}
