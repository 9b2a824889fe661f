//! What clients of the Model Context Protocol do, who register and ask for what a challenge names.

use oauth_core::{endpoint::registration::Registration, server::Mcp};
use oauth_core_tests::{
    Base, Setup, World, scenarios,
    world::{As, ISSUER, refresh_for},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    CALLBACK, code_for, created, documents::document, fetching::Web, public, public_tokens,
    register, text, with,
};

/// Where the document is.
const URL: &str = "https://app.example/c.json";

async fn world(setup: Setup) -> World {
    let web = Web::default();
    web.put(URL, &document(), "max-age=600");
    let make = |base: &Base| {
        let mcp = Mcp::new(base.store.clone()).documents(web);
        base.builder(ISSUER).with(mcp).build().expect("a server")
    };
    setup.start_as(make).await
}

async fn refreshed(world: &World, client_id: &str, token: &str) -> String {
    let answer = world.token(As::Public(client_id), &refresh_for(token)).await;
    answer.is_ok().text("refresh_token")
}

scenarios! {
    async fn the_part_switches_on_what_clients_of_mcp_need(setup) {
        let world = world(setup).await;
        let answer = world.send(world.request(Method::GET, "/.well-known/oauth-authorization-server"));
        let metadata: Value = answer.await.json();
        assert_eq!(metadata["registration_endpoint"], "https://as.example/register");
        assert_eq!(metadata["client_id_metadata_document_supported"], true);
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        let methods = metadata["token_endpoint_auth_methods_supported"].as_array().expect("a list");
        assert!(methods.contains(&json!("none")) && methods.contains(&json!("private_key_jwt")));
    }

    async fn whoever_registered_for_the_first_challenge_may_ask_for_the_second(setup) {
        let world = world(setup).await;
        let known = created(&register(&world, &with(public(), "scope", json!("read"))).await);
        assert_eq!(known["scope"], "read write api openid offline_access");
        let id = text(&known, "client_id");
        let code = world.code_of(id, CALLBACK, "read").await;
        assert_eq!(world.token(As::Public(id), &code_for(&code)).await.is_ok().text("scope"), "read");
        let code = world.code_of(id, CALLBACK, "read write").await;
        let answer = world.token(As::Public(id), &code_for(&code)).await;
        assert_eq!(answer.is_ok().text("scope"), "read write");
        // What there is not, nobody gets.
        let answer = register(&world, &with(public(), "scope", json!("admin"))).await;
        answer.refused(400, "invalid_client_metadata");
    }

    async fn whose_answer_was_lost_may_refresh_again_for_a_while(setup) {
        let world = world(setup).await;
        let known = created(&register(&world, &public()).await);
        for id in [text(&known, "client_id"), URL] {
            let first = public_tokens(&world, id).await.refresh;
            let second = refreshed(&world, id, &first).await;
            assert_ne!(second, first);
            world.clock.advance(29);
            assert_eq!(refreshed(&world, id, &first).await, second);
            world.clock.advance(2);
            let late = world.token(As::Public(id), &refresh_for(&first)).await;
            late.refused(400, "invalid_grant");
            let over = world.token(As::Public(id), &refresh_for(&second)).await;
            over.refused(400, "invalid_grant");
        }
    }

    async fn a_later_call_goes_before_the_part(setup) {
        let make = |base: &Base| {
            let closed = Registration::new(base.store.clone());
            let builder = base.builder(ISSUER).with(Mcp::new(base.store.clone()));
            builder.registration(closed).build().expect("a server")
        };
        let world = setup.start_as(make).await;
        assert_eq!(register(&world, &public()).await.status, 401);
    }
}
