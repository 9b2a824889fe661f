//! Tenants do not see each other.

use oauth_core::{
    model::{Grant, Subject, Tenant},
    store::{Exchange, GrantStore, Revoke, Spend},
};

use super::fixtures::{NOW, ONCE, access, grant, key, ok, refresh, successor};

/// The same names and keys under two tenants are two things, for every verb.
pub async fn tenants_are_apart<S: GrantStore>(store: S) {
    let (here, there, nowhere) = (Tenant::from("here"), Tenant::default(), Tenant::from("nowhere"));
    let of_here = grant("g");
    let of_there = Grant { claims: serde_json::Map::new(), ..grant("g") };
    let items = |grant: &Grant| ["r1", "r2"].map(|name| refresh(name, grant));
    ok(store.issue(&here, &of_here, &items(&of_here)).await, "issue");
    let there_too = store.issue(&there, &of_there, &items(&of_there)).await;
    ok(there_too, "issue of names and keys that another tenant has");

    let find = async |tenant: &Tenant, name: &str| {
        ok(GrantStore::find(&store, tenant, &key(name)).await, "find")
    };
    assert!(find(&nowhere, "r1").await.is_none(), "find must not see another tenant's item");
    let found = find(&here, "r1").await.map(|found| found.grant);
    assert_eq!(found.as_deref(), Some(&of_here), "find must give this tenant's grant");
    let found = find(&there, "r1").await.map(|found| found.grant);
    assert_eq!(found.as_deref(), Some(&of_there), "find must give this tenant's grant");

    let outcome = store.exchange(&nowhere, &key("r1"), &ONCE, &[], NOW).await;
    let outcome = ok(outcome, "exchange");
    assert_eq!(outcome, Exchange::Unknown, "exchange of another tenant's key");
    let rotate = |predecessor| Spend::Once { successor_nonce: Some([7; 16]), predecessor };
    let next = [successor("r3", &of_here, key("r1"))];
    let outcome = store.exchange(&here, &key("r1"), &rotate(None), &next, NOW).await;
    assert_eq!(ok(outcome, "exchange"), Exchange::Done, "exchange of a live key");
    let spent = find(&there, "r1").await.and_then(|found| found.spent);
    assert_eq!(spent, None, "exchange must not spend another tenant's key");
    assert!(find(&there, "r3").await.is_none(), "exchange must not add to another tenant");
    let wipe = rotate(Some(key("r1")));
    let outcome = store.exchange(&there, &key("r2"), &wipe, &[], NOW).await;
    assert_eq!(ok(outcome, "exchange"), Exchange::Done, "exchange of a live key");
    let nonce = find(&here, "r1").await.and_then(|f| f.spent).and_then(|s| s.successor_nonce);
    assert_eq!(nonce, Some([7; 16]), "exchange must not wipe another tenant's nonce");

    let subject = Subject::from("subject");
    for what in [
        Revoke::Token(key("r1")),
        Revoke::Grant(of_here.id),
        Revoke::Client("client".into()),
        Revoke::Subject(subject.clone()),
        Revoke::SubjectClient(subject.clone(), "client".into()),
    ] {
        let count = ok(store.revoke(&nowhere, &what, NOW).await, "revoke");
        assert_eq!(count, 0, "{what:?} must not count another tenant's");
    }
    let count = ok(store.revoke(&there, &Revoke::Subject(subject.clone()), NOW).await, "revoke");
    assert_eq!(count, 1, "the revocation of this tenant's grant");
    let revoked = find(&here, "r2").await.and_then(|found| found.revoked_at);
    assert_eq!(revoked, None, "revoke must not end another tenant's grant");
    let grants = ok(store.grants(&here, &subject, NOW).await, "grants");
    assert_eq!(
        grants,
        std::slice::from_ref(&of_here),
        "grants must list this tenant's and no other's"
    );
    let grants = ok(store.grants(&nowhere, &subject, NOW).await, "grants");
    assert_eq!(grants, [], "grants must not list another tenant's");
    let outcome = store.exchange(&here, &key("r2"), &ONCE, &[access("a", &of_here)], NOW).await;
    assert_eq!(ok(outcome, "exchange"), Exchange::Done, "after all that this tenant's key is good");
}
