//! What an authorization code is good for: once, for a minute, for its own client, as it was issued.

use oauth_core::{
    model::{ClientId, Subject, Tenant},
    store::{ClientRegistry as _, ClientStore},
    throttle::Unthrottled,
};
use oauth_core_tests::{
    clients::CALLBACK,
    scenarios,
    world::{As, authz_of, code_for, refresh_for, with, without},
};

use crate::assert_usable;

scenarios! {
    async fn tok_006_a_client_that_is_not_registered_for_the_grant_type(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let answer = world.token(As::Basic("m2m"), &code_for(&code)).await;
        answer.refused(400, "unauthorized_client");
        assert_usable(&world, &code).await;
        let tokens = world.tokens().await;
        let answer = world.token(As::Basic("norefresh"), &refresh_for(&tokens.refresh)).await;
        answer.refused(400, "unauthorized_client");
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
    }

    async fn tok_013_a_code_is_good_for_a_minute(setup) {
        let world = setup.start().await;
        let (early, late, later) = (world.code().await, world.code().await, world.code().await);
        world.clock.advance(59);
        assert_usable(&world, &early).await;
        world.clock.advance(1);
        world.token(As::Basic("web"), &code_for(&late)).await.refused(400, "invalid_grant");
        world.clock.advance(1);
        world.token(As::Basic("web"), &code_for(&later)).await.refused(400, "invalid_grant");
        assert!(!world.events.heard("ReplayDetected"));
    }

    async fn tok_014_a_replayed_code_revokes_the_grant(setup) {
        let world = setup.start().await;
        let bystander = world.tokens().await;
        let code = world.code().await;
        let first = assert_usable(&world, &code).await;
        let rotated = world.token(As::Basic("web"), &refresh_for(&first.refresh)).await;
        let rotated = oauth_core_tests::world::Tokens::of(rotated.is_ok());
        assert!(world.is_active(&first.access).await && world.is_active(&rotated.access).await);
        world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
        for access in [&first.access, &rotated.access] {
            assert!(!world.is_active(access).await);
        }
        assert!(!world.is_live("web", &rotated.refresh).await);
        let refreshed = world.token(As::Basic("web"), &refresh_for(&rotated.refresh)).await;
        refreshed.refused(400, "invalid_grant");
        let replay = "ReplayDetected { kind: \"authorization_code\", client: \"web\"";
        assert!(world.events.heard(replay), "{:?}", world.events.all());
        assert!(world.is_active(&bystander.access).await);
        assert!(world.is_live("web", &bystander.refresh).await);
    }

    async fn tok_014_a_code_replayed_after_its_minute_revokes_the_grant_as_well(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let tokens = assert_usable(&world, &code).await;
        world.clock.advance(120);
        assert!(world.is_active(&tokens.access).await);
        world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
        assert!(!world.is_active(&tokens.access).await);
        assert!(!world.is_live("web", &tokens.refresh).await);
    }

    async fn tok_014_what_is_wrong_in_itself_is_no_replay(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let tokens = assert_usable(&world, &code).await;
        let wrong = [
            (As::Basic("other"), code_for(&code)),
            (As::Public("spa"), code_for(&code)),
            (As::Basic("web"), with(code_for(&code), "code_verifier", &"x".repeat(43))),
            (As::Basic("web"), with(code_for(&code), "redirect_uri", "https://client.example/")),
        ];
        for (client, asked) in wrong {
            world.token(client, &asked).await.refused(400, "invalid_grant");
        }
        assert!(world.is_active(&tokens.access).await);
        assert!(!world.events.heard("ReplayDetected"));
    }

    async fn tok_016_a_code_is_bound_to_its_client(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let before = world.server.grants().expect("one server").of_subject(&"alice".into()).await;
        world.token(As::Basic("other"), &code_for(&code)).await.refused(400, "invalid_grant");
        world.token(As::Public("spa"), &code_for(&code)).await.refused(400, "invalid_grant");
        let after = world.server.grants().expect("one server").of_subject(&"alice".into()).await;
        assert_eq!(before.expect("grants"), after.expect("grants"));
        assert!(!world.events.heard("Issued"));
        assert_usable(&world, &code).await;
    }

    // Deliberately lenient: OAuth 2.1 clients send no redirect_uri to the token endpoint, and the
    // verifier proves more than it does.
    async fn tok_018_a_redirect_uri_is_missing_only_beside_a_verifier(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let asked = without(code_for(&code), "redirect_uri");
        let no_verifier = without(asked.clone(), "code_verifier");
        world.token(As::Basic("web"), &no_verifier).await.refused(400, "invalid_grant");
        world.token(As::Basic("web"), &asked).await.is_ok();
        let asked = authz_of("nopkce", CALLBACK, "read");
        let asked = without(without(asked, "code_challenge"), "code_challenge_method");
        let code = world.authorize(&asked).await.redirected(CALLBACK).remove("code");
        let plain = without(code_for(&code.expect("a code")), "code_verifier");
        let missing = without(plain.clone(), "redirect_uri");
        world.token(As::Basic("nopkce"), &missing).await.refused(400, "invalid_grant");
        world.token(As::Basic("nopkce"), &plain).await.is_ok();
    }

    async fn tok_020_the_redirect_uri_is_compared_byte_by_byte(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        for uri in [
            "https://CLIENT.example/cb",
            "https://client.example/cb/",
            "https://client.example:443/cb",
            "https://client.example/%63b",
            "HTTPS://client.example/cb",
            "https://client.example/cb?",
            "https://client.example/cb#",
            "https://client.example/./cb",
        ] {
            let asked = with(code_for(&code), "redirect_uri", uri);
            world.token(As::Basic("web"), &asked).await.refused(400, "invalid_grant");
        }
        assert_usable(&world, &code).await;
    }

    async fn tok_021_tok_022_only_the_very_code_is_the_code(setup) {
        let world = setup.server(|builder| builder.throttle(Unthrottled)).start().await;
        let code = world.code().await;
        let mut wrong: Vec<String> = (1..code.len()).map(|end| code[..end].to_owned()).collect();
        wrong.extend((1..code.len()).map(|start| code[start..].to_owned()));
        wrong.extend(["A", "=", "%", " ", "\n"].map(|more| format!("{code}{more}")));
        wrong.push(code.to_uppercase());
        let (start, last) = code.split_at(code.len() - 1);
        let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
        wrong.extend(alphabet.iter().map(|c| format!("{start}{c}")).filter(|one| one[start.len()..] != *last));
        for wrong in wrong {
            let answer = world.token(As::Basic("web"), &code_for(&wrong)).await;
            answer.refused(400, "invalid_grant");
        }
        assert_usable(&world, &code).await;
    }

    async fn tok_024_tok_025_a_code_ends_with_the_subject_or_the_consent(setup) {
        let world = setup.start().await;
        let grants = world.server.grants().expect("one server");
        let alice = Subject::from("alice");
        let locked = world.code().await;
        assert_eq!(grants.revoke_subject(&alice).await.expect("revoked"), 1);
        world.token(As::Basic("web"), &code_for(&locked)).await.refused(400, "invalid_grant");
        let withdrawn = world.code().await;
        let ended = grants.revoke_subject_client(&alice, &ClientId::from("web")).await;
        assert_eq!(ended.expect("revoked"), 1);
        world.token(As::Basic("web"), &code_for(&withdrawn)).await.refused(400, "invalid_grant");
        assert!(!world.events.heard("Issued {"));
        assert!(!world.events.heard("ReplayDetected"));
        let code = world.code().await;
        assert_usable(&world, &code).await;
    }

    async fn tok_026_a_client_that_is_disabled_or_gone_gets_nothing(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let tenant = Tenant::default();
        world.change("web", |client| client.disabled = true).await;
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        answer.refused(401, "invalid_client");
        world.change("web", |client| client.disabled = false).await;
        let tokens = assert_usable(&world, &code).await;
        let fresh = world.code().await;
        let web = ClientStore::find(&world.store, &tenant, &"web".into()).await;
        let web = web.expect("a store").expect("a client");
        assert!(world.store.remove(&tenant, &"web".into()).await.expect("removed"));
        for asked in [code_for(&fresh), refresh_for(&tokens.refresh)] {
            world.token(As::Basic("web"), &asked).await.refused(401, "invalid_client");
        }
        assert!(!world.is_active(&tokens.access).await);
        // Registered again, it has nothing of what it had.
        world.store.register(&tenant, &web).await.expect("registered");
        for asked in [code_for(&fresh), code_for(&code), refresh_for(&tokens.refresh)] {
            world.token(As::Basic("web"), &asked).await.refused(400, "invalid_grant");
        }
        assert!(!world.is_active(&tokens.access).await);
        assert!(!world.events.heard("ReplayDetected"));
        let code = world.code().await;
        assert_usable(&world, &code).await;
    }

    async fn what_a_client_was_issued_before_its_not_before_is_good_for_nothing(setup) {
        let world = setup.start().await;
        let (code, tokens) = (world.code().await, world.tokens().await);
        world.clock.advance(1);
        world.change("web", |client| client.not_before = Some(web_now(&world))).await;
        assert!(!world.is_active(&tokens.access).await);
        assert!(!world.is_live("web", &tokens.refresh).await);
        let answer = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        answer.refused(400, "invalid_grant");
        world.token(As::Basic("web"), &code_for(&code)).await.refused(400, "invalid_grant");
        let fresh = world.tokens().await;
        assert!(world.is_active(&fresh.access).await);
    }

    async fn sto_024_a_code_is_never_part_of_a_statement(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        for text in ["' OR 1=1 --", "'; DROP TABLE issued; --", "%", "oac_%", "\" OR \"\"=\""] {
            world.token(As::Basic("web"), &code_for(text)).await.refused(400, "invalid_grant");
            world.token(As::Basic("web"), &refresh_for(text)).await.refused(400, "invalid_grant");
            let named = world.token(As::Public(text), &code_for(&code)).await;
            named.refused(401, "invalid_client");
        }
        assert_usable(&world, &code).await;
    }
}

fn web_now(world: &oauth_core_tests::World) -> oauth_core::clock::Timestamp {
    oauth_core::clock::Clock::now(&world.clock)
}
