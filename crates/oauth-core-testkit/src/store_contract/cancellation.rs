//! Calls that nobody waits for any more.

use std::{future::poll_fn, pin::pin, task::Poll};

use oauth_core::{
    model::{ClientId, Grant, Issued},
    store::{Exchange, GrantStore, Revoke, Spend},
};

use super::fixtures::{
    NOW, access, code, exchange, find, grant, is_conflict, issue, key, ok, refresh, successor,
    tenant,
};

/// A call that has not returned after being polled this many times is taken as it is.
const MOST_POLLS: u32 = 64;

/// Polls `call` at most `polls` times and then drops it; whether it was done by then.
async fn dropped_after<T>(polls: u32, call: impl Future<Output = T>) -> bool {
    let mut call = pin!(call);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match call.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// When a call of [`GrantStore::issue`] is dropped, at whatever point, the grant and all of its
/// items were added or nothing was.
pub async fn a_dropped_issue_is_all_or_nothing<S: GrantStore>(store: S) {
    for polls in 0..MOST_POLLS {
        let grant = grant(polls);
        let items = [code(polls, &grant), access(format!("access {polls}"), &grant)];
        let done = dropped_after(polls, store.issue(&tenant(), &grant, &items)).await;
        // Issuing again waits for whatever the dropped call still does, and tells what it did.
        let again = store.issue(&tenant(), &grant, &items).await;
        let happened = is_conflict(&again);
        if !happened {
            ok(again, "issue after a dropped issue that added nothing");
        }
        assert!(happened || !done, "an issue that returned must have added the grant");
        for item in &items {
            let found = find(&store, &item.key).await;
            assert!(found.is_some(), "an issue dropped after {polls} polls added half of it");
        }
        if done {
            return;
        }
    }
}

/// When a call of [`GrantStore::exchange`] is dropped, at whatever point, the key was spent and all
/// items were added, or nothing happened and the key is still good.
pub async fn a_dropped_exchange_is_all_or_nothing<S: GrantStore>(store: S) {
    for polls in 0..MOST_POLLS {
        let grant = grant(polls);
        let name = format!("refresh {polls}");
        let before = refresh(format!("before {polls}"), &grant);
        issue(&store, &grant, &[before.clone(), refresh(&name, &grant)]).await;
        let rotate = |predecessor| Spend::Once { successor_nonce: Some([3; 16]), predecessor };
        let first = exchange(&store, &before.key, rotate(None), &[], NOW).await;
        assert_eq!(first, Exchange::Done, "the rotation of a live token");

        let spend = rotate(Some(before.key));
        let items = traded("dropped", polls, &name, &grant);
        let (tenant, key_of) = (tenant(), key(&name));
        let call = store.exchange(&tenant, &key_of, &spend, &items, NOW);
        let done = dropped_after(polls, call).await;
        let others = traded("later", polls, &name, &grant);
        let later = exchange(&store, &key_of, rotate(None), &others, NOW).await;
        let happened = later == Exchange::AlreadySpent;
        assert!(happened || later == Exchange::Done, "{later:?} after a dropped exchange");
        assert!(happened || !done, "an exchange that returned must have spent the key");
        for (items, expected) in [(&items, happened), (&others, !happened)] {
            for item in items {
                let exists = find(&store, &item.key).await.is_some();
                let when = format!("an exchange was dropped after {polls} polls");
                assert_eq!(exists, expected, "whether an item exists; {when}: half of it happened");
            }
        }
        let spent = find(&store, &before.key).await.and_then(|found| found.spent);
        let wiped = spent.is_some_and(|spent| spent.successor_nonce.is_none());
        assert_eq!(wiped, happened, "whether the nonce of the predecessor is wiped");
        if done {
            return;
        }
    }
}

fn traded(who: &str, polls: u32, name: &str, grant: &Grant) -> [Issued; 2] {
    let refresh = successor(format!("refresh {who} {polls}"), grant, key(name));
    [access(format!("access {who} {polls}"), grant), refresh]
}

/// When a call of [`GrantStore::revoke`] is dropped, at whatever point, everything that it names was
/// revoked or nothing was.
pub async fn a_dropped_revocation_is_all_or_nothing<S: GrantStore>(store: S) {
    const GRANTS: u64 = 4;
    for polls in 0..MOST_POLLS {
        let client_id = ClientId::from(format!("client {polls}"));
        for number in 0..GRANTS {
            let name = format!("grant {number} {polls}");
            let grant = Grant { client_id: client_id.clone(), ..grant(&name) };
            issue(&store, &grant, &[refresh(&name, &grant)]).await;
        }
        let what = Revoke::Client(client_id);
        let done = dropped_after(polls, store.revoke(&tenant(), &what, NOW)).await;
        let left = ok(store.revoke(&tenant(), &what, NOW).await, "revoke after a dropped revoke");
        assert!(
            left == 0 || left == GRANTS,
            "a revocation dropped after {polls} polls ended some of {GRANTS} grants and left {left}"
        );
        assert!(left == 0 || !done, "a revocation that returned must have ended all grants");
        if done {
            return;
        }
    }
}
