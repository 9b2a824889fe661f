//! Registered clients.

use std::sync::Arc;

use oauth_core::{
    model::{
        Client, ClientId, Introspects, IssueRefreshToken, RefreshPolicy, Rotation, Secret,
        SecretHash, Subject, Tenant,
    },
    store::{ClientRegistry, ClientStore},
};
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};

use super::{
    fixtures::{NOW, is_conflict, ok, resource, tenant},
    hostile_strings::hostile,
};

/// How many race, and how often.
const RACERS: usize = 32;
const ROUNDS: usize = 6;

/// A client of an owner, otherwise plain.
fn plain(client_id: &str, owner: Option<&str>) -> Client {
    let client = Client::public(client_id).redirect_uri("https://client.example/cb");
    let client = client.with(|client| client.owner = owner.map(Subject::from));
    ok(client.build(), "a client of the checks")
}

/// A client with something in every field.
fn full(client_id: &str) -> Client {
    let client = Client::confidential(client_id, SecretHash::of_generated(&Secret::new("s")))
        .name("Zoë's \"client\" \u{1f33b}")
        .redirect_uri("https://client.example/cb?x=%20y")
        .redirect_uri("http://127.0.0.1/cb")
        .native()
        .scope("photos:read photos:write")
        .grant_types(["authorization_code", "refresh_token", "client_credentials"])
        .refresh_policy(RefreshPolicy {
            rotation: Rotation::RotateWithGrace { grace: 30, retries: 3 },
            issue: IssueRefreshToken::OfflineAccess,
        })
        .introspects(Introspects::Audience(vec![resource("https://photos.example/")]))
        .dangerous_pkce_optional()
        .with(|client| {
            client.access_token_lifetime = Some(17);
            client.owner = Some("ann".into());
            client.disabled = true;
            client.not_before = Some(NOW);
            client.extra.insert("k\u{0}\"".to_owned(), json!({ "deep": [null, u64::MAX] }));
        });
    ok(client.build(), "a client of the checks")
}

#[track_caller]
fn record(client: &Client) -> Value {
    ok(serde_json::to_value(client), "a client as JSON")
}

async fn find<S: ClientStore>(store: &S, tenant: &Tenant, id: &str) -> Option<Value> {
    let found = ok(ClientStore::find(store, tenant, &ClientId::from(id)).await, "find");
    found.map(|client| record(&client))
}

async fn register<S: ClientRegistry>(store: &S, tenant: &Tenant, client: &Client) {
    ok(store.register(tenant, client).await, "register");
}

/// A client is found with every field as it was registered; one that is not there is `Ok(None)`.
pub async fn a_client_comes_back<S: ClientRegistry>(store: S) {
    assert_eq!(find(&store, &tenant(), "full").await, None, "find in an empty store");
    for client in [full("full"), plain("plain", None)] {
        register(&store, &tenant(), &client).await;
        let found = find(&store, &tenant(), client.client_id.as_str()).await;
        assert_eq!(found, Some(record(&client)), "a client changed on its way through the store");
    }
    for absent in ["", "ful", "full ", "FULL", "f%", "%"] {
        assert_eq!(find(&store, &tenant(), absent).await, None, "find of {absent:?}");
    }
}

/// Registering an identifier that is taken is
/// [`Conflict`](oauth_core::store::StoreError::Conflict) and changes nothing.
pub async fn a_registered_identifier_is_taken<S: ClientRegistry>(store: S) {
    register(&store, &tenant(), &full("web")).await;
    let again = store.register(&tenant(), &plain("web", None)).await;
    assert!(is_conflict(&again), "register of a taken identifier must be Conflict, was {again:?}");
    let kept = find(&store, &tenant(), "web").await;
    assert_eq!(kept, Some(record(&full("web"))), "a Conflict must leave what was there alone");
}

