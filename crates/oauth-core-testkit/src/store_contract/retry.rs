//! Presenting the predecessor again, within bounds.

use oauth_core::{
    clock::Timestamp,
    model::Digest,
    store::{Exchange, GrantStore, Revoke, Spend, Spent},
};

use super::fixtures::{
    NOW, ONCE, REFRESH, access, exchange, find, grant, issue, key, ok, refresh, successor, tenant,
};

const NONCE: [u8; 16] = *b"\x00nonce of test\xff\x01";

fn rotate(predecessor: Option<Digest>) -> Spend {
    Spend::Once { successor_nonce: Some(NONCE), predecessor }
}

async fn spent<S: GrantStore>(store: &S, name: &str) -> Option<Spent> {
    find(store, &key(name)).await.and_then(|found| found.spent)
}

/// The nonce of a rotation is kept with the spent token until the successor is used, and wiped
/// then: from there on the predecessor is [`AlreadySpent`](Exchange::AlreadySpent).
pub async fn a_used_successor_wipes_the_nonce<S: GrantStore>(store: S) {
    let grant = grant("g");
    issue(&store, &grant, &[refresh("first", &grant), refresh("other", &grant)]).await;
    let second = [access("a1", &grant), successor("second", &grant, key("first"))];
    let done = exchange(&store, &key("first"), rotate(None), &second, NOW).await;
    assert_eq!(done, Exchange::Done, "the rotation of the first token");
    let done = exchange(&store, &key("other"), rotate(None), &[], NOW).await;
    assert_eq!(done, Exchange::Done, "the rotation of another token");
    let kept = Some(Spent { at: NOW, successor_nonce: Some(NONCE), retries: 0 });
    assert_eq!(spent(&store, "first").await, kept, "the nonce must be kept with the spent token");

    let at = NOW.plus(9);
    let third = [access("a2", &grant), successor("third", &grant, key("second"))];
    let use_it = rotate(Some(key("first")));
    let done = exchange(&store, &key("second"), use_it, &third, at).await;
    assert_eq!(done, Exchange::Done, "the rotation of the second token");
    let wiped = Some(Spent { at: NOW, successor_nonce: None, retries: 0 });
    assert_eq!(spent(&store, "first").await, wiped, "the predecessor's nonce must be wiped");
    let kept_now = Some(Spent { at, successor_nonce: Some(NONCE), retries: 0 });
    assert_eq!(spent(&store, "second").await, kept_now, "the nonce must be kept with this one");
    assert_eq!(spent(&store, "other").await, kept, "the nonce of another token must stay");
    let again = Spend::Again { since: NOW.minus(60), retries: 9 };
    let late = exchange(&store, &key("first"), again, &[access("a3", &grant)], at).await;
    assert_eq!(late, Exchange::AlreadySpent, "a retry after the nonce was wiped");
    let added = find(&store, &key("a3")).await;
    assert!(added.is_none(), "a refused retry must add nothing, but an item was found");

    let refused = exchange(&store, &key("first"), rotate(Some(key("second"))), &[], at).await;
    assert_eq!(refused, Exchange::AlreadySpent, "a second rotation of the first token");
    assert_eq!(spent(&store, "second").await, kept_now, "a refused exchange must wipe no nonce");
}

/// [`Spend::Again`] is for spent tokens only, no earlier than `since`, at most `retries` times,
/// whatever their expiry; each time counts one.
pub async fn a_retry_is_bounded<S: GrantStore>(store: S) {
    let grant = grant("g");
    let names = ["unspent", "plain", "rotated"];
    issue(&store, &grant, &names.map(|name| refresh(name, &grant))).await;
    let again = |since: Timestamp| Spend::Again { since, retries: 2 };

    let unspent = exchange(&store, &key("unspent"), again(NOW), &[access("u", &grant)], NOW).await;
    assert_ne!(unspent, Exchange::Done, "a retry of a token that was never spent");
    assert_eq!(spent(&store, "unspent").await, None, "a refused retry must not spend the token");
    assert!(find(&store, &key("u")).await.is_none(), "a refused retry must add nothing");

    let done = exchange(&store, &key("plain"), ONCE, &[], NOW).await;
    assert_eq!(done, Exchange::Done, "the exchange of a live token");
    let plain = exchange(&store, &key("plain"), again(NOW), &[], NOW).await;
    assert_eq!(plain, Exchange::AlreadySpent, "a retry of a token spent without a nonce");

    let next = [successor("next", &grant, key("rotated"))];
    let done = exchange(&store, &key("rotated"), rotate(None), &next, NOW).await;
    assert_eq!(done, Exchange::Done, "the rotation of a live token");
    let at = NOW.plus(REFRESH + 1);
    let late = exchange(&store, &key("rotated"), again(NOW.plus(1)), &[], at).await;
    assert_eq!(late, Exchange::AlreadySpent, "a retry of a token spent before `since`");
    let count = |retries| Some(Spent { at: NOW, successor_nonce: Some(NONCE), retries });
    assert_eq!(spent(&store, "rotated").await, count(0), "a refused retry must not be counted");
    for nth in 1..=2 {
        let item = [access(format!("retry {nth}"), &grant)];
        let done = exchange(&store, &key("rotated"), again(NOW), &item, at).await;
        assert_eq!(done, Exchange::Done, "retry {nth} of 2, spent exactly at `since`");
        assert!(find(&store, &item[0].key).await.is_some(), "retry {nth} must add its items");
        assert_eq!(spent(&store, "rotated").await, count(nth), "retry {nth} must be counted");
    }
    let third = exchange(&store, &key("rotated"), again(NOW), &[access("x", &grant)], at).await;
    assert_eq!(third, Exchange::AlreadySpent, "a third retry where two are allowed");
    assert_eq!(spent(&store, "rotated").await, count(2), "a refused retry must not be counted");
    assert!(find(&store, &key("x")).await.is_none(), "a refused retry must add nothing");
    let more = Spend::Again { since: NOW, retries: 3 };
    let done = exchange(&store, &key("rotated"), more, &[], at).await;
    assert_eq!(done, Exchange::Done, "the bound is the caller's: a third of three");
}

/// A retry is not for what was revoked meanwhile, be it the token or its grant.
pub async fn a_revoked_token_has_no_retry<S: GrantStore>(store: S) {
    let (of_token, of_grant) = (grant("token"), grant("grant"));
    let again = Spend::Again { since: NOW, retries: 9 };
    for (name, grant, what) in [
        ("its own", &of_token, Revoke::Token(key("its own"))),
        ("its grant's", &of_grant, Revoke::Grant(of_grant.id)),
    ] {
        issue(&store, grant, &[refresh(name, grant)]).await;
        for spend in [rotate(None), again] {
            let done = exchange(&store, &key(name), spend, &[], NOW).await;
            assert_eq!(done, Exchange::Done, "{spend:?} before the revocation");
        }
        ok(store.revoke(&tenant(), &what, NOW).await, "revoke");
        let item = [access(format!("access {name}"), grant)];
        let outcome = exchange(&store, &key(name), again, &item, NOW).await;
        assert_eq!(outcome, Exchange::Revoked, "a retry after {what:?}");
        assert!(find(&store, &item[0].key).await.is_none(), "a refused retry must add nothing");
        let count = spent(&store, name).await.map(|spent| spent.retries);
        assert_eq!(count, Some(1), "a refused retry must not be counted");
    }
}
