//! When keys take turns.

use super::{InvalidKeys, JWKS_MAX_AGE};
use crate::clock::Timestamp;

const DAY: u32 = 24 * 60 * 60;

/// How long a node may go without reading the store, in seconds.
pub(super) const REREAD: u32 = 60;

/// By how many seconds the nodes' clocks may differ.
const TOLERANCE: u32 = 10;

/// When keys take turns, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// For how long a key signs.
    pub period: u32,
    /// For how long a key is published before it signs.
    pub ahead: u32,
    /// The longest that something that was signed is good. Tokens with a longer lifetime get this
    /// one; a key stays published for as long after its last signature.
    pub longest_token: u32,
}

impl Default for Schedule {
    /// Thirty days, a day, a day.
    fn default() -> Self {
        Self { period: 30 * DAY, ahead: DAY, longest_token: DAY }
    }
}

impl Schedule {
    pub(super) fn check(&self) -> Result<(), InvalidKeys> {
        let least = JWKS_MAX_AGE + 4 * REREAD + TOLERANCE;
        let sound = self.ahead > least && self.period > self.ahead;
        if sound { Ok(()) } else { Err(InvalidKeys::Schedule) }
    }

    /// From when on a key signs that is to be made now; `None` if none is due. `newest` is since
    /// when the newest key signs, or will.
    pub(super) fn due(&self, newest: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let Some(newest) = newest else { return Some(now) };
        let turn = newest.plus(self.period);
        let publish = turn.minus(self.ahead);
        (now >= publish).then(|| turn.max(now.plus(self.ahead)))
    }

    /// Until when a key is published whose successor signs from this moment on: nodes may have seen
    /// that late, and tokens outlive it.
    pub(super) fn retires(&self, successor_signs_from: Timestamp) -> Timestamp {
        successor_signs_from.plus(self.longest_token).plus(REREAD + 2 * TOLERANCE)
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Schedule};
    use crate::{clock::Timestamp, keys::InvalidKeys};

    const fn day(count: u32) -> Timestamp {
        Timestamp::from_unix(0).plus(count * DAY)
    }

    #[test]
    fn the_first_signs_at_once_and_the_next_are_published_ahead() {
        let schedule = Schedule::default();
        assert_eq!(schedule.due(None, day(5)), Some(day(5)));
        assert_eq!(schedule.due(Some(day(0)), day(29).minus(1)), None);
        assert_eq!(schedule.due(Some(day(0)), day(29)), Some(day(30)));
        // Nobody came by for a while: the others still need their time.
        assert_eq!(schedule.due(Some(day(0)), day(50)), Some(day(51)));
        // A key that does not sign yet is the newest already.
        assert_eq!(schedule.due(Some(day(30)), day(29)), None);
    }

    #[test]
    fn turns_leave_the_others_time_to_fetch() {
        assert_eq!(Schedule::default().check(), Ok(()));
        let hasty = Schedule { ahead: 900, ..Schedule::default() };
        assert_eq!(hasty.check(), Err(InvalidKeys::Schedule));
        let short = Schedule { period: DAY, ..Schedule::default() };
        assert_eq!(short.check(), Err(InvalidKeys::Schedule));
    }
}
