//! Which secret is the right one, and for how long.

use oauth_core::{
    chosen_secret,
    clock::Timestamp,
    model::{Client, ClientSecret, Secret, SecretHash, Tenant},
    store::ClientRegistry as _,
    throttle::Unthrottled,
};
use oauth_core_tests::{
    World,
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, authz_of, code_for, params, refresh_for},
};

use crate::{confidential, is_unspent, own_token};

/// Disables a client, or enables it again.
async fn set_disabled(world: &World, id: &str, disabled: bool) {
    world.change(id, |client| client.disabled = disabled).await;
}

scenarios! {
    async fn cla_001_cla_003_a_wrong_secret_and_an_unknown_client_look_the_same(setup) {
        let off = confidential("off", SECRET).with(|client| client.disabled = true);
        let world = setup.client(off.build().expect("a client")).start().await;
        let code = world.code().await;
        let wrong = world.token(As::BasicWith("web", "wrong"), &code_for(&code)).await;
        wrong.refused(401, "invalid_client");
        let nobody = world.token(As::Basic("nobody"), &code_for(&code)).await;
        let disabled = world.token(As::Basic("off"), &code_for(&code)).await;
        let not_basic = world.token(As::Basic("post"), &code_for(&code)).await;
        for answer in [nobody, disabled, not_basic] {
            answer.refused(401, "invalid_client");
            assert_eq!(answer.body, wrong.body);
            let challenge = "www-authenticate";
            assert_eq!(answer.header(challenge), wrong.header(challenge));
        }
        let challenge = "Basic realm=\"https://as.example\", charset=\"UTF-8\"";
        assert_eq!(wrong.header("www-authenticate"), challenge);
        for secret in ["wrong", "nobody"] {
            assert!(!wrong.body.contains(secret), "{wrong:?}");
        }
        is_unspent(&world, &code).await;
    }

    async fn cla_014_a_record_of_a_public_client_with_a_secret_proves_nothing(setup) {
        let world = setup.start().await;
        let (code, tokens) = (world.code().await, world.tokens().await);
        world.change("web", |client| client.token_endpoint_auth_method = "none".to_owned()).await;
        let token = params([("token", &tokens.access)]);
        for client in [As::Public("web"), As::Basic("web"), As::BasicWith("web", "")] {
            for form in [code_for(&code), refresh_for(&tokens.refresh)] {
                world.token(client, &form).await.refused(401, "invalid_client");
            }
            world.post("/revoke", client, &token).await.refused(401, "invalid_client");
        }
        let basic = |client: &mut Client| {
            client.token_endpoint_auth_method = "client_secret_basic".to_owned();
        };
        world.change("web", basic).await;
        assert!(world.is_active(&tokens.access).await && world.is_live("web", &tokens.refresh).await);
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
    }

    async fn cla_042_almost_the_secret_is_not_the_secret_at_any_endpoint(setup) {
        let world = setup.server(|server| server.throttle(Unthrottled)).start().await;
        let tokens = world.tokens().await;
        let mut wrong: Vec<String> = (0..SECRET.len()).map(|end| SECRET[..end].to_owned()).collect();
        wrong.extend([format!("{SECRET}x"), format!(" {SECRET}"), format!("{SECRET}\n")]);
        wrong.extend([SECRET.to_uppercase(), SECRET.replacen('s', "S", 1), "\0".to_owned()]);
        let token = params([("token", &tokens.access)]);
        for secret in &wrong {
            let web = As::BasicWith("web", secret);
            let answer = world.token(web, &refresh_for(&tokens.refresh)).await;
            answer.refused(401, "invalid_client");
            for path in ["/revoke", "/introspect"] {
                world.post(path, web, &token).await.refused(401, "invalid_client");
            }
        }
        assert!(world.is_active(&tokens.access).await);
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
        world.post("/revoke", As::Basic("web"), &token).await;
        assert!(!world.is_active(&tokens.access).await);
    }

    async fn cla_011_a_secret_that_a_person_chose_works_and_an_empty_one_never_does(setup) {
        let chosen = chosen_secret::hash(&Secret::new("correct horse")).await.expect("a hash");
        assert!(matches!(chosen, SecretHash::Argon2id(_)), "hashed slowly");
        let with_hash = |id, hash: SecretHash| {
            let client = confidential(id, "").grant_types(["client_credentials"]);
            let secrets = vec![ClientSecret { hash, expires_at: None }];
            client.with(|client| client.secrets = secrets).build().expect("a client")
        };
        let generated = SecretHash::of_generated(&Secret::new(""));
        let setup = setup.client(with_hash("chosen", chosen));
        let world = setup.client(with_hash("void", generated)).start().await;
        world.token(As::BasicWith("chosen", "correct horse"), &own_token()).await.is_ok();
        for wrong in ["correct hors", "correct horse ", ""] {
            let answer = world.token(As::BasicWith("chosen", wrong), &own_token()).await;
            answer.refused(401, "invalid_client");
        }
        let answer = world.token(As::BasicWith("void", ""), &own_token()).await;
        answer.refused(401, "invalid_client");
    }

    async fn cla_016_a_secret_is_refused_from_its_expiry_on_and_its_successor_works(setup) {
        let now = 1_790_000_000;
        let secret = |text, expires_at| ClientSecret {
            hash: SecretHash::of_generated(&Secret::new(text)),
            expires_at,
        };
        let over = secret("over", Some(Timestamp::from_unix(now)));
        let old = secret("old", Some(Timestamp::from_unix(now + 100)));
        let secrets = vec![over, old, secret("new", None)];
        let client = confidential("turning", "").grant_types(["client_credentials"]);
        let client = client.with(|client| client.secrets = secrets).build().expect("a client");
        let world = setup.client(client).start().await;
        let turning = |secret| As::BasicWith("turning", secret);
        for good in ["old", "new"] {
            world.token(turning(good), &own_token()).await.is_ok();
        }
        world.token(turning("over"), &own_token()).await.refused(401, "invalid_client");
        world.clock.advance(99);
        world.token(turning("old"), &own_token()).await.is_ok();
        world.clock.advance(1);
        world.token(turning("old"), &own_token()).await.refused(401, "invalid_client");
        world.token(turning("new"), &own_token()).await.is_ok();
    }

    async fn cla_046_a_disabled_client_is_refused_everywhere_and_its_tokens_rest(setup) {
        let world = setup.start().await;
        let (machine, tokens, code) =
            (world.machine_token().await, world.tokens().await, world.code().await);
        for id in ["m2m", "web"] {
            set_disabled(&world, id, true).await;
        }
        let scoped = params([("grant_type", "client_credentials"), ("scope", "api")]);
        world.token(As::Basic("m2m"), &scoped).await.refused(401, "invalid_client");
        world.token(As::Basic("web"), &code_for(&code)).await.refused(401, "invalid_client");
        let answer = world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await;
        answer.refused(401, "invalid_client");
        let token = params([("token", &tokens.access)]);
        for path in ["/revoke", "/introspect"] {
            world.post(path, As::Basic("web"), &token).await.refused(401, "invalid_client");
        }
        world.authorize(&authz_of("web", CALLBACK, "read")).await.page(400, "invalid_client");
        assert!(!world.is_active(&machine).await);
        assert!(!world.is_active(&tokens.access).await);

        for id in ["m2m", "web"] {
            set_disabled(&world, id, false).await;
        }
        assert!(world.is_active(&machine).await);
        assert!(world.is_active(&tokens.access).await);
        world.token(As::Basic("web"), &code_for(&code)).await.is_ok();
        world.token(As::Basic("web"), &refresh_for(&tokens.refresh)).await.is_ok();
    }

    async fn cla_046_a_change_of_a_client_is_seen_when_the_cache_forgets(setup) {
        let world = setup.server(|server| server.client_cache(5)).start().await;
        let tenant = Tenant::default();
        let token = world.machine_token().await;
        assert!(world.is_active(&token).await);
        let changed = |disabled| {
            let client = confidential("m2m", "next").grant_types(["client_credentials"]);
            client.with(|client| client.disabled = disabled).build().expect("a client")
        };
        world.change("m2m", |client| *client = changed(false)).await;
        let (before, after) = (As::Basic("m2m"), As::BasicWith("m2m", "next"));
        world.clock.advance(4);
        world.token(before, &own_token()).await.is_ok();
        world.token(after, &own_token()).await.refused(401, "invalid_client");
        world.clock.advance(1);
        world.token(before, &own_token()).await.refused(401, "invalid_client");
        world.token(after, &own_token()).await.is_ok();

        world.change("m2m", |client| *client = changed(true)).await;
        assert!(world.is_active(&token).await);
        world.clock.advance(5);
        assert!(!world.is_active(&token).await);
        world.token(after, &own_token()).await.refused(401, "invalid_client");

        // That a client is not there is not remembered: one that registers can begin.
        let late = As::BasicWith("late", "next");
        world.token(late, &own_token()).await.refused(401, "invalid_client");
        let client = confidential("late", "next").grant_types(["client_credentials"]);
        world.store.register(&tenant, &client.build().expect("a client")).await.expect("done");
        world.token(late, &own_token()).await.is_ok();
    }
}
