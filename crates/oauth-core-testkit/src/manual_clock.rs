//! A clock whose hand is moved by the test.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use oauth_core::clock::{Clock, Timestamp};

/// A clock that stands still until it is told to move. Clones show the same time, so a test keeps
/// one and gives the other away.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.unix())))
    }

    /// Moves the hand forward by `seconds`; it stops at the end of time.
    pub fn advance(&self, seconds: u32) {
        self.set(self.now().plus(seconds));
    }

    /// Sets the hand, also backwards: clocks of machines do that too.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.unix(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::clock::{Clock as _, Timestamp};

    use super::ManualClock;

    #[test]
    fn clones_show_the_same_time() {
        let clock = ManualClock::new(Timestamp::from_unix(100));
        let other = clock.clone();
        clock.advance(5);
        assert_eq!(other.now(), Timestamp::from_unix(105));
        clock.set(Timestamp::from_unix(7));
        assert_eq!(other.now(), Timestamp::from_unix(7));
    }
}
