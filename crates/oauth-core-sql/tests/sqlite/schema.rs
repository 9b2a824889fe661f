//! Tables of other versions.

use oauth_core::store::{Exchange, GrantStore as _, StoreError};
use oauth_core_sql::{OpenError, SQLITE_MIGRATIONS, SqliteStore};
use sqlx::{
    Executor as _,
    sqlite::{SqliteConnectOptions, SqlitePool},
};

use crate::{
    fixtures::{NOW, ONCE, issue_code, key, tenant},
    rig::Directory,
};

/// A pool of the application's own.
async fn pool(path: &std::path::Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqlitePool::connect_with(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_opened_again_with_all_that_is_in_it() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let store = SqliteStore::open(&path).await.unwrap();
    issue_code(&store, "code").await;
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    store.ready().await.unwrap();
    let done = store.exchange(&tenant(), &key("code"), &ONCE, &[], NOW).await;
    assert_eq!(done.unwrap(), Exchange::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_018_an_older_schema_is_refused_at_the_start() {
    let directory = Directory::new();
    let pool = pool(&directory.fresh_path()).await;
    let missing = SqliteStore::from_pool(pool.clone()).await.unwrap_err();
    assert!(matches!(missing, OpenError::SchemaOlder { found: 0, needed: 1 }), "{missing}");
    assert!(missing.to_string().contains("run `migrate`"), "{missing}");

    SqliteStore::migrate(&pool).await.unwrap();
    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    pool.execute("UPDATE oauth_schema SET version = 0").await.unwrap();
    let older = SqliteStore::from_pool(pool.clone()).await.unwrap_err();
    assert!(matches!(older, OpenError::SchemaOlder { found: 0, needed: 1 }), "{older}");
    let ready = store.ready().await;
    assert!(matches!(ready, Err(StoreError::Corrupt(_))), "{ready:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_018_a_newer_schema_is_refused_and_left_alone() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    drop(SqliteStore::open(&path).await.unwrap());
    let pool = pool(&path).await;
    pool.execute("INSERT INTO oauth_schema (version) VALUES (2)").await.unwrap();
    let newer = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(newer, OpenError::SchemaNewer { found: 2, needed: 1 }), "{newer}");
    assert!(newer.to_string().contains("run the newer program"), "{newer}");
    let newer = SqliteStore::from_pool(pool).await.unwrap_err();
    assert!(matches!(newer, OpenError::SchemaNewer { .. }), "{newer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_018_a_migration_happens_as_a_whole_or_not_at_all() {
    let directory = Directory::new();
    let pool = pool(&directory.fresh_path()).await;
    pool.execute("CREATE TABLE oauth_issued (in_the_way)").await.unwrap();
    let failed = SqliteStore::migrate(&pool).await.unwrap_err();
    assert!(matches!(failed, OpenError::Migration(_)), "{failed}");
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    assert_eq!(tables, ["oauth_issued"], "nothing of the failed migration is left");
    pool.execute("DROP TABLE oauth_issued").await.unwrap();
    SqliteStore::migrate(&pool).await.unwrap();
    SqliteStore::migrate(&pool).await.unwrap();
    SqliteStore::from_pool(pool).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_can_be_made_by_another_tool_beside_those_of_the_application() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let pool = pool(&path).await;
    pool.execute("CREATE TABLE _sqlx_migrations (of_the_application)").await.unwrap();
    for file in SQLITE_MIGRATIONS {
        pool.execute(file.sql).await.unwrap();
    }
    let store = SqliteStore::from_pool(pool).await.unwrap();
    store.ready().await.unwrap();
    issue_code(&store, "code").await;
    SqliteStore::open(&path).await.unwrap().ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_one_new_file_at_the_same_time() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let opening: Vec<_> = (0..8).map(|_| tokio::spawn(SqliteStore::open(path.clone()))).collect();
    for opened in opening {
        opened.await.unwrap().unwrap().ready().await.unwrap();
    }
}
