//! Clients that act for themselves.

use oauth_core::model::{Client, Scope, Secret, SecretHash};
use oauth_core_tests::{
    clients::SECRET,
    scenarios,
    world::{As, params, with},
};

fn machine(scope: &str) -> Client {
    Client::confidential("machine", SecretHash::of_generated(&Secret::new(SECRET)))
        .grant_types(["client_credentials", "refresh_token"])
        .scope(scope)
        .build()
        .expect("a sound client")
}

scenarios! {
    async fn a_machine_gets_all_that_it_may_have_unless_it_asks_for_less(setup) {
        let world = setup.client(machine("api read")).start().await;
        let asked = params([("grant_type", "client_credentials")]);
        let all = world.token(As::Basic("machine"), &asked).await;
        assert_eq!(all.is_ok().text("scope"), "api read");
        let less = world.token(As::Basic("machine"), &with(asked, "scope", "read")).await;
        assert_eq!(less.is_ok().text("scope"), "read");
        assert_eq!(less.json()["expires_in"], 600);
        assert_eq!(less.text("token_type"), "Bearer");
        let seen = world.introspect(&less.text("access_token")).await;
        assert_eq!(seen["client_id"], "machine");
        assert_eq!((&seen["scope"], seen.get("sub")), (&"read".into(), None));
        assert!(world.is_active(&less.text("access_token")).await);
    }

    async fn tok_029_the_default_scope_is_not_more_than_the_client_may_have(setup) {
        let read = Scope::parse("read").expect("a scope");
        let setup = setup.client(machine("api read")).server(|builder| builder.default_scope(read));
        let world = setup.start().await;
        let asked = params([("grant_type", "client_credentials")]);
        world.token(As::Basic("m2m"), &asked).await.refused(400, "invalid_scope");
        let named = world.token(As::Basic("m2m"), &with(asked.clone(), "scope", "api")).await;
        assert_eq!(named.is_ok().text("scope"), "api");
        let default = world.token(As::Basic("machine"), &asked).await;
        assert_eq!(default.is_ok().text("scope"), "read");
    }

    async fn tok_030_a_machine_gets_neither_refresh_nor_id_token(setup) {
        let world = setup.client(machine("api offline_access openid")).start().await;
        let asked = params([("grant_type", "client_credentials")]);
        for scope in ["api offline_access openid", "read", "api api2", "api  read", "\"api\""] {
            let answer = world.token(As::Basic("m2m"), &with(asked.clone(), "scope", scope)).await;
            answer.refused(400, "invalid_scope");
            assert!(answer.json().get("access_token").is_none());
        }
        // Even one that is registered for them has nobody for whom to stay online.
        let all = with(asked.clone(), "scope", "api offline_access openid");
        world.token(As::Basic("machine"), &all).await.refused(400, "invalid_scope");
        let answer = world.token(As::Basic("machine"), &asked).await;
        let json = answer.is_ok().json();
        assert_eq!(json["scope"], "api");
        assert!(json.get("refresh_token").is_none() && json.get("id_token").is_none());
    }

    async fn public_clients_and_those_of_other_grant_types_are_no_machines(setup) {
        let world = setup.start().await;
        let asked = params([("grant_type", "client_credentials")]);
        for client in [As::Public("spa"), As::Public("native"), As::Basic("web"), As::Basic("rs")] {
            world.token(client, &asked).await.refused(400, "unauthorized_client");
        }
        world.token(As::Public("m2m"), &asked).await.refused(401, "invalid_client");
    }
}
