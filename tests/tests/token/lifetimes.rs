//! For how long access tokens are good, and what an answer says about it.

use oauth_core::{
    context::Lifetimes,
    model::{Client, Secret, SecretHash},
};
use oauth_core_tests::{
    clients::{CALLBACK, SECRET},
    scenarios,
    world::{As, Tokens, code_for, refresh_for},
};

fn hasty() -> Client {
    Client::confidential("hasty", SecretHash::of_generated(&Secret::new(SECRET)))
        .redirect_uri(CALLBACK)
        .scope("read")
        .with(|client| client.access_token_lifetime = Some(30))
        .build()
        .expect("a sound client")
}

scenarios! {
    async fn an_access_token_is_good_for_as_long_as_the_answer_says(setup) {
        let world = setup.start().await;
        let code = world.code().await;
        let answer = world.token(As::Basic("web"), &code_for(&code)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 600);
        assert_eq!((answer.text("token_type"), answer.text("scope")), ("Bearer".into(), "read".into()));
        let access = answer.text("access_token");
        world.clock.advance(599);
        assert!(world.is_active(&access).await);
        world.clock.advance(1);
        assert!(!world.is_active(&access).await);
        assert!(world.is_live("web", &answer.text("refresh_token")).await);
    }

    async fn a_client_may_have_a_lifetime_of_its_own(setup) {
        let world = setup.client(hasty()).start().await;
        let code = world.code_of("hasty", CALLBACK, "read").await;
        let answer = world.token(As::Basic("hasty"), &code_for(&code)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 30);
        let first = Tokens::of(&answer);
        world.clock.advance(29);
        assert!(world.is_active(&first.access).await);
        world.clock.advance(1);
        assert!(!world.is_active(&first.access).await);
        let answer = world.token(As::Basic("hasty"), &refresh_for(&first.refresh)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 30);
        let others = world.tokens().await;
        world.clock.advance(31);
        assert!(world.is_active(&others.access).await, "other clients keep the server's lifetime");
    }

    async fn a_server_may_have_lifetimes_of_its_own(setup) {
        let lifetimes =
            Lifetimes { authorization_code: 10, access_token: 20, ..Lifetimes::default() };
        let world = setup.server(move |builder| builder.lifetimes(lifetimes)).start().await;
        let (first, second) = (world.code().await, world.code().await);
        world.clock.advance(9);
        let answer = world.token(As::Basic("web"), &code_for(&first)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 20);
        world.clock.advance(1);
        world.token(As::Basic("web"), &code_for(&second)).await.refused(400, "invalid_grant");
        world.clock.advance(19);
        assert!(!world.is_active(&answer.text("access_token")).await);
    }

    async fn without_refresh_tokens_a_grant_outlives_its_access_token_only_as_long_as_a_code(setup) {
        let world = setup.start().await;
        let code = world.code_of("norefresh", CALLBACK, "read").await;
        world.clock.advance(59);
        let answer = world.token(As::Basic("norefresh"), &code_for(&code)).await;
        assert_eq!(answer.is_ok().json()["expires_in"], 600);
        let grants = world.server.grants().expect("one server");
        assert_eq!(grants.of_subject(&"alice".into()).await.expect("grants").len(), 1);
        world.clock.advance(601);
        assert!(grants.of_subject(&"alice".into()).await.expect("grants").is_empty());
    }
}