/// Replacing puts the whole client in place of the old one, owner included; a client that is not
/// there stays absent.
pub async fn clients_are_replaced<S: ClientRegistry>(store: S) {
    let next = plain("web", Some("bob"));
    let replaced = ok(store.replace(&tenant(), &full("web"), &next).await, "replace");
    assert!(!replaced, "replace of a client that is not there must be false");
    assert_eq!(find(&store, &tenant(), "web").await, None, "replace must not add a client");
    register(&store, &tenant(), &full("web")).await;
    register(&store, &tenant(), &full("other")).await;
    let replaced = ok(store.replace(&tenant(), &full("web"), &next).await, "replace");
    assert!(replaced, "replace of a client that is there must be true");
    let found = find(&store, &tenant(), "web").await;
    assert_eq!(found, Some(record(&next)), "replace must leave the new client in place");
    let other = find(&store, &tenant(), "other").await;
    assert_eq!(other, Some(record(&full("other"))), "replace must leave other clients alone");
    assert_eq!(ids(&store, Some("bob"), None, 9).await, ["web"], "the clients of the new owner");
    assert_eq!(ids(&store, Some("ann"), None, 9).await, ["other"], "the clients of the old owner");
}

/// A client that is not any more as it was seen is not replaced, whichever field it is that changed.
pub async fn a_changed_client_is_not_replaced<S: ClientRegistry>(store: S) {
    register(&store, &tenant(), &full("web")).await;
    let changes: [fn(&mut Client); 5] = [
        |client| client.disabled = false,
        |client| client.not_before = None,
        |client| client.owner = Some("bob".into()),
        |client| client.secrets.clear(),
        |client| drop(client.extra.insert("plan".to_owned(), json!("gold"))),
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut seen = full("web");
        change(&mut seen);
        let replaced = ok(store.replace(&tenant(), &seen, &plain("web", None)).await, "replace");
        assert!(!replaced, "replace of a client that is another one than was seen ({at})");
        let kept = find(&store, &tenant(), "web").await;
        assert_eq!(kept, Some(record(&full("web"))), "a replace that is refused changes nothing");
    }
    let replaced = ok(store.replace(&tenant(), &full("web"), &plain("web", None)).await, "replace");
    assert!(replaced, "replace of a client as it was seen must be true");
}

/// Of 32 that saw the same client and change it at the same moment, exactly one does.
pub async fn one_of_many_replaces_a_client<S: ClientRegistry>(store: S) {
    let store = Arc::new(store);
    let mut seen = plain("web", None);
    register(&*store, &tenant(), &seen).await;
    for round in 0..ROUNDS {
        let mut racers = JoinSet::new();
        let barrier = Arc::new(Barrier::new(RACERS));
        for racer in 0..RACERS {
            let (store, barrier, seen) = (Arc::clone(&store), Arc::clone(&barrier), seen.clone());
            let mut next = seen.clone();
            next.client_name = Some(format!("{racer} in round {round}"));
            racers.spawn(async move {
                barrier.wait().await;
                let replaced = ok(store.replace(&tenant(), &seen, &next).await, "replace");
                replaced.then_some(next)
            });
        }
        let mut won: Vec<_> = racers.join_all().await.into_iter().flatten().collect();
        assert_eq!(
            won.len(),
            1,
            "{} of {RACERS} racers replaced one client that all had seen; exactly one may: compare \
             and write in one atomic step",
            won.len()
        );
        seen = won.remove(0);
        let found = find(&*store, &tenant(), "web").await;
        assert_eq!(found, Some(record(&seen)), "the client of the one that was told true");
    }
}

/// A removed client is gone; removing it again is `false`.
pub async fn clients_are_removed<S: ClientRegistry>(store: S) {
    register(&store, &tenant(), &full("web")).await;
    register(&store, &tenant(), &full("other")).await;
    for (round, expected) in [true, false].into_iter().enumerate() {
        let removed = ok(store.remove(&tenant(), &"web".into()).await, "remove");
        assert_eq!(removed, expected, "remove, time {}", round + 1);
        assert_eq!(find(&store, &tenant(), "web").await, None, "find after remove");
    }
    assert!(find(&store, &tenant(), "other").await.is_some(), "remove must spare other clients");
    register(&store, &tenant(), &plain("web", None)).await;
}

