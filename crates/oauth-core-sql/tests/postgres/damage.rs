//! Rows that make no sense, and text that would like to be SQL.

use oauth_core::{
    model::{Client, Subject},
    store::{ClientRegistry as _, ClientStore, Exchange, GrantStore, Revoke, StoreError},
};
use oauth_core_sql::PostgresStore;
use sqlx::postgres::PgPool;

use crate::{
    fixtures::{NOW, ONCE, issue_code, key, tenant},
    rig::Schema,
};

async fn on_own_pool(schema: &Schema) -> (PgPool, PostgresStore) {
    let pool = schema.pool(2).await;
    PostgresStore::migrate(&pool).await.unwrap();
    (pool.clone(), PostgresStore::from_pool(pool).await.unwrap())
}

fn is_corrupt<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Corrupt(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_021_a_truncated_row_is_corrupt_and_other_rows_are_fine() {
    for damage in [
        "UPDATE oauth_issued SET artefact = left(artefact, 20) WHERE key = $1",
        "UPDATE oauth_issued SET artefact = '' WHERE key = $1",
        "UPDATE oauth_issued SET artefact = '{\"kind\":\"no such\"}' WHERE key = $1",
        "UPDATE oauth_issued SET retries = -1, spent_at = 1 WHERE key = $1",
        "UPDATE oauth_issued SET successor_nonce = '\\x01', spent_at = 1 WHERE key = $1",
        "UPDATE oauth_grants SET facts = left(facts, 20) WHERE id = substr($1::BYTEA, 1, 16)",
        "UPDATE oauth_grants SET facts = '[]' WHERE id = substr($1::BYTEA, 1, 16)",
    ] {
        let Some(schema) = Schema::new().await else { return };
        let (pool, store) = on_own_pool(&schema).await;
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
        assert!(named.contains("oauth_"), "{damage}: {named}");
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
    let Some(schema) = Schema::new().await else { return };
    let (pool, store) = on_own_pool(&schema).await;
    for id in ["damaged", "fine"] {
        let client = Client::public(id).redirect_uri("https://client.example/cb").build().unwrap();
        store.register(&tenant(), &client).await.unwrap();
    }
    let truncate = "UPDATE oauth_clients SET record = left(record, 30) WHERE client_id = 'damaged'";
    sqlx::query(truncate).execute(&pool).await.unwrap();
    let found = ClientStore::find(&store, &tenant(), &"damaged".into()).await;
    assert!(is_corrupt(&found), "{found:?}");
    let fine = ClientStore::find(&store, &tenant(), &"fine".into()).await;
    assert!(fine.unwrap().is_some());
    assert!(store.remove(&tenant(), &"damaged".into()).await.unwrap(), "it can be removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_024_text_that_would_like_to_be_sql_is_data() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
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

/// PostgreSQL has no U+0000 in a text. A client of such a name does not exist; anything else that
/// has it cannot be kept, and trying again will not help.
#[tokio::test(flavor = "multi_thread")]
async fn sto_024_text_that_the_database_cannot_hold_is_no_outage() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.store().await;
    let found = ClientStore::find(&store, &tenant(), &"a\0b".into()).await;
    assert!(found.unwrap().is_none());
    let found = ClientStore::find(&store, &"a\0b".into(), &"web".into()).await;
    assert!(found.unwrap().is_none());
    assert!(is_corrupt(&store.grants(&tenant(), &"a\0b".into(), NOW).await));
}
