//! Ending things for good.

use oauth_core::{
    model::{ClientId, Grant, Subject, Tenant},
    store::{Exchange, GrantStore, Revoke},
};

use super::fixtures::{
    NOW, ONCE, access, code, exchange, find, grant, grant_id, issue, key, ok, refresh, tenant,
};

/// Who gave whom: name, subject, client.
const GRANTS: [(&str, Option<&str>, &str); 6] = [
    ("ann to web", Some("ann"), "web"),
    ("ann to web again", Some("ann"), "web"),
    ("ann to app", Some("ann"), "app"),
    ("bob to web", Some("bob"), "web"),
    ("web for itself", None, "web"),
    ("a subject called web", Some("web"), "ann"),
];

/// Every variant of [`Revoke`] that ends grants ends those that it names and no others, returns how
/// many were not revoked until then, and a second time 0. What is revoked is still found, with the
/// moment of the first revocation.
pub async fn revoking_ends_what_it_names<S: GrantStore>(store: S) {
    let (ann, web) = (Subject::from("ann"), ClientId::from("web"));
    let variants: [(Revoke, &[usize]); 8] = [
        (Revoke::Grant(grant_id("ann to web")), &[0]),
        (Revoke::Client(web.clone()), &[0, 1, 3, 4]),
        (Revoke::Subject(ann.clone()), &[0, 1, 2]),
        (Revoke::SubjectClient(ann.clone(), web.clone()), &[0, 1]),
        (Revoke::SubjectClient(ann, "nobody".into()), &[]),
        (Revoke::Grant(grant_id("nobody")), &[]),
        (Revoke::Client("nobody".into()), &[]),
        (Revoke::Subject("nobody".into()), &[]),
    ];
    for (number, (what, hit)) in variants.iter().enumerate() {
        let tenant = Tenant::from(format!("tenant {number}"));
        for (name, subject, client_id) in GRANTS {
            let grant = Grant {
                subject: subject.map(Subject::from),
                client_id: client_id.into(),
                ..grant(name)
            };
            let items = [access(format!("access {name}"), &grant), code(name, &grant)];
            ok(store.issue(&tenant, &grant, &items).await, "issue");
        }
        let first = NOW.plus(1);
        let count = ok(store.revoke(&tenant, what, first).await, "revoke");
        assert_eq!(count, hit.len() as u64, "grants ended by {what:?}");
        let count = ok(store.revoke(&tenant, what, NOW.plus(2)).await, "revoke");
        assert_eq!(count, 0, "grants ended by {what:?} a second time");
        for (index, (name, ..)) in GRANTS.iter().enumerate() {
            let named = hit.contains(&index);
            for item in [format!("access {name}"), (*name).to_owned()] {
                let found = ok(GrantStore::find(&store, &tenant, &key(&item)).await, "find");
                assert!(found.is_some(), "{item:?} must still be found after {what:?}");
                let revoked_at = found.and_then(|found| found.revoked_at);
                assert_eq!(
                    revoked_at,
                    named.then_some(first),
                    "{item:?} after {what:?}, {first:?}"
                );
            }
            let outcome = store.exchange(&tenant, &key(name), &ONCE, &[], NOW).await;
            let expected = if named { Exchange::Revoked } else { Exchange::Done };
            assert_eq!(ok(outcome, "exchange"), expected, "exchange of {name:?} after {what:?}");
        }
    }
}

/// [`Revoke::Token`] ends one item: its grant and the grant's other items stay.
pub async fn revoking_one_token_spares_the_others<S: GrantStore>(store: S) {
    let grant = grant("g");
    issue(&store, &grant, &[refresh("one", &grant), refresh("two", &grant)]).await;
    let one = Revoke::Token(key("one"));
    let count = ok(store.revoke(&tenant(), &one, NOW).await, "revoke");
    assert_eq!(count, 1, "tokens ended by {one:?}");
    let count = ok(store.revoke(&tenant(), &one, NOW.plus(1)).await, "revoke");
    assert_eq!(count, 0, "tokens ended by {one:?} a second time");
    let nobody = Revoke::Token(key("nobody"));
    let count = ok(store.revoke(&tenant(), &nobody, NOW).await, "revoke");
    assert_eq!(count, 0, "tokens ended by the revocation of an unknown one");

    let revoked_at = find(&store, &key("one")).await.and_then(|found| found.revoked_at);
    assert_eq!(revoked_at, Some(NOW), "when the token was revoked, the first time");
    let other = find(&store, &key("two")).await.and_then(|found| found.revoked_at);
    assert_eq!(other, None, "another token of the grant must not be revoked");
    let outcome = exchange(&store, &key("one"), ONCE, &[], NOW).await;
    assert_eq!(outcome, Exchange::Revoked, "the exchange of a revoked token");
    let subject = Subject::from("subject");
    let grants = ok(store.grants(&tenant(), &subject, NOW).await, "grants");
    assert_eq!(
        grants,
        std::slice::from_ref(&grant),
        "the grant must stay when one of its tokens is revoked"
    );

    let count = ok(store.revoke(&tenant(), &Revoke::Grant(grant.id), NOW.plus(5)).await, "revoke");
    assert_eq!(count, 1, "grants ended after one of the tokens was");
    let revoked_at = find(&store, &key("one")).await.and_then(|found| found.revoked_at);
    assert_eq!(revoked_at, Some(NOW), "of two revocations the earlier one is told");
}
