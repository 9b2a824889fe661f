//! Several nodes over one database, each with a pool of its own.

use std::{sync::Arc, time::Duration};

use oauth_core::store::{Exchange, GrantStore as _, Revoke, StoreError};
use oauth_core_sql::PostgresStore;
use sqlx::Executor as _;
use tokio::sync::Barrier;

use crate::{
    fixtures::{self, NOW, ONCE, access, issue_code, key, tenant},
    rig::Schema,
};

/// Every racer presents the code `name` at the same moment for an access token of its own, on one
/// node or the other.
async fn race(
    stores: &[PostgresStore; 2],
    name: &str,
    racers: usize,
    meanwhile: impl AsyncFnOnce(),
) -> Vec<Result<Exchange, StoreError>> {
    let grant = issue_code(&stores[0], name).await;
    let barrier = Arc::new(Barrier::new(racers + 1));
    let racing = (0..racers).map(|racer| {
        let (store, barrier) = (stores[racer % 2].clone(), Arc::clone(&barrier));
        let (key, item) = (key(name), access(&format!("{name} {racer}"), &grant));
        tokio::spawn(async move {
            barrier.wait().await;
            store.exchange(&tenant(), &key, &ONCE, &[item], NOW).await
        })
    });
    let racing: Vec<_> = racing.collect();
    barrier.wait().await;
    meanwhile().await;
    let mut told = Vec::new();
    for racer in racing {
        told.push(racer.await.unwrap());
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_have_one_winner() {
    let Some(schema) = Schema::new().await else { return };
    let stores = [schema.store().await, schema.store().await];
    for round in 0..8 {
        let name = format!("code {round}");
        let told = race(&stores, &name, 32, async || ()).await;
        let mut winners = 0;
        for (racer, told) in told.into_iter().enumerate() {
            let told = told.unwrap();
            assert!(matches!(told, Exchange::Done | Exchange::AlreadySpent), "{told:?}");
            winners += usize::from(told == Exchange::Done);
            let found = stores[racer % 2].find(&tenant(), &key(&format!("{name} {racer}"))).await;
            assert_eq!(found.unwrap().is_some(), told == Exchange::Done);
        }
        assert_eq!(winners, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_waits_for_a_revocation_that_is_under_way() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    for (name, end, expected) in
        [("ended", "COMMIT", Exchange::Revoked), ("given up", "ROLLBACK", Exchange::Done)]
    {
        let grant = issue_code(&store, name).await;
        let mut other = schema.connection().await;
        other.execute("BEGIN").await.unwrap();
        let revoke = sqlx::query("UPDATE oauth_grants SET revoked_at = 1 WHERE id = $1");
        revoke.bind(&grant.id.as_bytes()[..]).execute(&mut other).await.unwrap();
        let exchange = tokio::spawn({
            let (store, item) = (store.clone(), access(&format!("{name} access"), &grant));
            async move { store.exchange(&tenant(), &key(name), &ONCE, &[item], NOW).await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!exchange.is_finished(), "it must not pass by");
        other.execute(end).await.unwrap();
        assert_eq!(exchange.await.unwrap().unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_among_fifty_redemptions_leaves_nothing_live() {
    let Some(schema) = Schema::new().await else { return };
    let stores = [schema.store().await, schema.store().await];
    let mut outcomes = [0; 2];
    for round in 0..20 {
        let name = format!("code {round}");
        let what = match round % 2 {
            0 => Revoke::Subject("subject".into()),
            _ => Revoke::Client("client".into()),
        };
        let told = race(&stores, &name, 50, async || {
            // Sooner or later among the redemptions.
            tokio::time::sleep(Duration::from_micros(round * 200)).await;
            assert_eq!(stores[1].revoke(&tenant(), &what, NOW).await.unwrap(), 1);
        });
        let told = told.await;
        let done = told.iter().filter(|told| matches!(told, Ok(Exchange::Done))).count();
        assert!(done <= 1);
        outcomes[done] += 1;
        for racer in 0..50 {
            let found = stores[0].find(&tenant(), &key(&format!("{name} {racer}"))).await.unwrap();
            assert!(found.is_none_or(|found| found.revoked_at.is_some()), "live after revoke");
        }
        let again = stores[0].exchange(&tenant(), &key(&name), &ONCE, &[], NOW).await;
        assert_eq!(again.unwrap(), Exchange::Revoked);
    }
    println!("{outcomes:?}: revoked first, redeemed first");
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_023_purges_beside_each_other_and_beside_redemptions_take_nothing_live() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    for number in 0..50 {
        issue_code(&store, &format!("code {number}")).await;
        issue_code(&store, &format!("old {number}")).await;
    }
    let purge = async |store: PostgresStore, seconds| {
        let mut removed = 0;
        for _ in 0..20 {
            removed += store.purge(NOW.plus(seconds), 10).await.unwrap();
        }
        removed
    };
    let purging =
        [tokio::spawn(purge(store.clone(), 599)), tokio::spawn(purge(store.clone(), 599))];
    for number in 0..50 {
        let done =
            store.exchange(&tenant(), &key(&format!("code {number}")), &ONCE, &[], NOW).await;
        assert_eq!(done.unwrap(), Exchange::Done);
    }
    for purging in purging {
        assert_eq!(purging.await.unwrap(), 0, "nothing was over");
    }
    let over = 2_000_000;
    let purging =
        [tokio::spawn(purge(store.clone(), over)), tokio::spawn(purge(store.clone(), over))];
    let mut removed = 0;
    for purging in purging {
        removed += purging.await.unwrap();
    }
    assert_eq!(removed, 200, "everything once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_in_one_purge_is_not_looked_at_by_the_next() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    let before = fixtures::purge_in_vain(&store).await;
    let due = sqlx::query_scalar::<_, i64>(fixtures::STILL_DUE).bind(before);
    assert_eq!(due.fetch_one(&mut schema.connection().await).await.unwrap(), 0);
    fixtures::purge_the_rest(&store, before).await;
}
