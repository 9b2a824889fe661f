//! Resources at the token endpoint (RFC 8707 §2.2): never more than was granted.

use oauth_core_tests::{
    World,
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, again, authz, code_for, params, refresh_for},
};

const A: &str = "https://a.example";
const B: &str = "https://b.example";

async fn code_for_resources(world: &World, resources: &[&str]) -> String {
    let asked = resources.iter().fold(authz(), |asked, one| again(asked, "resource", one));
    world.authorize(&asked).await.redirected(CALLBACK).remove("code").expect("a code")
}

scenarios! {
    async fn tok_063_a_code_for_one_resource_is_not_for_another(setup) {
        let world = setup.start().await;
        let code = code_for_resources(&world, &[A]).await;
        for more in [B, "https://unknown.example", "a.example", "https://a.example//"] {
            let asked = again(code_for(&code), "resource", more);
            world.token(As::Basic("web"), &asked).await.refused(400, "invalid_target");
            let both = again(again(code_for(&code), "resource", A), "resource", more);
            world.token(As::Basic("web"), &both).await.refused(400, "invalid_target");
        }
        assert!(!world.events.heard("Issued {"));
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        let seen = world.introspect(&answer.is_ok().text("access_token")).await;
        assert_eq!(seen["aud"], serde_json::json!([A]));
    }

    async fn a_client_that_adds_the_slash_of_the_root_means_the_same(setup) {
        let world = setup.start().await;
        let code = code_for_resources(&world, &["https://a.example/"]).await;
        let asked = again(code_for(&code), "resource", "https://a.example/");
        let tokens = Tokens::of(world.token(As::Basic("web"), &asked).await.is_ok());
        let asked = again(refresh_for(&tokens.refresh), "resource", "https://a.example/");
        let next = Tokens::of(world.token(As::Basic("web"), &asked).await.is_ok());
        for token in [&tokens.access, &next.access] {
            assert_eq!(world.introspect(token).await["aud"], serde_json::json!([A]));
            assert_eq!(world.get("/only-a", token).await.status, 200);
        }
    }

    async fn ref_017_a_refresh_token_for_one_resource_is_not_for_another(setup) {
        let world = setup.start().await;
        let code = code_for_resources(&world, &[A]).await;
        let tokens = Tokens::of(world.token(As::Basic("web"), &code_for(&code)).await.is_ok());
        let asked = again(refresh_for(&tokens.refresh), "resource", B);
        world.token(As::Basic("web"), &asked).await.refused(400, "invalid_target");
        assert!(world.is_live("web", &tokens.refresh).await);
        let asked = again(refresh_for(&tokens.refresh), "resource", A);
        let next = Tokens::of(world.token(As::Basic("web"), &asked).await.is_ok());
        assert_eq!(world.introspect(&next.access).await["aud"], serde_json::json!([A]));
        assert_eq!(world.get("/only-a", &next.access).await.status, 200);
    }

    async fn tokens_narrow_to_one_resource_and_the_grant_keeps_both(setup) {
        let world = setup.start().await;
        let code = code_for_resources(&world, &[A, B]).await;
        let asked = again(code_for(&code), "resource", B);
        let only_b = Tokens::of(world.token(As::Basic("web"), &asked).await.is_ok());
        assert_eq!(world.introspect(&only_b.access).await["aud"], serde_json::json!([B]));
        assert_eq!(world.get("/only-a", &only_b.access).await.status, 401);
        let both = world.token(As::Basic("web"), &refresh_for(&only_b.refresh)).await;
        let both = Tokens::of(both.is_ok());
        assert_eq!(world.introspect(&both.access).await["aud"], serde_json::json!([A, B]));
        assert_eq!(world.get("/only-a", &both.access).await.status, 200);
    }

    async fn a_machine_names_the_resources_that_the_server_knows(setup) {
        let world = setup.start().await;
        let asked = params([("grant_type", "client_credentials"), ("resource", A)]);
        let token = world.token(As::Basic("m2m"), &asked).await.is_ok().text("access_token");
        assert_eq!(world.introspect(&token).await["aud"], serde_json::json!([A]));
        let unknown = again(asked, "resource", "https://unknown.example");
        world.token(As::Basic("m2m"), &unknown).await.refused(400, "invalid_target");
    }
}
