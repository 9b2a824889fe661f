//! A database that is busy, hangs or is full.

use std::time::Duration;

use oauth_core::store::{ClientStore, Exchange, GrantStore, StoreError};
use oauth_core_sql::SqliteStore;
use sqlx::{
    Connection as _, Executor as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{
    fixtures::{NOW, ONCE, access, code, grant, issue_code, key, tenant},
    rig::{Directory, locked},
};

const SOON: Duration = Duration::from_millis(200);

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

async fn exchange(store: &SqliteStore) -> Result<Exchange, StoreError> {
    let item = access("access", &grant("code"));
    store.exchange(&tenant(), &key("code"), &ONCE, &[item], NOW).await
}

async fn still_good(store: &SqliteStore) {
    assert!(GrantStore::find(store, &tenant(), &key("access")).await.unwrap().is_none());
    assert_eq!(exchange(store).await.unwrap(), Exchange::Done, "the code must still be good");
    assert!(GrantStore::find(store, &tenant(), &key("access")).await.unwrap().is_some());
}

#[test]
fn sto_008_sto_009_unless_told_otherwise_nobody_waits_for_long() {
    let options = format!("{:?}", SqliteStore::options());
    for limit in ["acquire_timeout: 2s,", "statement_timeout: 5s,"] {
        assert!(options.contains(limit), "{options}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_008_all_connections_held_is_unavailable_soon() {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    SqliteStore::migrate(&pool).await.unwrap();
    let options = SqliteStore::options().acquire_timeout(SOON);
    let store = options.from_pool(pool.clone()).await.unwrap();
    issue_code(&store, "code").await;

    let held = pool.acquire().await.unwrap();
    assert!(is_unavailable(&exchange(&store).await));
    assert!(is_unavailable(&GrantStore::find(&store, &tenant(), &key("code")).await));
    assert!(is_unavailable(&ClientStore::find(&store, &tenant(), &"web".into()).await));
    assert!(is_unavailable(&store.ready().await));
    drop(held);
    store.ready().await.unwrap();
    still_good(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_009_a_write_that_hangs_is_unavailable_and_never_happens() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    // The wait for the lock is the longer one here, so that the statements run out of time.
    let options = SqliteStore::options().statement_timeout(SOON);
    let store = options.acquire_timeout(Duration::from_secs(30)).open(&path).await.unwrap();
    issue_code(&store, "code").await;

    let mut other = locked(&path).await;
    assert!(is_unavailable(&exchange(&store).await));
    assert!(GrantStore::find(&store, &tenant(), &key("code")).await.unwrap().is_some());
    other.execute("ROLLBACK").await.unwrap();
    // Retried: the connection first ends what was given up.
    let mut done = exchange(&store).await;
    for _ in 0..50 {
        if is_unavailable(&done) {
            done = exchange(&store).await;
        }
    }
    assert_eq!(done.unwrap(), Exchange::Done, "what was given up must not have happened");
    let spent = GrantStore::find(&store, &tenant(), &key("code")).await.unwrap();
    assert!(spent.is_some_and(|found| found.spent.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_that_keeps_the_lock_is_waited_for_and_then_unavailable() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let options = SqliteStore::options().acquire_timeout(SOON);
    let store = options.open(&path).await.unwrap();
    issue_code(&store, "code").await;
    let mut other = locked(&path).await;
    assert!(is_unavailable(&exchange(&store).await));
    assert!(is_unavailable(&store.ready().await));
    other.execute("ROLLBACK").await.unwrap();
    still_good(&store).await;

    let patient = SqliteStore::open(&path).await.unwrap();
    issue_code(&patient, "another").await;
    let mut other = locked(&path).await;
    let waiting = tokio::spawn({
        let patient = patient.clone();
        async move { patient.exchange(&tenant(), &key("another"), &ONCE, &[], NOW).await }
    });
    tokio::task::yield_now().await;
    other.execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Exchange::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_unavailable_and_the_store_recovers() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    issue_code(&SqliteStore::open(&path).await.unwrap(), "code").await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let pages = sqlx::query_scalar::<_, i64>("PRAGMA page_count");
    let pages = pages.fetch_one(&mut other).await.unwrap();
    // One connection that writes, as the store's own pool has, and room for a few pages more.
    let options = options.pragma("max_page_count", (pages + 8).to_string());
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.unwrap();
    let store = SqliteStore::from_pool(pool).await.unwrap();

    let big = grant("big");
    let items: Vec<_> = (0..500).map(|number| code(&format!("big {number}"), &big)).collect();
    for _ in 0..3 {
        let full = store.issue(&tenant(), &big, &items).await;
        assert!(is_unavailable(&full), "{full:?}");
    }
    assert!(GrantStore::find(&store, &tenant(), &key("big 0")).await.unwrap().is_none());
    still_good(&store).await;
    store.issue(&tenant(), &big, &items[..1]).await.unwrap();
}
