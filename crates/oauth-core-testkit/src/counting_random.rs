//! Randomness that is the same in every run.

use std::sync::{Arc, Mutex, PoisonError};

use oauth_core::random::{Random, RandomFailed};

/// Deterministic "randomness": every draw of eight bytes or more differs from all before it, and
/// two instances draw the same sequence. It can fail, and it can repeat itself so that keys
/// collide. Clones share their state. **Not for production**: whoever has this source can predict
/// every draw.
#[derive(Clone, Debug, Default)]
pub struct CountingRandom(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    draws: u64,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, Default)]
enum Mode {
    #[default]
    Count,
    Repeat,
    Fail,
}

impl CountingRandom {
    /// Begins a sequence.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every draw is something new again.
    pub fn count(&self) {
        self.state().mode = Mode::Count;
    }

    /// From now on every draw repeats the last one: what is generated collides.
    pub fn repeat_last(&self) {
        self.state().mode = Mode::Repeat;
    }

    /// From now on every draw fails.
    pub fn fail(&self) {
        self.state().mode = Mode::Fail;
    }

    /// How many different values were drawn so far.
    pub fn draws(&self) -> u64 {
        self.state().draws
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Random for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        let mut state = self.state();
        match state.mode {
            Mode::Fail => return Err(RandomFailed),
            Mode::Repeat => {}
            Mode::Count => state.draws += 1,
        }
        let mut value = state.draws;
        for block in bytes.chunks_mut(8) {
            value = mix(value);
            block.copy_from_slice(&value.to_be_bytes()[..block.len()]);
        }
        Ok(())
    }
}

/// The output function of SplitMix64: one-to-one, so that different counts stay different.
const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use oauth_core::random::Random as _;

    use super::CountingRandom;

    fn draw(random: &CountingRandom) -> [u8; 16] {
        let mut bytes = [0; 16];
        random.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn draws_differ_and_are_the_same_in_every_run() {
        let random = CountingRandom::new();
        let drawn: Vec<_> = (0..1000).map(|_| draw(&random)).collect();
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), 1000);
        let again = CountingRandom::new();
        assert!(drawn.iter().all(|bytes| *bytes == draw(&again)));
    }

    #[test]
    fn it_repeats_itself_and_fails_on_demand() {
        let random = CountingRandom::new();
        let first = draw(&random);
        random.repeat_last();
        assert_eq!(draw(&random), first);
        random.fail();
        assert!(random.fill(&mut [0; 4]).is_err());
        random.count();
        assert_ne!(draw(&random), first);
    }
}