async fn ids<S: ClientRegistry>(
    store: &S,
    owner: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Vec<String> {
    let (owner, after) = (owner.map(Subject::from), after.map(ClientId::from));
    let page = store.list(&tenant(), owner.as_ref(), after.as_ref(), limit).await;
    let id = |client: &Arc<Client>| client.client_id.as_str().to_owned();
    ok(page, "list").iter().map(id).collect()
}

/// Clients are listed in the order of their identifiers' bytes, up to a limit, after a given one
/// (which need not exist), and only an owner's where one is given.
pub async fn clients_are_listed_in_pages<S: ClientRegistry>(store: S) {
    assert!(ids(&store, None, None, 9).await.is_empty(), "list in an empty store");
    let all = ["10", "9", "B", "_", "a", "b", "c'--", "~"];
    for id in ["b", "10", "~", "_", "9", "c'--", "B", "a"] {
        let owner = if id == "9" || id == "a" || id == "~" { Some("ann") } else { Some("bob") };
        register(&store, &tenant(), &plain(id, owner.filter(|_| id != "b"))).await;
    }
    assert_eq!(ids(&store, None, None, 99).await, all, "all clients in order");
    assert_eq!(ids(&store, None, None, 3).await, all[..3], "the first page of three");
    assert_eq!(ids(&store, None, Some("B"), 3).await, all[3..6], "three after `B`");
    assert_eq!(
        ids(&store, None, Some("Bx"), 2).await,
        all[3..5],
        "two after one that is not there"
    );
    assert!(ids(&store, None, Some("~"), 9).await.is_empty(), "after the last one");
    assert!(ids(&store, None, None, 0).await.is_empty(), "a page of none");
    assert_eq!(ids(&store, None, None, u32::MAX).await, all, "a page of any size");
    assert_eq!(ids(&store, Some("ann"), None, 9).await, ["9", "a", "~"], "ann's clients");
    assert_eq!(ids(&store, Some("ann"), Some("9"), 1).await, ["a"], "ann's next one after `9`");
    assert!(ids(&store, Some("eve"), None, 9).await.is_empty(), "clients of one who owns none");
    let page = ok(store.list(&tenant(), None, Some(&"_".into()), 1).await, "list");
    let listed: Vec<Value> = page.iter().map(|client| record(client)).collect();
    assert_eq!(listed, [record(&plain("a", Some("ann")))], "a listed client has all its fields");
}

/// The same identifier under two tenants is two clients, for every verb.
pub async fn clients_of_tenants_are_apart<S: ClientRegistry>(store: S) {
    let (here, there) = (Tenant::from("here"), Tenant::default());
    register(&store, &here, &full("web")).await;
    assert_eq!(find(&store, &there, "web").await, None, "find of another tenant's client");
    let replaced = store.replace(&there, &full("web"), &plain("web", None)).await;
    assert!(!ok(replaced, "replace"), "replace of another tenant's client must be false");
    let removed = ok(store.remove(&there, &"web".into()).await, "remove");
    assert!(!removed, "remove of another tenant's client must be false");
    let listed = ok(store.list(&there, None, None, 9).await, "list");
    assert!(listed.is_empty(), "list must not show another tenant's clients");
    register(&store, &there, &plain("web", None)).await;
    let removed = ok(store.remove(&there, &"web".into()).await, "remove");
    assert!(removed, "remove of this tenant's client must be true");
    let kept = find(&store, &here, "web").await;
    assert_eq!(kept, Some(record(&full("web"))), "the other tenant's client must stay as it was");
}

/// Tenants and owners with any text in them are data.
pub async fn hostile_client_names_come_back<S: ClientRegistry>(store: S) {
    for text in hostile() {
        let tenant = Tenant::from(&text);
        let id = if text.is_empty() { "empty" } else { &text };
        let mut client = plain("web", Some(&text));
        client.client_id = ClientId::from(id);
        register(&store, &tenant, &client).await;
        let found = find(&store, &tenant, id).await;
        assert_eq!(found, Some(record(&client)), "the client {id:?}");
        let owner = Subject::from(&text);
        let listed = ok(store.list(&tenant, Some(&owner), None, 9).await, "list");
        let listed: Vec<Value> = listed.iter().map(|client| record(client)).collect();
        assert_eq!(listed, [record(&client)], "the clients of the owner {text:?}");
    }
}
