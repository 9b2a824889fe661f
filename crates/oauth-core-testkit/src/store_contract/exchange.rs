//! Spending one thing for others.

use oauth_core::{
    model::Grant,
    store::{Exchange, GrantStore, Revoke, Spend, Spent},
};

use super::fixtures::{
    ACCESS, CODE, NOW, ONCE, REFRESH, access, code, exchange, find, grant, issue, key, ok, refresh,
    successor, tenant,
};

/// An exchange spends the presented key and adds what it was traded for; nothing else changes.
pub async fn an_exchange_spends_and_adds<S: GrantStore>(store: S) {
    let grant = grant("g");
    issue(&store, &grant, &[code("code", &grant), code("other", &grant)]).await;
    let items = [access("access", &grant), refresh("refresh", &grant)];
    let at = NOW.plus(5);
    let done = exchange(&store, &key("code"), ONCE, &items, at).await;
    assert_eq!(done, Exchange::Done, "the exchange of a live code");
    for item in &items {
        let found = find(&store, &item.key).await;
        let added = found.as_ref().map(|found| &*found.issued);
        assert_eq!(added, Some(item), "an exchange that is Done must have added its items");
        assert!(found.is_some_and(|f| f.spent.is_none()), "what an exchange adds is unspent");
    }
    let spent = find(&store, &key("code")).await.and_then(|found| found.spent);
    let expected = Spent { at, successor_nonce: None, retries: 0 };
    assert_eq!(spent, Some(expected), "the presented code must be spent now");
    let other = find(&store, &key("other")).await.and_then(|found| found.spent);
    assert_eq!(other, None, "another code of the grant must not be spent");
    let nothing = exchange(&store, &key("other"), ONCE, &[], at).await;
    assert_eq!(nothing, Exchange::Done, "a key may be spent for nothing");
}

/// An exchange that is refused says why, by the first condition that fails: known, not revoked,
/// not spent, not expired. It changes nothing.
pub async fn an_exchange_says_why_not<S: GrantStore>(store: S) {
    let gone = grant("gone");
    let here = grant("here");
    let of = |grant, prefix: &str| {
        ["live", "spent", "revoked", "spent and revoked"]
            .map(|n| code(format!("{prefix} {n}"), grant))
    };
    issue(&store, &gone, &of(&gone, "gone")).await;
    issue(&store, &here, &of(&here, "here")).await;
    for name in ["gone spent", "here spent", "gone spent and revoked", "here spent and revoked"] {
        let done = exchange(&store, &key(name), ONCE, &[], NOW).await;
        assert_eq!(done, Exchange::Done, "the exchange of a live code");
    }
    for name in ["gone revoked", "here revoked", "gone spent and revoked", "here spent and revoked"]
    {
        ok(store.revoke(&tenant(), &Revoke::Token(key(name)), NOW).await, "revoke");
    }
    ok(store.revoke(&tenant(), &Revoke::Grant(gone.id), NOW).await, "revoke");

    let keep = Spend::Keep { expires_at: NOW.plus(REFRESH) };
    let (live, expired) = (NOW.plus(CODE - 1), NOW.plus(CODE));
    let items = [access("a", &here), refresh("b", &here)];
    for (name, at, expected, why) in [
        ("nobody", live, Exchange::Unknown, "no such key"),
        ("gone live", live, Exchange::Revoked, "the grant is revoked"),
        ("gone live", expired, Exchange::Revoked, "revoked comes before expired"),
        ("gone spent", live, Exchange::Revoked, "revoked comes before spent"),
        ("gone revoked", live, Exchange::Revoked, "revoked twice over"),
        ("gone spent and revoked", expired, Exchange::Revoked, "everything at once"),
        ("here revoked", live, Exchange::Revoked, "the item is revoked"),
        ("here revoked", expired, Exchange::Revoked, "revoked comes before expired"),
        ("here spent and revoked", live, Exchange::Revoked, "revoked comes before spent"),
        ("here spent", live, Exchange::AlreadySpent, "spent before"),
        ("here spent", expired, Exchange::AlreadySpent, "spent comes before expired"),
        ("here live", expired, Exchange::Expired, "not good from expires_at on"),
    ] {
        for spend in [ONCE, keep] {
            let outcome = exchange(&store, &key(name), spend, &items, at).await;
            assert_eq!(outcome, expected, "exchange of {name:?} with {spend:?}: {why}");
        }
    }
    for item in &items {
        let added = find(&store, &item.key).await;
        assert!(added.is_none(), "a refused exchange must add nothing, but an item was found");
    }
    let found = find(&store, &key("here live")).await;
    assert!(
        found.as_ref().is_some_and(|f| f.spent.is_none() && f.issued.expires_at == expired),
        "a refused exchange must change nothing, but the key is now {found:?}"
    );
    let done = exchange(&store, &key("here live"), ONCE, &items, live).await;
    assert_eq!(done, Exchange::Done, "a second before its expiry a code is good");
}

