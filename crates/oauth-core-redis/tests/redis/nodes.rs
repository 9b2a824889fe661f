//! Several nodes over one server.

use std::sync::Arc;

use oauth_core::store::{Exchange, GrantStore as _, Revoke};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    fixtures::{NOW, ONCE, access, issue_code, key, tenant},
    rig::Space,
};

#[tokio::test(flavor = "multi_thread")]
async fn sto_016_two_nodes_have_one_winner() {
    const RACERS: usize = 100;
    let Some(space) = Space::new() else { return };
    let stores = [space.store().await, space.store().await];
    for round in 0..8 {
        let name = format!("code {round}");
        let grant = issue_code(&stores[0], &name).await;
        let barrier = Arc::new(Barrier::new(RACERS));
        let mut racing = JoinSet::new();
        for racer in 0..RACERS {
            let (store, barrier) = (stores[racer % 2].clone(), Arc::clone(&barrier));
            let (key, traded) = (key(&name), [access(&format!("{name} {racer}"), &grant)]);
            racing.spawn(async move {
                barrier.wait().await;
                let told = store.exchange(&tenant(), &key, &ONCE, &traded, NOW).await;
                (traded[0].key, told.unwrap())
            });
        }
        let mut winners = 0;
        for (traded, told) in racing.join_all().await {
            assert!(matches!(told, Exchange::Done | Exchange::AlreadySpent), "{told:?}");
            winners += u32::from(told == Exchange::Done);
            let found = stores[0].find(&tenant(), &traded).await.unwrap();
            assert_eq!(found.is_some(), told == Exchange::Done);
        }
        assert_eq!(winners, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_remembers_is_never_whether_something_is_good() {
    let Some(space) = Space::new() else { return };
    let (one, other) = (space.store().await, space.store().await);
    let grant = issue_code(&one, "code").await;
    for store in [&one, &other] {
        assert!(store.find(&tenant(), &key("code")).await.unwrap().is_some());
    }
    let done = other.exchange(&tenant(), &key("code"), &ONCE, &[access("a", &grant)], NOW).await;
    assert_eq!(done.unwrap(), Exchange::Done);
    let found = one.find(&tenant(), &key("code")).await.unwrap().unwrap();
    assert!(found.spent.is_some());
    let ended = other.revoke(&tenant(), &Revoke::Grant(grant.id), NOW).await;
    assert_eq!(ended.unwrap(), 1);
    let found = one.find(&tenant(), &key("code")).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(NOW));
    let told = one.exchange(&tenant(), &key("a"), &ONCE, &[], NOW).await;
    assert_eq!(told.unwrap(), Exchange::Revoked);
}
