//! Records that make no sense, and text that would like to be a command.

use oauth_core::{
    model::{Client, Subject},
    store::{ClientRegistry as _, ClientStore, Exchange, GrantStore, Revoke, StoreError},
};
use redis::cmd;

use crate::{
    fixtures::{NOW, ONCE, issue_code, key, tenant},
    rig::Space,
};

fn is_corrupt<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Corrupt(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_021_a_truncated_record_is_corrupt_and_other_records_are_fine() {
    for (field, value) in
        [("g", "{\"id\":"), ("g", "[]"), ("a", "{\"art"), ("s", "7 8 9"), ("s", "x"), ("r", "x")]
    {
        let Some(space) = Space::new() else { return };
        let store = space.store().await;
        let damaged = issue_code(&store, "damaged").await;
        issue_code(&store, "fine").await;
        let name = format!("{}:grant:{{/{}}}", space.prefix(), damaged.id);
        let of_item =
            if field == "a" || field == "s" { key("damaged").to_string() } else { String::new() };
        space.run::<()>(cmd("HSET").arg(&name).arg(format!("{field}{of_item}")).arg(value)).await;
        let found = GrantStore::find(&store, &tenant(), &key("damaged")).await;
        assert!(is_corrupt(&found), "{field} {value}: {found:?}");
        if let Err(StoreError::Corrupt(source)) = found {
            assert!(source.to_string().contains(&name), "{source}");
        }
        let told = store.exchange(&tenant(), &key("damaged"), &ONCE, &[], NOW).await;
        assert_eq!(is_corrupt(&told), field == "s", "{field} {value}: {told:?}");
        let fine = store.exchange(&tenant(), &key("fine"), &ONCE, &[], NOW).await;
        assert_eq!(fine.unwrap(), Exchange::Done);
        let grants = store.grants(&tenant(), &Subject::from("subject"), NOW).await;
        assert_eq!(is_corrupt(&grants), field == "g", "{field} {value}: {grants:?}");
        let revoked = store.revoke(&tenant(), &Revoke::Client("client".into()), NOW).await;
        let live = if field == "r" { 1 } else { 2 };
        assert_eq!(revoked.unwrap(), live, "what cannot be read can still be revoked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_021_a_key_of_another_type_is_corrupt() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    let damaged = issue_code(&store, "damaged").await;
    let name = format!("{}:grant:{{/{}}}", space.prefix(), damaged.id);
    space.run::<()>(cmd("SET").arg(&name).arg("a string").arg("EX").arg(100)).await;
    assert!(is_corrupt(&GrantStore::find(&store, &tenant(), &key("damaged")).await));
    assert!(is_corrupt(&store.exchange(&tenant(), &key("damaged"), &ONCE, &[], NOW).await));
    assert!(is_corrupt(&store.revoke(&tenant(), &Revoke::Grant(damaged.id), NOW).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_021_a_truncated_client_is_corrupt_and_other_clients_are_fine() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    for id in ["damaged", "fine"] {
        let client = Client::public(id).redirect_uri("https://client.example/cb").build().unwrap();
        store.register(&tenant(), &client).await.unwrap();
    }
    let name = format!("{}:clients:{{/}}", space.prefix());
    space.run::<()>(cmd("HSET").arg(name).arg("rdamaged").arg("{\"client_id\":")).await;
    assert!(is_corrupt(&ClientStore::find(&store, &tenant(), &"damaged".into()).await));
    let fine = ClientStore::find(&store, &tenant(), &"fine".into()).await;
    assert!(fine.unwrap().is_some());
    assert!(store.remove(&tenant(), &"damaged".into()).await.unwrap(), "it can be removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn sto_024_text_that_would_like_to_be_a_command_is_data() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    issue_code(&store, "code").await;
    let hostile = "x\r\nFLUSHALL\r\n";
    assert!(GrantStore::find(&store, &hostile.into(), &key("code")).await.unwrap().is_none());
    let what = Revoke::SubjectClient("subject".into(), "' return redis.call('FLUSHALL') --".into());
    assert_eq!(store.revoke(&tenant(), &what, NOW).await.unwrap(), 0);
    let what = Revoke::SubjectClient("subject".into(), "".into());
    assert_eq!(store.revoke(&tenant(), &what, NOW).await.unwrap(), 0, "no name is not any name");
    assert!(store.list(&tenant(), None, Some(&hostile.into()), 9).await.unwrap().is_empty());
    let told = store.exchange(&tenant(), &key("code"), &ONCE, &[], NOW).await;
    assert_eq!(told.unwrap(), Exchange::Done, "nothing was revoked, spent or flushed");
}

/// Clients are listed under their identifiers with something before them.
#[tokio::test(flavor = "multi_thread")]
async fn removing_a_client_whose_name_looks_like_an_entry_removes_no_other() {
    let Some(space) = Space::new() else { return };
    let store = space.store().await;
    let of_owner = format!("{}x", key("ann"));
    for id in ["x", "all:x", &of_owner] {
        let owner = (id == "x").then(|| Subject::from("ann"));
        let client = Client::public(id).redirect_uri("https://client.example/cb");
        let client = client.with(|client| client.owner = owner).build().unwrap();
        store.register(&tenant(), &client).await.unwrap();
    }
    for id in ["all:x", &of_owner] {
        assert!(store.remove(&tenant(), &id.into()).await.unwrap());
    }
    let owner = Subject::from("ann");
    for owner in [None, Some(&owner)] {
        let listed = store.list(&tenant(), owner, None, 9).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|client| client.client_id.as_str()).collect();
        assert_eq!(listed, ["x"]);
    }
}
