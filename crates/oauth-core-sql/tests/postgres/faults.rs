//! A database that is not there, hangs, or has no connection left.

use std::{error::Error as _, time::Duration};

use oauth_core::store::{ClientStore, Exchange, GrantStore, StoreError};
use oauth_core_sql::PostgresStore;
use sqlx::{Executor as _, postgres::PgPoolOptions};

use crate::{
    fixtures::{NOW, ONCE, access, grant, issue_code, key, tenant},
    rig::Schema,
};

const SOON: Duration = Duration::from_millis(200);

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

async fn exchange(store: &PostgresStore) -> Result<Exchange, StoreError> {
    let item = access("access", &grant("code"));
    store.exchange(&tenant(), &key("code"), &ONCE, &[item], NOW).await
}

async fn still_good(store: &PostgresStore) {
    assert!(GrantStore::find(store, &tenant(), &key("access")).await.unwrap().is_none());
    assert_eq!(exchange(store).await.unwrap(), Exchange::Done, "the code must still be good");
    assert!(GrantStore::find(store, &tenant(), &key("access")).await.unwrap().is_some());
}

#[test]
fn sto_008_sto_009_unless_told_otherwise_nobody_waits_for_long() {
    let options = format!("{:?}", PostgresStore::options());
    for limit in ["acquire_timeout: 2s,", "statement_timeout: 5s,"] {
        assert!(options.contains(limit), "{options}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_008_all_connections_held_is_unavailable_soon() {
    let Some(schema) = Schema::new().await else { return };
    let pool = schema.pool(2).await;
    PostgresStore::migrate(&pool).await.unwrap();
    let options = PostgresStore::options().acquire_timeout(SOON);
    let store = options.from_pool(pool.clone()).await.unwrap();
    issue_code(&store, "code").await;

    let held = [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()];
    assert!(is_unavailable(&exchange(&store).await));
    assert!(is_unavailable(&GrantStore::find(&store, &tenant(), &key("code")).await));
    assert!(is_unavailable(&ClientStore::find(&store, &tenant(), &"web".into()).await));
    assert!(is_unavailable(&store.ready().await));
    drop(held);
    store.ready().await.unwrap();
    still_good(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_009_a_write_that_waits_for_a_lock_is_unavailable_and_never_happens() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store_with(PostgresStore::options().statement_timeout(SOON)).await;
    issue_code(&store, "code").await;
    for lock in [
        "SELECT 1 FROM oauth_grants FOR UPDATE",
        "SELECT 1 FROM oauth_issued FOR UPDATE",
        "LOCK TABLE oauth_issued",
    ] {
        let mut other = schema.connection().await;
        other.execute("BEGIN").await.unwrap();
        other.execute(lock).await.unwrap();
        let told = tokio::time::timeout(SOON * 10, exchange(&store)).await;
        assert!(is_unavailable(&told.unwrap()), "{lock}");
        other.execute("ROLLBACK").await.unwrap();
    }
    still_good(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_009_a_statement_that_hangs_is_unavailable_and_never_happens() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store_with(PostgresStore::options().statement_timeout(SOON)).await;
    issue_code(&store, "code").await;
    let hang = "CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  PERFORM pg_sleep(60); RETURN NEW;
                END $$;
                CREATE TRIGGER hang BEFORE INSERT ON oauth_issued
                  FOR EACH ROW EXECUTE FUNCTION hang();";
    schema.run(hang.to_owned()).await;
    let told = tokio::time::timeout(SOON * 10, exchange(&store)).await;
    assert!(is_unavailable(&told.unwrap()));
    schema.run("DROP TRIGGER hang ON oauth_issued".to_owned()).await;
    still_good(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_009_the_database_is_told_how_long_a_statement_may_take() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    let hear = "CREATE TABLE heard (setting TEXT);
                CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  INSERT INTO heard VALUES (current_setting('statement_timeout'));
                  RETURN NEW;
                END $$;
                CREATE TRIGGER hear BEFORE INSERT ON oauth_issued
                  FOR EACH ROW EXECUTE FUNCTION hear();";
    schema.run(hear.to_owned()).await;
    issue_code(&store, "code").await;
    let heard = sqlx::query_scalar::<_, String>("SELECT setting FROM heard");
    let heard = heard.fetch_all(&mut schema.connection().await).await.unwrap();
    assert_eq!(heard, ["5s"]);
}

/// The application's own pool, without a statement timeout: the call ends all the same.
#[tokio::test(flavor = "multi_thread")]
async fn sto_009_a_call_ends_even_if_the_database_does_not_end_it() {
    let Some(schema) = Schema::new().await else { return };
    let pool = schema.pool(2).await;
    PostgresStore::migrate(&pool).await.unwrap();
    let options = PostgresStore::options().acquire_timeout(SOON).statement_timeout(SOON);
    let store = options.from_pool(pool).await.unwrap();
    issue_code(&store, "code").await;
    let mut other = schema.connection().await;
    other.execute("BEGIN").await.unwrap();
    other.execute("SELECT 1 FROM oauth_grants FOR UPDATE").await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(3), exchange(&store)).await;
    assert!(is_unavailable(&told.unwrap()));
    other.execute("ROLLBACK").await.unwrap();
    // It may happen now, as the documentation says; all of it or nothing.
    let again = exchange(&store).await.unwrap();
    assert!(matches!(again, Exchange::Done | Exchange::AlreadySpent), "{again:?}");
    assert!(GrantStore::find(&store, &tenant(), &key("access")).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_cut_are_replaced() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    issue_code(&store, "code").await;
    // After a rest the next call does not even notice.
    schema.cut().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    still_good(&store).await;
    // In the midst of work each connection may tell it once.
    issue_code(&store, "another").await;
    schema.cut().await;
    let mut ready = store.ready().await;
    for _ in 0..5 {
        if is_unavailable(&ready) {
            ready = store.ready().await;
        }
    }
    ready.unwrap();
}

/// As of a server that has become a standby: the address may lead to another by now, and nobody has cut
/// the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_only_reads_is_closed() {
    let Some(schema) = Schema::new().await else { return };
    PostgresStore::migrate(&schema.pool(1).await).await.unwrap();
    let url = format!("{}%20-cdefault_transaction_read_only%3Don", schema.url());
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    let backend = async || {
        let pid = sqlx::query_scalar::<_, i32>("SELECT pg_backend_pid()");
        pid.fetch_one(&pool).await.unwrap()
    };
    let first = backend().await;
    assert!(GrantStore::find(&store, &tenant(), &key("code")).await.unwrap().is_none());
    assert_eq!(backend().await, first, "it is of use to who reads");
    assert!(is_unavailable(&exchange(&store).await));
    assert_ne!(backend().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_unavailable() {
    let Some(schema) = Schema::new().await else { return };
    PostgresStore::migrate(&schema.pool(1).await).await.unwrap();
    let pool = PgPoolOptions::new().max_connections(1).idle_timeout(Duration::from_millis(1));
    let pool = pool.connect(&schema.url()).await.unwrap();
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    pool.close().await;
    assert!(is_unavailable(&exchange(&store).await));
    assert!(is_unavailable(&store.ready().await));
    let refused = PostgresStore::options().acquire_timeout(SOON);
    assert!(refused.connect("postgres://nobody@127.0.0.1:1/test").await.is_err());
}

/// The pool would say only that its time was over.
#[tokio::test]
async fn a_port_that_refuses_is_told_as_what_it_is() {
    let soon = PostgresStore::options().acquire_timeout(Duration::from_millis(100));
    let refused = soon.connect("postgres://postgres@127.0.0.1:1/test").await.unwrap_err();
    let cause = refused.source().expect("a cause").to_string();
    assert!(cause.contains("refused"), "{cause}");
}