/// [`Spend::Keep`] adds the items, moves the expiry (and with it until when the record is kept) and
/// leaves the key unspent, again and again.
pub async fn keeping_moves_the_expiry<S: GrantStore>(store: S) {
    let grant = grant("g");
    issue(&store, &grant, &[refresh("refresh", &grant)]).await;
    let mut at = NOW;
    for round in 0..3 {
        at = at.plus(REFRESH - 1);
        let expires_at = at.plus(REFRESH);
        let item = access(format!("access {round}"), &grant);
        let keep = Spend::Keep { expires_at };
        let outcome =
            exchange(&store, &key("refresh"), keep, std::slice::from_ref(&item), at).await;
        assert_eq!(outcome, Exchange::Done, "Keep in round {round}, before the moved expiry");
        let found = find(&store, &key("refresh")).await;
        let now = found.map(|f| (f.spent, f.issued.expires_at));
        let expected = Some((None, expires_at));
        assert_eq!(now, expected, "Keep must leave the key unspent and move its expiry");
        let added = find(&store, &item.key).await;
        assert!(added.is_some(), "an exchange that is Done must have added its items");
    }
    ok(store.purge(at, 1_000).await, "purge");
    let kept = find(&store, &key("refresh")).await;
    assert!(kept.is_some(), "Keep must also move until when the record is kept: purge removed it");
    let late = exchange(&store, &key("refresh"), ONCE, &[], at.plus(REFRESH)).await;
    assert_eq!(late, Exchange::Expired, "from the moved expiry on the key is expired");
    let next = [successor("next", &grant, key("refresh"))];
    let done = exchange(&store, &key("refresh"), ONCE, &next, at.plus(ACCESS)).await;
    assert_eq!(done, Exchange::Done, "what was kept can be spent once");
}

/// [`Spend::Keep`] with an earlier expiry lets the record go earlier, too.
pub async fn an_earlier_expiry_is_purged_earlier<S: GrantStore>(store: S) {
    let grant = grant("g");
    issue(&store, &grant, &[refresh("next", &grant)]).await;
    let keep = Spend::Keep { expires_at: NOW.plus(1) };
    let done = exchange(&store, &key("next"), keep, &[], NOW).await;
    assert_eq!(done, Exchange::Done, "Keep with an earlier expiry");
    let end = find(&store, &key("next")).await.map(|found| found.issued.keep_until());
    ok(store.purge(end.map_or(NOW, |end| end.plus(1)), 1_000).await, "purge");
    assert!(find(&store, &key("next")).await.is_none(), "an earlier expiry is purged earlier");

    let over = Grant { expires_at: NOW.plus(2), ..self::grant("over") };
    issue(&store, &over, &[access("longer", &over)]).await;
    let done = exchange(&store, &key("longer"), keep, &[], NOW).await;
    assert_eq!(done, Exchange::Done, "Keep with an earlier expiry");
    let removed = ok(store.purge(NOW.plus(3), 1_000).await, "purge");
    assert_eq!(removed, 2, "the token goes earlier, and with it its grant, which is over, too");
}
