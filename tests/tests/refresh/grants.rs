//! The host's own view: what a subject has allowed, and the ways to end it.

use oauth_core::model::{ClientId, Grant, GrantId, Subject};
use oauth_core_tests::{
    World,
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, authz_of, code_for},
};

async fn tokens(world: &World, user: &str, client: &str) -> Tokens {
    let asked = authz_of(client, CALLBACK, "read");
    let answer = world.send(world.authorization(&asked).header("x-user", user)).await;
    let code = answer.redirected(CALLBACK).remove("code").expect("a code");
    Tokens::of(world.token(As::Basic(client), &code_for(&code)).await.is_ok())
}

async fn of(world: &World, user: &str) -> Vec<Grant> {
    let grants = world.server.grants().expect("one server");
    grants.of_subject(&Subject::from(user)).await.expect("grants")
}

/// Which of these are active.
async fn active(world: &World, all: &[&Tokens]) -> Vec<bool> {
    let mut active = Vec::new();
    for tokens in all {
        active.push(world.is_active(&tokens.access).await);
    }
    active
}

scenarios! {
    async fn grants_are_listed_newest_first_until_they_end(setup) {
        let world = setup.start().await;
        assert!(of(&world, "alice").await.is_empty());
        tokens(&world, "alice", "web").await;
        world.clock.advance(1);
        tokens(&world, "alice", "other").await;
        tokens(&world, "bob", "web").await;
        let listed = of(&world, "alice").await;
        let clients: Vec<_> = listed.iter().map(|grant| grant.client_id.as_str()).collect();
        assert_eq!(clients, ["other", "web"]);
        assert_eq!(listed[0].claims["tier"], "gold");
        assert_eq!(listed[0].scope.to_string(), "read");
        assert_eq!(of(&world, "bob").await.len(), 1);
        assert!(of(&world, "mallory").await.is_empty());
        world.clock.advance(90 * 86_400 - 1);
        assert_eq!(of(&world, "alice").await.len(), 1);
        world.clock.advance(1);
        assert!(of(&world, "alice").await.is_empty());
    }

    async fn one_grant_is_revoked(setup) {
        let world = setup.start().await;
        let (first, second) =
            (tokens(&world, "alice", "web").await, tokens(&world, "alice", "other").await);
        let listed = of(&world, "alice").await;
        let other = listed.iter().find(|grant| grant.client_id.as_str() == "other");
        let id = other.expect("a grant of other").id;
        let grants = world.server.grants().expect("one server");
        assert_eq!(grants.revoke(id).await.expect("revoked"), 1);
        assert_eq!(grants.revoke(id).await.expect("revoked"), 0);
        assert_eq!(grants.revoke(GrantId::from_bytes([9; 16])).await.expect("revoked"), 0);
        assert_eq!(active(&world, &[&first, &second]).await, [true, false]);
        assert!(!world.is_live("other", &second.refresh).await);
        assert_eq!(of(&world, "alice").await.len(), 1);
        assert!(world.events.heard("Revoked { what: \"grant\", client: None"));
    }

    async fn one_token_is_revoked_and_its_grant_stays(setup) {
        let world = setup.start().await;
        let tokens = tokens(&world, "alice", "web").await;
        let grants = world.server.grants().expect("one server");
        assert_eq!(grants.revoke_token(&tokens.access).await.expect("revoked"), 1);
        assert_eq!(grants.revoke_token("nonsense").await.expect("revoked"), 0);
        assert!(!world.is_active(&tokens.access).await);
        assert!(world.is_live("web", &tokens.refresh).await);
        assert_eq!(of(&world, "alice").await.len(), 1);
    }

    async fn a_client_a_subject_or_a_pair_of_them_is_revoked(setup) {
        let world = setup.start().await;
        let grants = world.server.grants().expect("one server");
        let (alice, web) = (Subject::from("alice"), ClientId::from("web"));
        let mut fresh = Vec::new();
        let pairs = [("alice", "web"), ("alice", "web"), ("alice", "other"), ("bob", "web")];
        for (user, client) in pairs {
            fresh.push(tokens(&world, user, client).await);
        }
        let family: Vec<_> = fresh.iter().collect();
        let ended = grants.revoke_subject_client(&alice, &web).await.expect("revoked");
        assert_eq!(ended, 2);
        assert_eq!(active(&world, &family).await, [false, false, true, true]);
        assert_eq!(grants.revoke_subject(&alice).await.expect("revoked"), 1);
        assert_eq!(active(&world, &family).await, [false, false, false, true]);
        let back = tokens(&world, "alice", "other").await;
        assert_eq!(grants.revoke_client(&web).await.expect("revoked"), 1);
        assert_eq!(active(&world, &[&fresh[3], &back]).await, [false, true]);
        assert_eq!(grants.revoke_client(&web).await.expect("revoked"), 0);
        assert!(world.is_live("other", &back.refresh).await);
        for what in ["subject_client", "subject", "client"] {
            assert!(world.events.heard(&format!("Revoked {{ what: \"{what}\"")), "{what}");
        }
    }
}
