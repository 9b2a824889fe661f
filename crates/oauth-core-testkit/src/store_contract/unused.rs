//! Clients that registered themselves and were never used.

use oauth_core::{
    clock::Timestamp,
    model::{Client, Grant, Registered, Tenant},
    store::{ClientRegistry, GrantStore, Revoke, UnusedClients},
};

use super::fixtures::{NOW, access, grant, ok};

fn client(client_id: &str, unused_until: Option<Timestamp>) -> Client {
    let client = Client::public(client_id).redirect_uri("https://client.example/cb");
    let client = client.with(|client| {
        let mut registered = Registered::at(NOW);
        registered.unused_until = unused_until;
        client.registered = Some(registered);
    });
    ok(client.build(), "a client of the checks")
}

async fn is_there<S: ClientRegistry>(store: &S, tenant: &Tenant, id: &str) -> bool {
    ok(ClientRegistry::list(store, tenant, None, None, 99).await, "list")
        .iter()
        .any(|client| client.client_id.as_str() == id)
}

/// Clients go that could have been used and were not, in batches and in every tenant. Those stay that
/// have a grant, even one that was revoked, that have time left, or that never end.
pub async fn unused_clients_are_removed<S: GrantStore + UnusedClients>(store: S) {
    let (here, there) = (Tenant::from("here"), Tenant::from("there"));
    let end = Some(NOW.plus(10));
    for (id, end) in [
        ("gone", end),
        ("gone_too", end),
        ("used", end),
        ("revoked", end),
        ("waiting", Some(NOW.plus(20))),
        ("for_ever", None),
    ] {
        ok(store.register(&here, &client(id, end)).await, "register");
    }
    ok(store.register(&there, &client("used", end)).await, "register");
    ok(store.register(&there, &client("changed", end)).await, "register");
    let (seen, next) = (client("changed", end), client("changed", None));
    assert!(ok(store.replace(&there, &seen, &next).await, "replace"), "replace of what was seen");
    for id in ["used", "revoked"] {
        let grant = Grant { client_id: id.into(), ..grant(id) };
        ok(store.issue(&here, &grant, &[access(id, &grant)]).await, "issue");
    }
    let revoke = Revoke::Client("revoked".into());
    ok(store.revoke(&here, &revoke, NOW).await, "revoke");

    let remove = async |before, limit| {
        ok(store.remove_unused_clients(before, limit).await, "remove_unused_clients")
    };
    assert_eq!(remove(NOW.plus(10), 9).await, 0, "nothing has ended a moment before its end");
    assert_eq!(remove(NOW.plus(11), 2).await, 2, "no more than the limit at once");
    assert_eq!(remove(NOW.plus(11), 9).await, 1, "the rest of those that have ended");
    assert_eq!(remove(NOW.plus(11), 9).await, 0, "nothing is left to remove");
    for id in ["gone", "gone_too"] {
        assert!(!is_there(&store, &here, id).await, "{id} was never used");
    }
    assert!(!is_there(&store, &there, "used").await, "a grant in another tenant is no use of it");
    for id in ["used", "revoked", "waiting", "for_ever"] {
        assert!(is_there(&store, &here, id).await, "{id} must stay");
    }
    assert!(is_there(&store, &there, "changed").await, "a client that has no end any more");
}

/// However many clients are used and past the moment from which they might have been removed, the
/// removal in small batches reaches those that are not. Those whose grants are gone follow, a day
/// later at the latest.
pub async fn used_clients_are_in_nobodys_way<S: GrantStore + UnusedClients>(store: S) {
    const LIMIT: u32 = 3;
    const DAY: u32 = 24 * 60 * 60;
    let here = Tenant::from("here");
    let remove = async |before| {
        let mut total = 0;
        loop {
            let removed = ok(store.remove_unused_clients(before, LIMIT).await, "removal");
            total += removed;
            if removed < LIMIT {
                return total;
            }
        }
    };
    for number in 0..12 {
        let id = format!("client-{number:02}");
        let client = client(&id, Some(NOW.plus(number)));
        ok(store.register(&here, &client).await, "register");
        if number < 7 {
            let grant = Grant { client_id: client.client_id, ..grant(number) };
            ok(store.issue(&here, &grant, &[access(number, &grant)]).await, "issue");
        }
    }
    assert_eq!(
        remove(NOW.plus(11)).await,
        4,
        "the clients whose time is over and that have no grant"
    );
    assert_eq!(remove(NOW.plus(12)).await, 1, "the last of them");
    for number in 0..7 {
        assert!(is_there(&store, &here, &format!("client-{number:02}")).await, "{number} is used");
    }
    assert_eq!(remove(NOW.plus(12 + 2 * DAY)).await, 0, "those that are used, when asked again");
}
