//! Keys that are taken.

use oauth_core::store::{Exchange, GrantStore};

use super::fixtures::{
    NOW, ONCE, access, code, exchange, find, grant, is_conflict, issue, key, refresh, tenant,
};

/// Issuing under a name or key that is taken, or the same key twice, is
/// [`Conflict`](oauth_core::store::StoreError::Conflict) and adds nothing.
pub async fn a_taken_key_is_a_conflict<S: GrantStore>(store: S) {
    let first = grant("first");
    issue(&store, &first, &[code("taken", &first)]).await;

    let again = store.issue(&tenant(), &first, &[access("a", &first)]).await;
    assert!(is_conflict(&again), "issue of a grant that exists must be Conflict, was {again:?}");
    let second = grant("second");
    let items = [access("b", &second), refresh("taken", &second), access("c", &second)];
    let taken = store.issue(&tenant(), &second, &items).await;
    assert!(is_conflict(&taken), "issue of a key that exists must be Conflict, was {taken:?}");
    let items = [access("d", &second), refresh("d", &second)];
    let twice = store.issue(&tenant(), &second, &items).await;
    assert!(is_conflict(&twice), "issue of one key twice must be Conflict, was {twice:?}");

    for name in ["a", "b", "c", "d"] {
        let found = find(&store, &key(name)).await;
        assert!(found.is_none(), "a Conflict must add nothing, but an item of it was found");
    }
    let kept = find(&store, &key("taken")).await.map(|found| found.issued.artefact.kind());
    assert_eq!(kept, Some("authorization_code"), "a Conflict must leave what was there alone");
    issue(&store, &second, &[access("b", &second)]).await;
}

/// An exchange for an item whose key is taken is
/// [`Conflict`](oauth_core::store::StoreError::Conflict), adds nothing, and leaves the presented
/// key as good as it was.
pub async fn a_conflict_leaves_the_key_unspent<S: GrantStore>(store: S) {
    let first = grant("first");
    let items = [code("code", &first), access("taken", &first)];
    issue(&store, &first, &items).await;
    for items in [
        vec![access("new", &first), refresh("taken", &first)],
        vec![access("new", &first), refresh("new", &first)],
        vec![access("new", &first), refresh("code", &first)],
    ] {
        let taken = store.exchange(&tenant(), &key("code"), &ONCE, &items, NOW).await;
        assert!(is_conflict(&taken), "exchange for a taken key must be Conflict, was {taken:?}");
        let added = find(&store, &key("new")).await;
        assert!(added.is_none(), "a Conflict must add nothing, but an item of it was found");
        let spent = find(&store, &key("code")).await.and_then(|found| found.spent);
        assert_eq!(spent, None, "a Conflict must leave the presented key unspent");
    }
    let items = [access("new", &first), refresh("newer", &first)];
    let done = exchange(&store, &key("code"), ONCE, &items, NOW).await;
    assert_eq!(done, Exchange::Done, "after a Conflict the key must still be good");
}
