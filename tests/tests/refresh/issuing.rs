//! Who gets a refresh token at all.

use oauth_core::model::{IssueRefreshToken, Rotation};
use oauth_core_tests::{
    clients::CALLBACK,
    scenarios,
    world::{As, Tokens, code_for, refresh_for, with},
};

use crate::{client, refresh};

scenarios! {
    async fn ref_031_a_client_that_is_not_registered_for_it_gets_none(setup) {
        let world = setup.start().await;
        for scope in ["read", "read offline_access"] {
            let code = world.code_of("norefresh", CALLBACK, scope).await;
            let answer = world.token(As::Basic("norefresh"), &code_for(&code)).await;
            assert_eq!(answer.is_ok().json().get("refresh_token"), None);
            assert!(world.is_active(&answer.text("access_token")).await);
        }
    }

    async fn a_client_may_have_one_for_offline_access_only(setup) {
        let careful = client("careful", Rotation::Rotate, IssueRefreshToken::OfflineAccess);
        let world = setup.client(careful.build().expect("a sound client")).start().await;
        let online = world.code_of("careful", CALLBACK, "read").await;
        let answer = world.token(As::Basic("careful"), &code_for(&online)).await;
        assert_eq!(answer.is_ok().json().get("refresh_token"), None);
        let offline = world.code_of("careful", CALLBACK, "read offline_access").await;
        let answer = world.token(As::Basic("careful"), &code_for(&offline)).await;
        let tokens = Tokens::of(answer.is_ok());
        let next = refresh(&world, "careful", &tokens.refresh).await;
        // What was granted decides, not what one access token was narrowed to.
        let asked = with(refresh_for(&next.refresh), "scope", "read");
        let answer = world.token(As::Basic("careful"), &asked).await;
        assert!(!Tokens::of(answer.is_ok()).refresh.is_empty());
    }
}
