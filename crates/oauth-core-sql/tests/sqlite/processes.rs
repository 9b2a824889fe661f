//! Several processes over one file, and the purge beside them.

use std::sync::Arc;

use oauth_core::{
    clock::Timestamp,
    store::{Exchange, GrantStore as _},
};
use oauth_core_sql::SqliteStore;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::Barrier;

use crate::{
    fixtures::{self, NOW, ONCE, access, issue_code, key, tenant},
    rig::Directory,
};

/// Each store has connections and a queue of its own, as in two processes.
#[tokio::test(flavor = "multi_thread")]
async fn two_stores_over_one_file_have_one_winner() {
    const RACERS: usize = 32;
    let directory = Directory::new();
    let path = directory.fresh_path();
    let stores = [SqliteStore::open(&path).await.unwrap(), SqliteStore::open(&path).await.unwrap()];
    for round in 0..8 {
        let name = format!("code {round}");
        let grant = issue_code(&stores[round % 2], &name).await;
        let barrier = Arc::new(Barrier::new(RACERS));
        let racers = (0..RACERS).map(|racer| {
            let (store, barrier) = (stores[racer % 2].clone(), Arc::clone(&barrier));
            let (key, item) = (key(&name), access(&format!("{name} {racer}"), &grant));
            tokio::spawn(async move {
                barrier.wait().await;
                store.exchange(&tenant(), &key, &ONCE, &[item], NOW).await
            })
        });
        let racers: Vec<_> = racers.collect();
        let mut winners = Vec::new();
        for (racer, told) in racers.into_iter().enumerate() {
            match told.await.unwrap().unwrap() {
                Exchange::Done => winners.push(racer),
                told => assert_eq!(told, Exchange::AlreadySpent),
            }
        }
        assert_eq!(winners.len(), 1, "racers that were told Done: {winners:?}");
        for racer in 0..RACERS {
            let found = stores[racer % 2].find(&tenant(), &key(&format!("{name} {racer}"))).await;
            assert_eq!(found.unwrap().is_some(), winners.contains(&racer));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_023_a_purge_beside_redemptions_takes_nothing_live() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.fresh_path()).await.unwrap();
    for number in 0..50 {
        issue_code(&store, &format!("code {number}")).await;
    }
    let purging = tokio::spawn({
        let store = store.clone();
        async move {
            let mut removed = 0;
            for _ in 0..100 {
                removed += store.purge(NOW.plus(599), 10).await.unwrap();
            }
            removed
        }
    });
    for number in 0..50 {
        let at: Timestamp = NOW.plus(number);
        let done = store.exchange(&tenant(), &key(&format!("code {number}")), &ONCE, &[], at).await;
        assert_eq!(done.unwrap(), Exchange::Done);
    }
    assert_eq!(purging.await.unwrap(), 0, "nothing was over");
    store.purge(NOW.plus(700), 1_000).await.unwrap();
    for number in 0..50 {
        let replay =
            store.exchange(&tenant(), &key(&format!("code {number}")), &ONCE, &[], NOW).await;
        assert_eq!(replay.unwrap(), Exchange::AlreadySpent, "spent codes are kept for replays");
    }
}

#[tokio::test]
async fn what_stays_in_one_purge_is_not_looked_at_by_the_next() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let before = fixtures::purge_in_vain(&store).await;
    let url = format!("sqlite://{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let due = sqlx::query_scalar::<_, i64>(fixtures::STILL_DUE).bind(before);
    assert_eq!(due.fetch_one(&mut connection).await.unwrap(), 0);
    fixtures::purge_the_rest(&store, before).await;
}
