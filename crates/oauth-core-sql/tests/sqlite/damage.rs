//! Rows that make no sense, and text that would like to be SQL.

use oauth_core::{
    model::{Client, Subject},
    store::{ClientRegistry, ClientStore, Exchange, GrantStore, Revoke, StoreError},
};
use oauth_core_sql::{Durability, SqliteStore};
use sqlx::sqlite::SqlitePool;

use crate::{
    fixtures::{NOW, ONCE, issue_code, key, tenant},
    rig::{Directory, fresh_in},
};

async fn on_own_pool() -> (SqlitePool, SqliteStore) {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    SqliteStore::migrate(&pool).await.unwrap();
    (pool.clone(), SqliteStore::from_pool(pool).await.unwrap())
}

fn is_corrupt<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Corrupt(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_021_a_truncated_row_is_corrupt_and_other_rows_are_fine() {
    for damage in [
        "UPDATE oauth_issued SET artefact = substr(artefact, 1, 20) WHERE key = $1",
        "UPDATE oauth_issued SET artefact = '' WHERE key = $1",
        "UPDATE oauth_issued SET artefact = '{\"kind\":\"no such\"}' WHERE key = $1",
        "UPDATE oauth_issued SET artefact = CAST(x'ff00' AS BLOB) WHERE key = $1",
        "UPDATE oauth_issued SET retries = -1, spent_at = 1 WHERE key = $1",
        "UPDATE oauth_issued SET successor_nonce = x'01', spent_at = 1 WHERE key = $1",
        "UPDATE oauth_grants SET facts = substr(facts, 1, 20) WHERE id = substr($1, 1, 16)",
        "UPDATE oauth_grants SET facts = '[]' WHERE id = substr($1, 1, 16)",
    ] {
        let (pool, store) = on_own_pool().await;
        issue_code(&store, "damaged").await;
        issue_code(&store, "fine").await;
        let damaged = sqlx::query(damage).bind(&key("damaged").as_bytes()[..]);
        assert_eq!(damaged.execute(&pool).await.unwrap().rows_affected(), 1, "{damage}");
        let found = GrantStore::find(&store, &tenant(), &key("damaged")).await;
        assert!(is_corrupt(&found), "{damage}: {found:?}");
        let named = match found {
            Err(StoreError::Corrupt(source)) => source.to_string(),
            _ => String::new(),
        };
        assert!(named.contains("oauth_") || named.contains("column"), "{damage}: {named}");
        let fine = GrantStore::find(&store, &tenant(), &key("fine")).await;
        assert!(fine.unwrap().is_some(), "{damage}");
        let fine = store.exchange(&tenant(), &key("fine"), &ONCE, &[], NOW).await;
        assert_eq!(fine.unwrap(), Exchange::Done, "{damage}");
        let grants = store.grants(&tenant(), &Subject::from("subject"), NOW).await;
        assert_eq!(is_corrupt(&grants), damage.contains("oauth_grants"), "{damage}: {grants:?}");
        let revoked = store.revoke(&tenant(), &Revoke::Client("client".into()), NOW).await;
        assert_eq!(revoked.unwrap(), 2, "what cannot be read can still be revoked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_021_a_truncated_client_is_corrupt_and_other_clients_are_fine() {
    let (pool, store) = on_own_pool().await;
    for id in ["damaged", "fine"] {
        let client = Client::public(id).redirect_uri("https://client.example/cb").build().unwrap();
        store.register(&tenant(), &client).await.unwrap();
    }
    let truncate =
        "UPDATE oauth_clients SET record = substr(record, 1, 30) WHERE client_id = 'damaged'";
    sqlx::query(truncate).execute(&pool).await.unwrap();
    let found = ClientStore::find(&store, &tenant(), &"damaged".into()).await;
    assert!(is_corrupt(&found), "{found:?}");
    let fine = ClientStore::find(&store, &tenant(), &"fine".into()).await;
    assert!(fine.unwrap().is_some());
    assert!(store.remove(&tenant(), &"damaged".into()).await.unwrap(), "it can be removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let directory = Directory::new();
    let path = directory.fresh_path();
    let text = "a letter to a friend, by no means a database\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let opened = SqliteStore::open(&path).await;
    assert!(opened.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_024_text_that_would_like_to_be_sql_is_data() {
    let directory = Directory::new();
    let store = fresh_in(&directory, Durability::Normal)().await;
    issue_code(&store, "code").await;
    let hostile = "' OR 1=1 --";
    assert!(GrantStore::find(&store, &tenant(), &key(hostile)).await.unwrap().is_none());
    assert!(GrantStore::find(&store, &hostile.into(), &key("code")).await.unwrap().is_none());
    let outcome = store.exchange(&tenant(), &key(hostile), &ONCE, &[], NOW).await;
    assert_eq!(outcome.unwrap(), Exchange::Unknown);
    let subject = Subject::from(hostile);
    assert!(store.grants(&tenant(), &subject, NOW).await.unwrap().is_empty());
    let what = Revoke::SubjectClient(subject, "'; DROP TABLE oauth_grants; --".into());
    assert_eq!(store.revoke(&tenant(), &what, NOW).await.unwrap(), 0);
    assert!(store.list(&tenant(), None, Some(&hostile.into()), 9).await.unwrap().is_empty());
    let outcome = store.exchange(&tenant(), &key("code"), &ONCE, &[], NOW).await;
    assert_eq!(outcome.unwrap(), Exchange::Done, "nothing was revoked, spent or dropped");
}
