//! What a subject allowed.

use oauth_core::{
    model::{Grant, Subject},
    store::{GrantStore, Revoke},
};

use super::fixtures::{GRANT, NOW, grant, issue, ok, refresh, tenant};

/// The grants of a subject, newest first, with every field; without those of others, revoked or
/// expired ones.
pub async fn grants_are_listed_newest_first<S: GrantStore>(store: S) {
    let ann = Subject::from("ann");
    let of_ann = |name: &str, age: u32, lifetime: u32| Grant {
        subject: Some(Subject::from("ann")),
        created_at: NOW.minus(age),
        expires_at: NOW.minus(age).plus(lifetime),
        ..grant(name)
    };
    let listed = [
        of_ann("newest", 0, GRANT),
        of_ann("newer", 10, GRANT),
        of_ann("old", 300, GRANT),
        of_ann("oldest", 4_000, 4_002),
    ];
    let none = ok(store.grants(&tenant(), &ann, NOW).await, "grants");
    assert_eq!(none, [], "grants in an empty store");
    for index in [2, 0, 3, 1] {
        let grant = &listed[index];
        issue(&store, grant, &[refresh(format!("refresh {index}"), grant)]).await;
    }
    let revoked = of_ann("revoked", 5, GRANT);
    issue(&store, &revoked, &[]).await;
    ok(store.revoke(&tenant(), &Revoke::Grant(revoked.id), NOW).await, "revoke");
    issue(&store, &of_ann("expired", 500, 499), &[]).await;
    issue(&store, &Grant { subject: None, ..grant("nobody's") }, &[]).await;
    issue(&store, &Grant { subject: Some("bob".into()), ..grant("bob's") }, &[]).await;

    let grants = ok(store.grants(&tenant(), &ann, NOW).await, "grants");
    assert_eq!(grants, listed, "grants must be ann's that are not over, newest first");
    let grants = ok(store.grants(&tenant(), &ann, NOW.plus(10)).await, "grants");
    assert_eq!(grants, listed[..3], "grants ten seconds later, when one more has expired");
    let grants = ok(store.grants(&tenant(), &Subject::from("eve"), NOW).await, "grants");
    assert_eq!(grants, [], "grants of a subject who gave none");
}
