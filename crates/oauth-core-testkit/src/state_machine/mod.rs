//! The grant store as a state machine: random histories, compared with a model.
//!
//! [`store_contract`](crate::store_contract) checks what somebody thought of. Here things are done
//! to a store in an order that nobody thought of: issued, exchanged in every way, presented again,
//! revoked, purged, with the clock moved in between; first one after the other, then up to four at
//! the same time. After each step, everything that the store shows (what it answered, every key,
//! every subject's grants) is compared with a model that states the rules on their own. What
//! happened at the same time must look as if it had happened in *some* order.

mod history;
mod model;
mod names;
mod operation;
#[cfg(test)]
mod planted;

use std::sync::Arc;

use oauth_core::store::GrantStore;
use proptest::{
    strategy::{Strategy, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use self::operation::Round;

/// How many histories a failing one is shortened through at most.
const SHORTENED: u32 = 500;

/// How many histories, and from which seed on.
#[derive(Clone, Copy, Debug)]
pub struct Cases {
    /// How many histories of each sort.
    pub count: u32,
    /// The seed of the first; each one after it has the next.
    pub seed: u64,
}

impl Cases {
    /// `OAUTH_TEST_CASES`, 32 unless told otherwise, from `OAUTH_TEST_SEED` on, 1 unless told
    /// otherwise. A store in a database does 32 in a few seconds; run some thousand after a change
    /// of its statements.
    ///
    /// # Panics
    /// If one of them is not a number.
    pub fn from_env() -> Self {
        let count = number("OAUTH_TEST_CASES").unwrap_or(32);
        Self {
            count: u32::try_from(count).unwrap_or(u32::MAX),
            seed: number("OAUTH_TEST_SEED").unwrap_or(1),
        }
    }
}

#[expect(clippy::panic, reason = "a wrong setting must not pass for the usual one")]
fn number(variable: &str) -> Option<u64> {
    let told = std::env::var(variable).ok()?;
    Some(told.parse().unwrap_or_else(|_| panic!("{variable} is {told:?}, which is not a number")))
}

/// Random histories, compared with a model. `fresh` is called once and gives a store with nothing
/// in it; each history has a tenant of its own, and everything is purged after it.
///
/// ```
/// use oauth_core::store::MemoryStore; // yours instead
/// use oauth_core_testkit::{Cases, state_machine};
///
/// # fn main() {
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
/// // In a `#[tokio::test(flavor = "multi_thread")]`:
/// state_machine(async || MemoryStore::new(), Cases::from_env()).await;
/// # });
/// # }
/// ```
///
/// # Panics
/// With the shortest history found on which the store differs from the model, how it differs, and
/// the seed with which to see it again. What depends on timing may need several tries.
pub async fn state_machine<S: GrantStore>(fresh: impl AsyncFn() -> S, cases: Cases) {
    play(fresh, false, cases).await;
}

/// The same for a store that forgets by itself: a purge has nothing to do, and what is over may be
/// gone or still be there. So nobody asks for it any more; until then, everything is compared.
///
/// # Panics
/// As [`state_machine`] does.
pub async fn state_machine_that_forgets<S: GrantStore>(fresh: impl AsyncFn() -> S, cases: Cases) {
    play(fresh, true, cases).await;
}

async fn play<S: GrantStore>(fresh: impl AsyncFn() -> S, forgets: bool, cases: Cases) {
    let store = Arc::new(fresh().await);
    run(&store, ("sequential", forgets), operation::sequential(), cases).await;
    run(&store, ("concurrent", forgets), operation::concurrent(), cases).await;
}

#[expect(clippy::panic, reason = "a failed check is a panic")]
async fn run<S: GrantStore>(
    store: &Arc<S>,
    (sort, forgets): (&str, bool),
    histories: impl Strategy<Value = Vec<Round>>,
    cases: Cases,
) {
    for seed in (0..cases.count).map(|number| cases.seed.wrapping_add(number.into())) {
        if let Some((history, complaint)) = differs(store, (sort, forgets), &histories, seed).await
        {
            let history: Vec<_> = history
                .iter()
                .enumerate()
                .map(|(n, round)| format!("  {n}: {round:?}\n"))
                .collect();
            panic!(
                "a {sort} history on which the store differs from the model:\n{}{complaint}\n\
                 See it again with OAUTH_TEST_CASES=1 OAUTH_TEST_SEED={seed}",
                history.concat(),
            );
        }
    }
}

/// The history of this seed, shortened, and how the store differs from the model on it.
async fn differs<S: GrantStore>(
    store: &Arc<S>,
    (sort, forgets): (&str, bool),
    histories: &impl Strategy<Value = Vec<Round>>,
    seed: u64,
) -> Option<(Vec<Round>, String)> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut tree = match histories.new_tree(&mut runner) {
        Ok(tree) => tree,
        Err(reason) => return Some((Vec::new(), reason.to_string())),
    };
    let mut shortest = None;
    for attempt in 0..SHORTENED {
        let history = tree.current();
        let name = format!("{sort} {seed} {attempt}");
        let played = history::play(store, &name, forgets, &history).await;
        let cleared = history::clear(&**store).await;
        let shorter = match played.and(cleared) {
            Ok(()) if attempt == 0 => return None,
            Ok(()) => tree.complicate(),
            Err(complaint) => {
                shortest = Some((history, complaint));
                tree.simplify()
            }
        };
        if !shorter {
            break;
        }
    }
    shortest
}
