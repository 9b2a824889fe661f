//! What goes with a client.

use oauth_core::{
    model::{Client, Grant, Subject, Tenant},
    store::{ClientRegistry, Exchange, GrantStore, Revoke},
};

use super::fixtures::{NOW, ONCE, access, code, grant, key, ok, refresh};

/// Removing a client removes its grants and everything issued under them, in its tenant only; a
/// client that was never registered has its grants removed too.
pub async fn removing_a_client_removes_its_grants<S: GrantStore + ClientRegistry>(store: S) {
    let client = Client::public("web").redirect_uri("https://client.example/cb").build();
    let client = ok(client, "a client of the checks");
    let (here, there) = (Tenant::from("here"), Tenant::from("there"));
    let of = |name: &str, id: &str| Grant { client_id: id.into(), ..grant(name) };
    for tenant in [&here, &there] {
        ok(store.register(tenant, &client).await, "register");
        for grant in [of("one", "web"), of("two", "web"), of("other", "app")] {
            let name = grant.id.to_string();
            let items = [code(&name, &grant), access(format!("access {name}"), &grant)];
            ok(store.issue(tenant, &grant, &items).await, "issue");
        }
    }
    let one = of("one", "web");
    ok(store.revoke(&here, &Revoke::Grant(one.id), NOW).await, "revoke");
    assert!(
        ok(store.remove(&here, &"web".into()).await, "remove"),
        "remove of a client that is there"
    );

    let find = async |tenant: &Tenant, name: &str| {
        ok(GrantStore::find(&store, tenant, &key(name)).await, "find").is_some()
    };
    for name in ["one", "two"] {
        let id = grant(name).id.to_string();
        for item in [id.clone(), format!("access {id}")] {
            assert!(!find(&here, &item).await, "what a removed client was issued must be gone");
            assert!(find(&there, &item).await, "another tenant's must stay");
        }
        let outcome = store.exchange(&here, &key(&id), &ONCE, &[], NOW).await;
        let outcome = ok(outcome, "exchange");
        assert_eq!(outcome, Exchange::Unknown, "exchange of a code of a removed client");
    }
    let other = of("other", "app");
    assert!(find(&here, &other.id.to_string()).await, "another client's items must stay");
    let subject = Subject::from("subject");
    let grants = ok(store.grants(&here, &subject, NOW).await, "grants");
    assert_eq!(grants, [other], "grants after the removal of one of two clients");
    let again = store.issue(&here, &one, &[refresh("new", &one)]).await;
    ok(again, "issue under the name of a grant that was removed");
}
