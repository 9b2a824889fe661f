//! What was used once.

use oauth_core::{clock::Timestamp, model::Tenant, store::ReplayStore};
use tokio::task::JoinSet;

use super::fixtures::{NOW, key, ok, tenant};

const RACERS: usize = 32;

async fn first_use<S: ReplayStore>(store: &S, name: &str, keep_until: Timestamp) -> bool {
    ok(store.first_use(&tenant(), &key(name), NOW, keep_until).await, "first_use")
}

/// A key is used for the first time once, and every tenant has its own.
pub async fn a_key_is_first_used_once<S: ReplayStore>(store: S) {
    let end = NOW.plus(60);
    assert!(first_use(&store, "one", end).await, "the first use");
    assert!(!first_use(&store, "one", end).await, "the second use");
    assert!(!first_use(&store, "one", end.plus(60)).await, "the second use, to be kept longer");
    assert!(first_use(&store, "two", end).await, "the first use of another key");
    let there = store.first_use(&Tenant::default(), &key("one"), NOW, end).await;
    assert!(ok(there, "first_use"), "the first use under another tenant");
}

/// Of racers with one key, one is first.
pub async fn one_of_many_is_first<S: ReplayStore + Clone>(store: S) {
    for round in 0..20 {
        let mut racers = JoinSet::new();
        for _ in 0..RACERS {
            let store = store.clone();
            let name = format!("round {round}");
            racers.spawn(async move { first_use(&store, &name, NOW.plus(60)).await });
        }
        let first = racers.join_all().await.into_iter().filter(|first| *first).count();
        assert_eq!(first, 1, "racers that were first");
    }
}

/// Keys are forgotten in batches once they were kept for long enough, and not earlier. A store that
/// forgets by itself may have nothing to do; what is still needed stays in any case.
pub async fn keys_are_forgotten_in_time<S: ReplayStore>(store: S) {
    const LIMIT: u32 = 3;
    for number in 0..8 {
        assert!(first_use(&store, &format!("short {number}"), NOW.plus(60)).await, "first use");
    }
    assert!(first_use(&store, "long", NOW.plus(600)).await, "first use");
    assert_eq!(ok(store.forget(NOW.plus(60), LIMIT).await, "forget"), 0, "nothing is over yet");
    assert!(!first_use(&store, "short 0", NOW.plus(60)).await, "what is needed is remembered");
    let mut total = 0;
    loop {
        let forgotten = ok(store.forget(NOW.plus(61), LIMIT).await, "forget");
        assert!(forgotten <= LIMIT, "forgot {forgotten} at once, allowed were {LIMIT}");
        total += forgotten;
        if forgotten < LIMIT {
            break;
        }
    }
    assert!(total == 8 || total == 0, "forgot {total} keys where 8 were over");
    assert!(!first_use(&store, "long", NOW.plus(600)).await, "what is needed is remembered");
}
