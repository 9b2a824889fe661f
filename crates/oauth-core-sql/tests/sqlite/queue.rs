//! Writers that wait for each other are written together; none of them may notice.

use std::{sync::mpsc, thread, time::Duration};

use oauth_core::store::{Exchange, GrantStore, Revoke, StoreError};
use oauth_core_sql::SqliteStore;
use tokio::{runtime::Builder, task::JoinHandle, time::sleep};

use crate::{
    fixtures::{NOW, ONCE, access, code, grant, issue_code, key, tenant},
    rig::{Directory, locked},
};

/// Long enough for a task to get to where it waits.
const A_MOMENT: Duration = Duration::from_millis(100);

/// Issues a code of this name under a grant of that name.
fn issuing(store: &SqliteStore, name: &str, of: &str) -> JoinHandle<Result<(), StoreError>> {
    let (store, grant) = (store.clone(), grant(of));
    let item = code(name, &grant);
    tokio::spawn(async move { store.issue(&tenant(), &grant, &[item]).await })
}

async fn is_there(store: &SqliteStore, name: &str) -> bool {
    GrantStore::find(store, &tenant(), &key(name)).await.unwrap().is_some()
}

/// The first waits for the lock of the file, so that all others wait for the first and are written
/// in one transaction.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_refused_leaves_the_others_as_they_are() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let known = issue_code(&store, "known").await;
    let other = locked(&path).await;
    let first = issuing(&store, "first", "first");
    sleep(A_MOMENT).await;

    let same = [issuing(&store, "one", "same"), issuing(&store, "another", "same")];
    let others: Vec<_> = (0..20)
        .map(|number| issuing(&store, &format!("code {number}"), &format!("grant {number}")))
        .collect();
    let exchanges: Vec<_> = ["known", "known", "unknown"]
        .into_iter()
        .enumerate()
        .map(|(number, name)| {
            let (store, item) = (store.clone(), access(&format!("access {number}"), &known));
            tokio::spawn(async move {
                store.exchange(&tenant(), &key(name), &ONCE, &[item], NOW).await.unwrap()
            })
        })
        .collect();
    sleep(A_MOMENT).await;
    drop(other);

    first.await.unwrap().unwrap();
    for other in others {
        other.await.unwrap().unwrap();
    }
    let mut conflicts = 0;
    for told in same {
        match told.await.unwrap() {
            Ok(()) => {}
            Err(StoreError::Conflict) => conflicts += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(conflicts, 1);
    assert_ne!(is_there(&store, "one").await, is_there(&store, "another").await);
    let mut told = Vec::new();
    for exchange in exchanges {
        told.push(exchange.await.unwrap());
    }
    assert_eq!(told[2], Exchange::Unknown);
    assert!(told.contains(&Exchange::Done) && told.contains(&Exchange::AlreadySpent), "{told:?}");
    for (number, told) in told.iter().enumerate() {
        let added = is_there(&store, &format!("access {number}")).await;
        assert_eq!(added, *told == Exchange::Done, "{number}");
    }
    for number in 0..20 {
        assert!(is_there(&store, &format!("code {number}")).await);
    }
}

/// Nothing here fails, which would have halves of them done by themselves. There are several verbs, in
/// numbers that are no powers of two, so that the transaction has many texts.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_those_who_are_written_together_is_told_its_own() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let store = SqliteStore::open(&path).await.unwrap();
    for number in (0..27).step_by(3) {
        issue_code(&store, &format!("code {number}")).await;
    }
    let other = locked(&path).await;
    let first = issuing(&store, "first", "first");
    sleep(A_MOMENT).await;
    let exchanges: Vec<_> = (0..27)
        .map(|number| {
            let (store, name) = (store.clone(), format!("code {number}"));
            let (key, item) = (key(&name), access(&format!("access {number}"), &grant(&name)));
            tokio::spawn(async move { store.exchange(&tenant(), &key, &ONCE, &[item], NOW).await })
        })
        .collect();
    let revocations: Vec<_> = ["nobody", "first", "code 27"]
        .map(|name| {
            let (store, what) = (store.clone(), Revoke::Token(key(name)));
            tokio::spawn(async move { store.revoke(&tenant(), &what, NOW).await })
        })
        .into();
    sleep(A_MOMENT).await;
    drop(other);

    first.await.unwrap().unwrap();
    for (number, exchange) in exchanges.into_iter().enumerate() {
        let expected = if number % 3 == 0 { Exchange::Done } else { Exchange::Unknown };
        assert_eq!(exchange.await.unwrap().unwrap(), expected, "{number}");
        let added = is_there(&store, &format!("access {number}")).await;
        assert_eq!(added, expected == Exchange::Done, "{number}");
    }
    let mut revoked = Vec::new();
    for revocation in revocations {
        revoked.push(revocation.await.unwrap().unwrap());
    }
    assert_eq!(revoked, [0, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_has_changed_all_or_nothing() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let other = locked(&path).await;
    let begun = issuing(&store, "begun", "begun");
    sleep(A_MOMENT).await;
    let waiting = issuing(&store, "waiting", "waiting");
    let last = issuing(&store, "last", "last");
    sleep(A_MOMENT).await;
    begun.abort();
    waiting.abort();
    assert!(begun.await.unwrap_err().is_cancelled() && waiting.await.unwrap_err().is_cancelled());
    drop(other);

    last.await.unwrap().unwrap();
    assert!(is_there(&store, "begun").await, "what has begun is brought to its end");
    assert!(!is_there(&store, "waiting").await, "what has not, never happens");
}

/// As of a server whose workers have a runtime each, or of tests that share a store.
#[test]
fn a_store_outlives_the_runtime_that_opened_it() {
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let directory = Directory::new();
    let path = directory.fresh_path();
    let first = runtime();
    let store = first.block_on(async {
        let store = SqliteStore::open(&path).await.unwrap();
        issue_code(&store, "code").await;
        store
    });
    // A writer that waits for the lock is in the middle of it when its runtime ends.
    let other = runtime();
    let lock = other.block_on(locked(&path));
    first.block_on(async {
        let _unfinished = issuing(&store, "unfinished", "unfinished");
        sleep(A_MOMENT).await;
    });
    drop(first);
    drop(lock);
    runtime().block_on(async {
        let done = store.exchange(&tenant(), &key("code"), &ONCE, &[], NOW).await;
        assert_eq!(done.unwrap(), Exchange::Done);
        assert!(!is_there(&store, "unfinished").await);
        store.ready().await.unwrap();
    });
}

/// A runtime that goes on while it is not looked at keeps nobody from writing.
#[test]
fn a_runtime_that_rests_is_not_waited_for() {
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let directory = Directory::new();
    let path = directory.fresh_path();
    let rests = runtime();
    let store = rests.block_on(async {
        let store = SqliteStore::open(&path).await.unwrap();
        // Several at once, and one after them.
        let crowd: Vec<_> =
            (0..4).map(|n| issuing(&store, &format!("code {n}"), &format!("{n}"))).collect();
        for issued in crowd {
            issued.await.unwrap().unwrap();
        }
        issue_code(&store, "last").await;
        let refused = store.issue(&tenant(), &grant("last"), &[]).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
        store
    });
    runtime().block_on(async {
        issue_code(&store, "here").await;
        store.ready().await.unwrap();
    });
    drop(rests);
}

/// Who comes while the runtime ends is told so, and holds nothing that others wait for.
#[test]
fn a_runtime_that_ends_takes_nobody_with_it() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let store = runtime.block_on(SqliteStore::open(&path)).unwrap();
        let (begin, begun) = mpsc::channel();
        let late = store.clone();
        runtime.spawn(async move {
            begin.send(()).unwrap();
            thread::sleep(A_MOMENT);
            let _unheard = late.ready().await;
        });
        begun.recv().unwrap();
        drop(runtime);
        let next = Builder::new_current_thread().enable_all().build().unwrap();
        next.block_on(store.ready()).unwrap();
        tell.send(()).unwrap();
    });
    told.recv_timeout(Duration::from_secs(30)).expect("the runtime has ended");
}
