//! Rotation, which is the default: each refresh token works once, and a replay ends the family.

use oauth_core::model::{Rotation, Subject};
use oauth_core_tests::{
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, again, code_for, refresh_for, with},
};

use crate::{assert_over, assert_refused, refresh};

const SPA: &str = "https://spa.example/cb";

scenarios! {
    async fn ref_001_a_replayed_refresh_token_ends_the_family(setup) {
        let world = setup.start().await;
        let bystander = world.tokens().await;
        let first = world.tokens().await;
        let second = refresh(&world, "web", &first.refresh).await;
        assert!(world.is_active(&first.access).await && world.is_active(&second.access).await);
        assert!(world.is_live("web", &second.refresh).await);
        assert!(!world.events.heard("ReplayDetected"));
        assert_refused(&world, "web", &first.refresh).await;
        assert_over(&world, "web", &[&first, &second]).await;
        assert_refused(&world, "web", &second.refresh).await;
        let replay = "ReplayDetected { kind: \"refresh_token\", client: \"web\"";
        assert!(world.events.heard(replay), "{:?}", world.events.all());
        assert!(world.is_active(&bystander.access).await);
        refresh(&world, "web", &bystander.refresh).await;
    }

    async fn ref_001_a_replay_of_a_distant_ancestor_ends_the_family_as_well(setup) {
        let world = setup.start().await;
        let first = world.tokens().await;
        let mut last = first.clone();
        for _ in 0..5 {
            last = refresh(&world, "web", &last.refresh).await;
        }
        assert_refused(&world, "web", &first.refresh).await;
        assert_over(&world, "web", &[&first, &last]).await;
    }

    async fn ref_002_public_clients_get_another_token(setup) {
        let world = setup.start().await;
        let first = world.tokens_of(As::Public("spa"), "spa", SPA, "read").await;
        let answer = world.token(As::Public("spa"), &refresh_for(&first.refresh)).await;
        let second = Tokens::of(answer.is_ok());
        assert_ne!(first.refresh, second.refresh);
        assert!(!second.refresh.is_empty() && world.is_active(&second.access).await);
        let replay = world.token(As::Public("spa"), &refresh_for(&first.refresh)).await;
        replay.refused(400, "invalid_grant");
        assert!(!world.is_active(&second.access).await);
        let next = world.token(As::Public("spa"), &refresh_for(&second.refresh)).await;
        next.refused(400, "invalid_grant");
    }

    async fn ref_008_a_client_says_who_it_is(setup) {
        let world = setup.start().await;
        let tokens = world.tokens_of(As::Public("spa"), "spa", SPA, "read").await;
        let asked = refresh_for(&tokens.refresh);
        world.token(As::Nobody, &asked).await.refused(401, "invalid_client");
        world.token(As::Public("nobody"), &asked).await.refused(401, "invalid_client");
        world.token(As::Public("spa"), &asked).await.is_ok();
    }

    async fn a_refresh_token_is_bound_to_its_client(setup) {
        let world = setup.start().await;
        let spa = world.tokens_of(As::Public("spa"), "spa", SPA, "read").await;
        let stolen = world.token(As::Public("spa2"), &refresh_for(&spa.refresh)).await;
        stolen.refused(400, "invalid_grant");
        world.token(As::Public("spa"), &refresh_for(&spa.refresh)).await.is_ok();
        let web = world.tokens().await;
        assert_refused(&world, "other", &web.refresh).await;
        let next = refresh(&world, "web", &web.refresh).await;
        assert_refused(&world, "other", &web.refresh).await;
        assert!(world.is_active(&next.access).await, "a replay by another client is no replay");
        assert!(!world.events.heard("ReplayDetected"));
    }

    async fn ref_002_a_record_cannot_let_a_public_client_reuse(setup) {
        let world = setup.start().await;
        world.change("spa", |client| client.refresh_policy.rotation = Rotation::Reuse).await;
        let first = world.tokens_of(As::Public("spa"), "spa", SPA, "read").await;
        let answer = world.token(As::Public("spa"), &refresh_for(&first.refresh)).await;
        assert_ne!(answer.is_ok().text("refresh_token"), first.refresh);
        let again = world.token(As::Public("spa"), &refresh_for(&first.refresh)).await;
        again.refused(400, "invalid_grant");
        assert!(world.events.heard("ReplayDetected"));
    }

    async fn ref_009_scope_is_never_more_than_was_granted(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        for scope in ["read write", "write", "openid", "read  read", "read\"", "READ"] {
            let asked = with(refresh_for(&tokens.refresh), "scope", scope);
            world.token(As::Basic("web"), &asked).await.refused(400, "invalid_scope");
        }
        assert!(world.is_live("web", &tokens.refresh).await);
        refresh(&world, "web", &tokens.refresh).await;
    }

    async fn ref_010_a_narrower_access_token_leaves_the_grant_as_it_is(setup) {
        let world = setup.start().await;
        let first = world.tokens_of(As::Basic("web"), "web", CALLBACK, "read write").await;
        let asked = with(refresh_for(&first.refresh), "scope", "read");
        let answer = world.token(As::Basic("web"), &asked).await;
        assert_eq!(answer.is_ok().text("scope"), "read");
        let narrow = Tokens::of(&answer);
        assert_eq!(world.introspect(&narrow.access).await["scope"], "read");
        world.get("/both", &narrow.access).await.challenge(403, "insufficient_scope");
        let answer = world.token(As::Basic("web"), &refresh_for(&narrow.refresh)).await;
        assert_eq!(answer.is_ok().text("scope"), "read write");
        let wide = Tokens::of(&answer);
        assert_eq!(world.get("/both", &wide.access).await.status, 200);
        let asked = with(refresh_for(&wide.refresh), "scope", "write read");
        world.token(As::Basic("web"), &asked).await.is_ok();
    }

    async fn a_narrower_code_exchange_leaves_the_grant_as_it_is(setup) {
        let world = setup.start().await;
        let code = world.code_of("web", CALLBACK, "read write").await;
        let more = with(code_for(&code), "scope", "read write openid");
        world.token(As::Basic("web"), &more).await.refused(400, "invalid_scope");
        let answer = world.token(As::Basic("web"), &with(code_for(&code), "scope", "write")).await;
        assert_eq!(answer.is_ok().text("scope"), "write");
        let tokens = Tokens::of(&answer);
        let answer = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        assert_eq!(answer.is_ok().text("scope"), "read write");
    }

    async fn ref_012_ref_014_a_refresh_token_ends_with_the_subject_or_the_consent(setup) {
        let world = setup.start().await;
        let grants = world.server.grants().expect("one server");
        let alice = Subject::from("alice");
        let locked = world.tokens().await;
        assert_eq!(grants.revoke_subject(&alice).await.expect("revoked"), 1);
        assert_refused(&world, "web", &locked.refresh).await;
        assert_over(&world, "web", &[&locked]).await;
        let withdrawn = world.tokens().await;
        let ended = grants.revoke_subject_client(&alice, &"web".into()).await;
        assert_eq!(ended.expect("revoked"), 1);
        assert_refused(&world, "web", &withdrawn.refresh).await;
        assert_over(&world, "web", &[&withdrawn]).await;
        let back = world.tokens().await;
        refresh(&world, "web", &back.refresh).await;
    }

    async fn ref_018_nothing_else_is_a_refresh_token(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        let code = world.code().await;
        let machine = world.machine_token().await;
        for other in [&tokens.access, &code, &machine, &tokens.refresh.replace("ort_", "oat_")] {
            assert_refused(&world, "web", other).await;
        }
        // Nor is a refresh token a code or an access token.
        for other in [&tokens.refresh, &tokens.access] {
            let answer = world.token(As::Basic("web"), &code_for(other)).await;
            answer.refused(400, "invalid_grant");
        }
        for other in [&tokens.refresh, &code] {
            world.get("/resource", other).await.challenge(401, "invalid_token");
        }
        assert!(world.is_active(&tokens.access).await && world.is_active(&machine).await);
        refresh(&world, "web", &tokens.refresh).await;
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
    }

    async fn ref_025_rotation_is_known_after_a_restart_and_on_every_node(setup) {
        let adapter = setup.adapter;
        let world = setup.start().await;
        let first = world.tokens().await;
        let second = refresh(&world, "web", &first.refresh).await;
        let other = world.node(adapter).await;
        drop(world);
        assert!(other.is_active(&second.access).await);
        assert_refused(&other, "web", &first.refresh).await;
        assert_over(&other, "web", &[&first, &second]).await;
    }

    async fn ref_026_a_replay_counts_though_the_access_token_has_expired(setup) {
        let world = setup.start().await;
        let first = world.tokens().await;
        world.clock.advance(700);
        assert!(!world.is_active(&first.access).await);
        let second = refresh(&world, "web", &first.refresh).await;
        assert!(world.is_active(&second.access).await);
        assert_refused(&world, "web", &first.refresh).await;
        assert_over(&world, "web", &[&second]).await;
    }

    async fn ref_026_a_replay_counts_though_the_token_itself_would_have_expired(setup) {
        let world = setup.start().await;
        let first = world.tokens().await;
        world.clock.advance(13 * 86_400);
        let second = refresh(&world, "web", &first.refresh).await;
        world.clock.advance(2 * 86_400);
        assert_refused(&world, "web", &first.refresh).await;
        assert!(world.events.heard("ReplayDetected"));
        assert_over(&world, "web", &[&second]).await;
    }

    async fn ref_032_two_refresh_tokens_are_one_too_many(setup) {
        let world = setup.start().await;
        let (one, two) = (world.tokens().await, world.tokens().await);
        let asked = again(refresh_for(&one.refresh), "refresh_token", &two.refresh);
        world.token(As::Basic("web"), &asked).await.refused(400, "invalid_request");
        let same = again(refresh_for(&one.refresh), "refresh_token", &one.refresh);
        world.token(As::Basic("web"), &same).await.refused(400, "invalid_request");
        let none = with(refresh_for(""), "refresh_token", "");
        world.token(As::Basic("web"), &none).await.refused(400, "invalid_request");
        refresh(&world, "web", &one.refresh).await;
        refresh(&world, "web", &two.refresh).await;
    }

    async fn tok_041_a_parameter_in_brackets_is_another_parameter(setup) {
        let world = setup.start().await;
        let tokens = world.tokens().await;
        let asked = with(refresh_for(&tokens.refresh), "scope[a]", "b");
        assert_eq!(world.token(As::Basic("web"), &asked).await.is_ok().text("scope"), "read");
    }
}
