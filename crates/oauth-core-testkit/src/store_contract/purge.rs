//! Forgetting what is over.

use oauth_core::{
    clock::Timestamp,
    model::{Grant, Tenant},
    store::{Exchange, GrantStore},
};

use super::fixtures::{
    ACCESS, CODE, GRANT, NOW, ONCE, access, code, exchange, find, grant, issue, key, ok, refresh,
    tenant,
};

const ALL: u32 = 1_000;

async fn purge<S: GrantStore>(store: &S, before: Timestamp) -> u32 {
    ok(store.purge(before, ALL).await, "purge")
}

/// A purge removes no record before its [`keep_until`](oauth_core::model::Issued::keep_until):
/// neither what is live nor what is spent or expired and still needed to recognise a replay.
pub async fn purge_keeps_what_is_needed<S: GrantStore>(store: S) {
    let grant = grant("g");
    let items = [
        code("spent", &grant),
        code("unspent", &grant),
        access("access", &grant),
        refresh("refresh", &grant),
    ];
    issue(&store, &grant, &items).await;
    let done = exchange(&store, &key("spent"), ONCE, &[], NOW).await;
    assert_eq!(done, Exchange::Done, "the exchange of a live code");
    assert_eq!(purge(&store, NOW.plus(CODE + 1)).await, 0, "nothing is over, purge must count 0");
    purge(&store, items[0].keep_until()).await;
    let later = NOW.plus(ACCESS);
    let outcome = exchange(&store, &key("spent"), ONCE, &[], later).await;
    assert_eq!(outcome, Exchange::AlreadySpent, "a replay after the purge of expired records");
    let outcome = exchange(&store, &key("unspent"), ONCE, &[], later).await;
    assert_eq!(outcome, Exchange::Expired, "an expired code after the purge of expired records");

    let last = refresh("last", &grant);
    let mut late = access("late", &grant);
    late.expires_at = last.keep_until().minus(10);
    let done = exchange(&store, &key("refresh"), ONCE, &[late.clone(), last.clone()], NOW).await;
    assert_eq!(done, Exchange::Done, "a live token after the purge of expired records");
    for item in [&items[0], &late, &last] {
        let (kind, end) = (item.artefact.kind(), item.keep_until());
        purge(&store, end).await;
        let kept = find(&store, &item.key).await;
        assert!(kept.is_some(), "a purge at {end:?} removed the {kind} that is kept until then");
        purge(&store, end.plus(1)).await;
        let gone = find(&store, &item.key).await;
        assert!(gone.is_none(), "a purge after {end:?} left the {kind} that was kept until then");
    }
    let id_is_taken = store.issue(&tenant(), &grant, &[]).await;
    assert!(id_is_taken.is_err(), "a grant that has not expired must stay without any items");
}

/// A grant is removed once it has expired **and** its last item is removed, in the same purge if
/// possible; its name is free then.
pub async fn purge_removes_grants_once_empty<S: GrantStore>(store: S) {
    let short = |name: &str| Grant { expires_at: NOW.plus(100), ..grant(name) };
    let (full, empty) = (short("full"), short("empty"));
    let item = code("code", &full);
    issue(&store, &full, std::slice::from_ref(&item)).await;
    issue(&store, &empty, &[]).await;

    assert_eq!(purge(&store, NOW.plus(99)).await, 0, "nothing is over, purge must count 0");
    assert_eq!(purge(&store, NOW.plus(200)).await, 1, "records over: the grant without items");
    assert!(find(&store, &key("code")).await.is_some(), "a grant with items must stay");
    issue(&store, &empty, &[]).await;
    let before = item.keep_until().plus(1);
    assert_eq!(purge(&store, before).await, 3, "records over: an item, its grant, an empty grant");
    assert!(find(&store, &key("code")).await.is_none(), "what was purged must not be found");
    issue(&store, &full, &[code("code", &full)]).await;
    assert_eq!(purge(&store, NOW).await, 0, "what was issued again is not over");
}

