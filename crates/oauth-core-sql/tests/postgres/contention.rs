//! What the database calls a conflict of transactions, and how often it is tried again.

use std::time::Duration;

use oauth_core::store::{Exchange, GrantStore as _, Revoke, StoreError};
use oauth_core_sql::PostgresStore;
use sqlx::Executor as _;

use crate::{
    fixtures::{NOW, ONCE, access, grant, issue_code, key, tenant},
    rig::Schema,
};

/// A store whose transactions are stricter than usual.
async fn strict(schema: &Schema, isolation: &str) -> PostgresStore {
    PostgresStore::migrate(&schema.pool(1).await).await.unwrap();
    let url = format!("{}%20-cdefault_transaction_isolation%3D{isolation}", schema.url());
    let options = sqlx::postgres::PgPoolOptions::new().max_connections(5);
    PostgresStore::from_pool(options.connect(&url).await.unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_007_a_serialization_failure_is_tried_again() {
    let Some(schema) = Schema::new().await else { return };
    let store = strict(&schema, "serializable").await;
    for (number, change) in [
        "UPDATE oauth_issued SET issued_at = issued_at",
        "UPDATE oauth_grants SET created_at = created_at",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("code {number}");
        let grant = issue_code(&store, &name).await;
        let mut other = schema.connection().await;
        other.execute("BEGIN").await.unwrap();
        other.execute(change).await.unwrap();
        let (waiting, item) = (store.clone(), access(&format!("access {number}"), &grant));
        let code = key(&name);
        let waiting =
            tokio::spawn(
                async move { waiting.exchange(&tenant(), &code, &ONCE, &[item], NOW).await },
            );
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waiting.is_finished(), "it waits for the other transaction");
        // "could not serialize access due to concurrent update"
        other.execute("COMMIT").await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), Exchange::Done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_007_one_of_many_racers_wins_at_every_isolation_level() {
    let Some(schema) = Schema::new().await else { return };
    for isolation in ["serializable", "repeatable%5C%20read"] {
        let store = strict(&schema, isolation).await;
        for round in 0..3 {
            let name = format!("{isolation} {round}");
            let grant = issue_code(&store, &name).await;
            let racers = (0..16).map(|racer| {
                let (store, key) = (store.clone(), key(&name));
                let item = access(&format!("{name} {racer}"), &grant);
                tokio::spawn(
                    async move { store.exchange(&tenant(), &key, &ONCE, &[item], NOW).await },
                )
            });
            let racers: Vec<_> = racers.collect();
            let mut winners = 0;
            for racer in racers {
                let told = racer.await.unwrap().unwrap();
                assert!(matches!(told, Exchange::Done | Exchange::AlreadySpent), "{told:?}");
                winners += u32::from(told == Exchange::Done);
            }
            assert_eq!(winners, 1);
        }
    }
}

/// Lets every update of an item fail with `code` until it has been tried `times` times, counted in
/// a sequence, which no rollback turns back.
async fn fail(schema: &Schema, code: &str, times: u32) {
    schema
        .run(format!(
            "DROP SEQUENCE IF EXISTS tried;
             CREATE SEQUENCE tried;
             CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF nextval('tried') <= {times} THEN
                 RAISE EXCEPTION 'as the test wants it' USING ERRCODE = '{code}';
               END IF;
               RETURN NEW;
             END $$;
             CREATE OR REPLACE TRIGGER fail BEFORE UPDATE ON oauth_issued
               FOR EACH ROW EXECUTE FUNCTION fail();"
        ))
        .await;
}

async fn tried(schema: &Schema) -> i64 {
    let tried = sqlx::query_scalar("SELECT last_value FROM tried");
    tried.fetch_one(&mut schema.connection().await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_007_a_bounded_number_of_times() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    issue_code(&store, "code").await;
    let item = [access("access", &grant("code"))];
    let exchange = async || store.exchange(&tenant(), &key("code"), &ONCE, &item, NOW).await;
    for code in ["40001", "40P01"] {
        fail(&schema, code, 1_000).await;
        let told = exchange().await;
        assert!(matches!(told, Err(StoreError::Unavailable(_))), "{code}: {told:?}");
        let tried = tried(&schema).await;
        assert!((2..=10).contains(&tried), "{code}: tried {tried} times");
        assert!(store.find(&tenant(), &key("access")).await.unwrap().is_none());
    }
    // Anything else is not tried again.
    fail(&schema, "58030", 1_000).await;
    let told = exchange().await;
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    assert_eq!(tried(&schema).await, 1);
    fail(&schema, "40P01", 3).await;
    assert_eq!(exchange().await.unwrap(), Exchange::Done);
    assert_eq!(tried(&schema).await, 4);
}

/// Two revocations that lock the same grants in opposite orders wait for each other in a circle
/// until the database ends one, which is tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_tried_again() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    let (first, second) = (issue_code(&store, "first").await, issue_code(&store, "second").await);
    let mut other = schema.connection().await;
    let lock = "SELECT 1 FROM oauth_grants WHERE id = $1 FOR UPDATE";
    other.execute("BEGIN").await.unwrap();
    let locked = sqlx::query(lock).bind(&second.id.as_bytes()[..]).execute(&mut other).await;
    locked.unwrap();
    let revoking = tokio::spawn({
        let store = store.clone();
        async move { store.revoke(&tenant(), &Revoke::Client("client".into()), NOW).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    // Whoever of the two is ended: the revocation takes place.
    let locked = sqlx::query(lock).bind(&first.id.as_bytes()[..]).execute(&mut other).await;
    println!("the other transaction: {locked:?}");
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(revoking.await.unwrap().unwrap(), 2);
}
