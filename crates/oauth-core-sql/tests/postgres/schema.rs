//! Tables of other versions.

use oauth_core::store::{Exchange, GrantStore as _, StoreError};
use oauth_core_sql::{OpenError, POSTGRES_MIGRATIONS, PostgresStore};
use sqlx::{
    Executor as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    fixtures::{NOW, ONCE, issue_code, key, tenant},
    rig::Schema,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_opened_again_with_all_that_is_in_it() {
    let Some(schema) = Schema::new().await else { return };
    issue_code(&schema.store().await, "code").await;
    let store = schema.store().await;
    store.ready().await.unwrap();
    let done = store.exchange(&tenant(), &key("code"), &ONCE, &[], NOW).await;
    assert_eq!(done.unwrap(), Exchange::Done);
    assert!(!format!("{store:?}").contains("password"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_are_in_the_schema_that_was_named_whatever_its_name() {
    let Some(schema) = Schema::new().await else { return };
    let name = format!("{}_\"b c\\'", schema.name());
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    schema.run(format!("CREATE SCHEMA {quoted}")).await;
    let options = PostgresStore::options().connections(1).schema(&name);
    let opened = options.connect(schema.elsewhere()).await;
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename LIKE 'oauth%'";
    let tables = sqlx::query_scalar::<_, i64>(tables).bind(name);
    let tables = tables.fetch_one(&mut schema.connection().await).await.unwrap();
    schema.run(format!("DROP SCHEMA {quoted} CASCADE")).await;
    opened.unwrap();
    assert_eq!(tables, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_018_an_older_schema_is_refused_at_the_start() {
    let Some(schema) = Schema::new().await else { return };
    let pool = schema.pool(2).await;
    let missing = PostgresStore::from_pool(pool.clone()).await.unwrap_err();
    assert!(matches!(missing, OpenError::SchemaOlder { found: 0, needed: 1 }), "{missing}");
    assert!(missing.to_string().contains("run `migrate`"), "{missing}");

    PostgresStore::migrate(&pool).await.unwrap();
    let store = PostgresStore::from_pool(pool.clone()).await.unwrap();
    pool.execute("UPDATE oauth_schema SET version = 0").await.unwrap();
    let older = PostgresStore::from_pool(pool.clone()).await.unwrap_err();
    assert!(matches!(older, OpenError::SchemaOlder { found: 0, needed: 1 }), "{older}");
    let ready = store.ready().await;
    assert!(matches!(ready, Err(StoreError::Corrupt(_))), "{ready:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_018_a_newer_schema_is_refused_and_left_alone() {
    let Some(schema) = Schema::new().await else { return };
    drop(schema.store().await);
    let pool = schema.pool(1).await;
    pool.execute("INSERT INTO oauth_schema (version) VALUES (2)").await.unwrap();
    let newer = PostgresStore::connect(&schema.url()).await.unwrap_err();
    assert!(matches!(newer, OpenError::SchemaNewer { found: 2, needed: 1 }), "{newer}");
    assert!(newer.to_string().contains("run the newer program"), "{newer}");
    let newer = PostgresStore::from_pool(pool).await.unwrap_err();
    assert!(matches!(newer, OpenError::SchemaNewer { .. }), "{newer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_018_a_migration_happens_as_a_whole_or_not_at_all() {
    let Some(schema) = Schema::new().await else { return };
    let pool = schema.pool(2).await;
    pool.execute("CREATE TABLE oauth_issued (in_the_way BIGINT)").await.unwrap();
    let failed = PostgresStore::migrate(&pool).await.unwrap_err();
    assert!(matches!(failed, OpenError::Migration(_)), "{failed}");
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    assert_eq!(tables, ["oauth_issued"], "nothing of the failed migration is left");
    pool.execute("DROP TABLE oauth_issued").await.unwrap();
    PostgresStore::migrate(&pool).await.unwrap();
    PostgresStore::migrate(&pool).await.unwrap();
    PostgresStore::from_pool(pool).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_can_be_made_by_another_tool_beside_those_of_the_application() {
    let Some(schema) = Schema::new().await else { return };
    let pool = schema.pool(2).await;
    pool.execute("CREATE TABLE _sqlx_migrations (of_the_application BIGINT)").await.unwrap();
    for file in POSTGRES_MIGRATIONS {
        pool.execute(file.sql).await.unwrap();
    }
    let store = PostgresStore::from_pool(pool).await.unwrap();
    store.ready().await.unwrap();
    issue_code(&store, "code").await;
    schema.store().await.ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_nodes_start_on_a_new_database_at_the_same_time() {
    for isolation in ["read committed", "repeatable read", "serializable"] {
        many_nodes_start(isolation).await;
    }
}

/// Where transactions see no more than this unless they say otherwise.
async fn many_nodes_start(isolation: &str) {
    let Some(schema) = Schema::new().await else { return };
    let options: PgConnectOptions = schema.url().parse().unwrap();
    let options = options.options([("default_transaction_isolation", isolation)]);
    let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.unwrap();
    let migrating: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { PostgresStore::migrate(&pool).await })
        })
        .collect();
    for migrated in migrating {
        migrated.await.unwrap().unwrap();
    }
    PostgresStore::from_pool(pool.clone()).await.unwrap().ready().await.unwrap();
    let run = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM _oauth_migrations");
    assert_eq!(run.fetch_one(&pool).await.unwrap(), POSTGRES_MIGRATIONS.len() as i64);
}