/// A purge removes at most `limit` records, of all tenants; fewer than `limit` means done.
pub async fn purge_comes_in_batches<S: GrantStore>(store: S) {
    const LIMIT: u32 = 7;
    let live = grant("live");
    issue(&store, &live, &[access("live", &live)]).await;
    for number in 0..20 {
        let short = Grant { expires_at: NOW.plus(10 + number), ..grant(number) };
        let mut item = access(number, &short);
        item.expires_at = NOW.plus(number * 50);
        let tenant = Tenant::from(format!("tenant {}", number % 3));
        ok(store.issue(&tenant, &short, &[item]).await, "issue");
    }
    let before = NOW.plus(ACCESS);
    let mut total = 0;
    loop {
        let removed = ok(store.purge(before, LIMIT).await, "purge");
        assert!(removed <= LIMIT, "purge removed {removed} records at once, allowed were {LIMIT}");
        total += removed;
        if removed < LIMIT {
            break;
        }
        assert!(total <= 40, "purge counted {total} records where 40 were over");
    }
    assert_eq!(
        total, 40,
        "records removed until purge said that it was done (20 items, 20 grants)"
    );
    assert_eq!(purge(&store, before).await, 0, "a purge after it was done");
    assert!(find(&store, &key("live")).await.is_some(), "purge must not remove what is live");
}

/// What has to stay is in nobody's way: however many grants are over while something issued under
/// them is still kept, a purge in small batches reaches the others, and takes these once it may.
pub async fn purge_passes_what_must_stay<S: GrantStore>(store: S) {
    const LIMIT: u32 = 3;
    let purge = async |before| {
        let mut total = 0;
        loop {
            let removed = ok(store.purge(before, LIMIT).await, "purge");
            total += removed;
            if removed < LIMIT {
                return total;
            }
        }
    };
    let mut last_end = NOW;
    for number in 0..20 {
        let over = Grant { expires_at: NOW.plus(10 + number), ..grant(number) };
        let mut first = access(number, &over);
        first.expires_at = NOW.plus(10);
        issue(&store, &over, &[code(format!("code {number}"), &over), first]).await;
        // Kept for longer than anything that the grant was issued with.
        let last = refresh(format!("refresh {number}"), &over);
        last_end = last.keep_until();
        let spent = key(format!("code {number}"));
        let done = exchange(&store, &spent, ONCE, &[last], NOW).await;
        assert_eq!(done, Exchange::Done, "the exchange of a live code");
    }
    for number in 20..25 {
        let empty = Grant { expires_at: NOW.plus(10 + number), ..grant(number) };
        issue(&store, &empty, &[]).await;
    }
    assert_eq!(purge(NOW.plus(50)).await, 20 + 5, "20 tokens, and the grants without items");
    let code_end = code("code", &grant("g")).keep_until().plus(1);
    assert_eq!(purge(code_end).await, 20, "the codes, of grants that have one item left");
    assert_eq!(purge(last_end).await, 0, "a moment before the end of what is left");
    assert_eq!(purge(last_end.plus(1)).await, 40, "the last items, and with them their grants");
}

/// Where the store forgets by itself, a purge removes nothing, whatever the time: what is needed to
/// recognise a replay stays.
pub async fn a_store_that_forgets_purges_nothing<S: GrantStore>(store: S) {
    let grant = grant("g");
    issue(&store, &grant, &[code("code", &grant), refresh("refresh", &grant)]).await;
    let done = exchange(&store, &key("code"), ONCE, &[access("access", &grant)], NOW).await;
    assert_eq!(done, Exchange::Done, "the exchange of a live code");
    for before in [NOW, grant.expires_at, grant.expires_at.plus(GRANT)] {
        assert_eq!(purge(&store, before).await, 0, "purge must count 0");
    }
    for name in ["code", "refresh", "access"] {
        assert!(find(&store, &key(name)).await.is_some(), "a purge removed {name:?}");
    }
    let outcome = exchange(&store, &key("code"), ONCE, &[], NOW.plus(CODE)).await;
    assert_eq!(outcome, Exchange::AlreadySpent, "a replay after the purge");
}
