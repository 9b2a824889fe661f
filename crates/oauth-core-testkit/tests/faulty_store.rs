//! The store that fails on demand does exactly that.
#![expect(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

use oauth_core::{
    clock::{Clock as _, Timestamp},
    model::{
        AccessToken, Artefact, Client, ClientId, Digest, Grant, GrantId, Issued, Scope, Subject,
        Tenant,
    },
    store::{
        ClientRegistry as _, ClientStore, Exchange, GrantStore, MemoryStore, Spend, StoreError,
    },
};
use oauth_core_testkit::{Fault, FaultyStore, ManualClock};

const ONCE: Spend = Spend::Once { successor_nonce: None, predecessor: None };

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

async fn with_a_token(clock: &ManualClock) -> (FaultyStore<MemoryStore>, Tenant, Digest) {
    let now = clock.now();
    let grant = Grant {
        id: GrantId::from_bytes([1; 16]),
        client_id: ClientId::from("web"),
        subject: Some(Subject::from("ann")),
        scope: Scope::default(),
        resources: Vec::new(),
        redirect_uri: None,
        claims: serde_json::Map::new(),
        auth_time: None,
        created_at: now,
        expires_at: now.plus(60),
    };
    let artefact =
        Artefact::AccessToken(AccessToken { scope: Scope::default(), audience: Vec::new() });
    let key = Digest::of("token");
    let item = Issued { key, grant: grant.id, artefact, issued_at: now, expires_at: now.plus(60) };
    let store = FaultyStore::new(MemoryStore::new());
    store.issue(&Tenant::default(), &grant, &[item]).await.unwrap();
    (store, Tenant::default(), key)
}

#[tokio::test]
async fn a_fault_before_the_call_changes_nothing() {
    let clock = ManualClock::new(Timestamp::from_unix(1_000));
    let (store, tenant, key) = with_a_token(&clock).await;
    store.fail_call(1, Fault::Before);
    assert!(is_unavailable(&store.exchange(&tenant, &key, &ONCE, &[], clock.now()).await));
    let again = store.exchange(&tenant, &key, &ONCE, &[], clock.now()).await;
    assert_eq!(again.unwrap(), Exchange::Done);
}

/// STO-005: the answer is lost, and the caller cannot know what happened.
#[tokio::test]
async fn sto_005_a_fault_after_the_call_loses_the_answer_only() {
    let clock = ManualClock::new(Timestamp::from_unix(1_000));
    let (store, tenant, key) = with_a_token(&clock).await;
    store.fail_call(2, Fault::After);
    assert!(GrantStore::find(&store, &tenant, &key).await.unwrap().is_some());
    assert!(is_unavailable(&store.exchange(&tenant, &key, &ONCE, &[], clock.now()).await));
    let again = store.exchange(&tenant, &key, &ONCE, &[], clock.now()).await;
    assert_eq!(again.unwrap(), Exchange::AlreadySpent);
    assert_eq!(store.calls(), 4);
}

#[tokio::test]
async fn a_store_that_is_down_fails_in_every_role() {
    let clock = ManualClock::new(Timestamp::from_unix(1_000));
    let (store, tenant, key) = with_a_token(&clock).await;
    let client = Client::public("web").redirect_uri("https://client.example/cb").build().unwrap();
    let shared = store.clone();
    shared.set_down(true);
    assert!(is_unavailable(&GrantStore::find(&store, &tenant, &key).await));
    assert!(is_unavailable(&store.purge(clock.now(), 1).await));
    assert!(is_unavailable(&store.register(&tenant, &client).await));
    assert!(is_unavailable(&ClientStore::find(&store, &tenant, &client.client_id).await));
    shared.set_down(false);
    store.register(&tenant, &client).await.unwrap();
    let inner = ClientStore::find(store.inner(), &tenant, &client.client_id).await;
    assert!(inner.unwrap().is_some());
}
