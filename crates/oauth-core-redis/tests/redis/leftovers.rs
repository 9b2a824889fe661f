//! Claims whose items were never added, and grants that were not.

use std::sync::Arc;

use oauth_core::{
    model::{ClientId, Grant, Subject},
    store::{ClientRegistry as _, Exchange, GrantStore as _, Revoke, StoreError},
};
use redis::cmd;
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    fixtures::{NOW, ONCE, access, code, grant, issue_code, key, tenant},
    rig::Space,
};

/// Leaves the claim that an issue of `name` under the grant of this name would leave, had it ended
/// before the grant was added.
async fn leave(space: &Space, name: &str, owner: &str) {
    let item = format!("{}:item:{{/{}}}", space.prefix(), key(name));
    let id = grant(owner).id.to_string();
    space.run::<()>(cmd("SET").arg(item).arg(id).arg("EX").arg(1_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_left_over_is_no_conflict() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    for name in ["never added", "of a grant that is there"] {
        leave(&space, name, "first").await;
        assert!(store.find(&tenant(), &key(name)).await.unwrap().is_none());
        let told = store.exchange(&tenant(), &key(name), &ONCE, &[], NOW).await;
        assert_eq!(told.unwrap(), Exchange::Unknown);
        issue_code(&store, name).await;
        let found = store.find(&tenant(), &key(name)).await.unwrap().unwrap();
        assert_eq!(found.grant.id, grant(name).id);
        if name == "never added" {
            issue_code(&store, "first").await;
        }
    }
    let first = store.exchange(&tenant(), &key("first"), &ONCE, &[], NOW).await;
    assert_eq!(first.unwrap(), Exchange::Done, "the grant that left the claim is as good as any");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_its_claim_cannot_add_the_item_any_more() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    leave(&space, "code", "late").await;
    issue_code(&store, "code").await;
    // The late one comes to its script after all: as if it still had the claim.
    leave(&space, "code", "late").await;
    let late = grant("late");
    let told = store.issue(&tenant(), &late, &[code("code", &late)]).await;
    assert!(matches!(told, Err(StoreError::Conflict)), "{told:?}");
    leave(&space, "code", "code").await;
    store.issue(&tenant(), &late, &[code("another", &late)]).await.unwrap();
    let found = store.find(&tenant(), &key("code")).await.unwrap().unwrap();
    assert_eq!(found.grant.id, grant("code").id);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_for_many_grants_at_once_belongs_to_one() {
    const RACERS: usize = 12;
    let Some(space) = Space::new() else { return };
    let stores = [space.store().await, space.store().await];
    for round in 0..20 {
        let barrier = Arc::new(Barrier::new(RACERS));
        let name = format!("code {round}");
        leave(&space, &name, "left over").await;
        let mut racing = JoinSet::new();
        for racer in 0..RACERS {
            let (store, barrier) = (stores[racer % 2].clone(), Arc::clone(&barrier));
            let grant = grant(&format!("{round} {racer}"));
            let items = [access(&format!("access {round} {racer}"), &grant), code(&name, &grant)];
            racing.spawn(async move {
                barrier.wait().await;
                (grant.id, racer, store.issue(&tenant(), &grant, &items).await)
            });
        }
        let mut winners = Vec::new();
        for (id, racer, told) in racing.join_all().await {
            assert!(matches!(told, Ok(()) | Err(StoreError::Conflict)), "{told:?}");
            let own = stores[0].find(&tenant(), &key(&format!("access {round} {racer}"))).await;
            assert_eq!(own.unwrap().is_some(), told.is_ok(), "all or nothing");
            winners.extend(told.is_ok().then_some(id));
        }
        assert!(winners.len() <= 1, "{} grants have one key", winners.len());
        let found = stores[0].find(&tenant(), &key(&name)).await.unwrap();
        assert_eq!(found.map(|found| found.grant.id), winners.first().copied());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_leaves_no_hold_on_the_grant_that_has_the_name() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    let grant = issue_code(&store, "code").await;
    let (client, subject) = (ClientId::from("other"), Subject::from("other"));
    let other = Grant { client_id: client.clone(), subject: Some(subject.clone()), ..grant };
    let told = store.issue(&tenant(), &other, &[]).await;
    assert!(matches!(told, Err(StoreError::Conflict)), "{told:?}");
    let of_both = Revoke::SubjectClient(subject.clone(), "client".into());
    for what in [Revoke::Subject(subject), Revoke::Client(client.clone()), of_both] {
        assert_eq!(store.revoke(&tenant(), &what, NOW).await.unwrap(), 0, "{what:?}");
    }
    assert!(!store.remove(&tenant(), &client).await.unwrap());
    let done = store.exchange(&tenant(), &key("code"), &ONCE, &[], NOW).await;
    assert_eq!(done.unwrap(), Exchange::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_lets_no_grant_be_forgotten_earlier() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    let grant = issue_code(&store, "code").await;
    let short = Grant { expires_at: NOW.plus(1), ..grant.clone() };
    let told = store.issue(&tenant(), &short, &[]).await;
    assert!(matches!(told, Err(StoreError::Conflict)), "{told:?}");
    let late = NOW.plus(100_000);
    let next = Grant { created_at: late, ..self::grant("next") };
    store.issue(&tenant(), &next, &[]).await.unwrap();
    let grants = store.grants(&tenant(), &Subject::from("subject"), late).await;
    assert_eq!(grants.unwrap(), [next, grant]);
}
