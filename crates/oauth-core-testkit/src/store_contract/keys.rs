//! Signing keys.

use oauth_core::{
    model::{KeyId, Secret, StoredKey, Tenant},
    store::KeyStore,
};
use tokio::task::JoinSet;

use super::fixtures::{NOW, is_conflict, ok, tenant};

const RACERS: u32 = 16;

fn stored(kid: &str, alg: &str, age: u32) -> StoredKey {
    StoredKey {
        kid: kid.into(),
        alg: alg.to_owned(),
        material: Secret::new(format!("-----BEGIN \u{e4}\n'{kid}'\"\\")),
        created_at: NOW.minus(age),
        signs_from: NOW.minus(age).plus(7),
    }
}

async fn succeed<S: KeyStore>(store: &S, after: Option<&str>, key: &StoredKey) -> bool {
    ok(store.succeed(&tenant(), after.map(KeyId::from).as_ref(), key).await, "succeed")
}

async fn kids<S: KeyStore>(store: &S) -> Vec<String> {
    let keys = ok(store.keys(&tenant()).await, "keys");
    keys.into_iter().map(|key| key.kid.as_str().to_owned()).collect()
}

/// Each `alg` is a chain: one key comes first, and one behind each.
pub async fn keys_are_a_chain<S: KeyStore>(store: S) {
    assert_eq!(ok(store.keys(&tenant()).await, "keys"), [], "keys of an empty store");
    let first = stored("first", "ES256", 30);
    assert!(succeed(&store, None, &first).await, "the first key");
    assert!(!succeed(&store, None, &stored("late", "ES256", 20)).await, "another first key");
    assert!(succeed(&store, None, &stored("other", "EdDSA", 10)).await, "the first of another alg");
    let second = stored("second", "ES256", 20);
    assert!(succeed(&store, Some("first"), &second).await, "the key behind the first");
    let late = stored("late", "ES256", 10);
    assert!(!succeed(&store, Some("first"), &late).await, "another key behind the first");
    let keys = ok(store.keys(&tenant()).await, "keys");
    assert_eq!(keys[..2], [first, second], "every field comes back, the oldest key first");
    assert_eq!(kids(&store).await, ["first", "second", "other"], "keys, the oldest first");
}

/// The name of a key is taken once, in a tenant.
pub async fn a_taken_kid_is_a_conflict<S: KeyStore>(store: S) {
    assert!(succeed(&store, None, &stored("a", "ES256", 9)).await, "the first key");
    let same = store.succeed(&tenant(), Some(&"a".into()), &stored("a", "ES256", 8)).await;
    assert!(is_conflict(&same), "a key with the name of another: {same:?}");
    let same = store.succeed(&tenant(), None, &stored("a", "EdDSA", 8)).await;
    assert!(is_conflict(&same), "a key of another alg with the name of another: {same:?}");
    assert_eq!(kids(&store).await, ["a"], "a conflict adds nothing");
    assert!(succeed(&store, Some("a"), &stored("b", "ES256", 8)).await, "the place is still free");
}

/// A removed key is gone, and its place behind its predecessor is free.
pub async fn keys_are_removed<S: KeyStore>(store: S) {
    assert!(succeed(&store, None, &stored("a", "ES256", 9)).await, "the first key");
    assert!(succeed(&store, Some("a"), &stored("b", "ES256", 8)).await, "the second key");
    assert!(ok(store.remove(&tenant(), &"b".into()).await, "remove"), "a key that is there");
    assert!(!ok(store.remove(&tenant(), &"b".into()).await, "remove"), "a key that is gone");
    assert_eq!(kids(&store).await, ["a"], "what is removed is gone");
    assert!(succeed(&store, Some("a"), &stored("c", "ES256", 7)).await, "its place is free");
    assert!(ok(store.remove(&tenant(), &"a".into()).await, "remove"), "the first key");
    assert!(succeed(&store, Some("c"), &stored("d", "ES256", 6)).await, "the chain goes on");
    assert_eq!(kids(&store).await, ["c", "d"], "what is left");
}

/// The same names under two tenants are two keys.
pub async fn keys_of_tenants_are_apart<S: KeyStore>(store: S) {
    let there = Tenant::default();
    assert!(succeed(&store, None, &stored("a", "ES256", 9)).await, "the first key");
    assert_eq!(ok(store.keys(&there).await, "keys"), [], "keys of another tenant");
    assert!(!ok(store.remove(&there, &"a".into()).await, "remove"), "another tenant's key");
    let added = store.succeed(&there, None, &stored("a", "ES256", 9)).await;
    assert!(ok(added, "succeed"), "the first key of another tenant");
    assert_eq!(kids(&store).await, ["a"], "this tenant's keys");
}

/// Of nodes that find at the same time that a key is due, one makes it.
pub async fn one_of_many_makes_the_key<S: KeyStore + Clone>(store: S) {
    let mut newest: Option<String> = None;
    for round in 0..10 {
        let mut racers = JoinSet::new();
        for racer in 0..RACERS {
            let (store, after) = (store.clone(), newest.clone());
            let key = stored(&format!("{round} {racer}"), "ES256", 1_000 - round);
            racers.spawn(async move {
                succeed(&store, after.as_deref(), &key).await.then(|| key.kid.to_string())
            });
        }
        let made: Vec<_> = racers.join_all().await.into_iter().flatten().collect();
        assert_eq!(made.len(), 1, "keys that were made for one place: {made:?}");
        newest = made.into_iter().next();
    }
    assert_eq!(kids(&store).await.len(), 10, "keys after ten rounds");
}
