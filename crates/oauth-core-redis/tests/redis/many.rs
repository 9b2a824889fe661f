//! Clients and subjects with more grants than are read at once.

use std::collections::HashSet;

use futures_util::future::try_join_all;
use oauth_core::{
    model::{Client, Registered},
    store::{ClientRegistry as _, GrantStore as _, Revoke, UnusedClients as _},
};

use crate::{
    fixtures::{NOW, access, grant, key, tenant},
    rig::Space,
};

/// Several pages.
const MANY: usize = 2_600;

#[tokio::test(flavor = "multi_thread")]
async fn each_grant_of_many_is_listed_once_and_revoked() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    let grants: Vec<_> = (0..MANY).map(|number| grant(&number.to_string())).collect();
    for chunk in grants.chunks(200) {
        let issuing = chunk.iter().map(async |grant| {
            let item = access(&grant.id.to_string(), grant);
            store.issue(&tenant(), grant, &[item]).await
        });
        try_join_all(issuing).await.unwrap();
    }
    let subject = grants[0].subject.clone().unwrap();
    let listed = store.grants(&tenant(), &subject, NOW).await.unwrap();
    assert_eq!(listed.len(), MANY);
    assert_eq!(listed.iter().map(|grant| grant.id).collect::<HashSet<_>>().len(), MANY);

    let some = Revoke::Grant(grants[7].id);
    assert_eq!(store.revoke(&tenant(), &some, NOW).await.unwrap(), 1);
    let all = Revoke::Client(grants[0].client_id.clone());
    assert_eq!(store.revoke(&tenant(), &all, NOW).await.unwrap(), MANY as u64 - 1);
    assert_eq!(store.revoke(&tenant(), &all, NOW).await.unwrap(), 0);
    assert!(store.grants(&tenant(), &subject, NOW).await.unwrap().is_empty());

    let client = Client::public(grants[0].client_id.as_str()).redirect_uri("https://a.example/cb");
    let client = client.with(|client| {
        let mut registered = Registered::at(NOW);
        registered.unused_until = Some(NOW);
        client.registered = Some(registered);
    });
    store.register(&tenant(), &client.build().unwrap()).await.unwrap();
    let unused = store.remove_unused_clients(NOW.plus(1), 9).await;
    assert_eq!(unused.unwrap(), 0, "grants that were revoked are a use of it, too");
    assert!(store.remove(&tenant(), &grants[0].client_id).await.unwrap());
    for grant in [&grants[0], &grants[MANY / 2], &grants[MANY - 1]] {
        let found = store.find(&tenant(), &key(&grant.id.to_string())).await.unwrap();
        assert!(found.is_none(), "it went with its client");
    }
}
