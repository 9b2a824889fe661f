//! Refresh tokens: rotation and what a replay ends, the grace, tokens that stay, lifetimes, and who
//! gets one at all; and the host's own view of what was granted.

mod grace;
mod grants;
mod issuing;
mod lifetimes;
mod reuse;
mod rotation;

use oauth_core::model::{
    Client, ClientBuilder, IssueRefreshToken, RefreshPolicy, Rotation, Secret, SecretHash,
};
use oauth_core_tests::{
    World,
    clients::{CALLBACK, SECRET},
    world::{As, Tokens, refresh_for},
};

/// A confidential client that may have everything, with this policy.
fn client(id: &str, rotation: Rotation, issue: IssueRefreshToken) -> ClientBuilder {
    Client::confidential(id, SecretHash::of_generated(&Secret::new(SECRET)))
        .redirect_uri(CALLBACK)
        .scope("read write openid offline_access")
        .refresh_policy(RefreshPolicy { rotation, issue })
}

/// Trades a refresh token, and it works.
async fn refresh(world: &World, id: &str, token: &str) -> Tokens {
    Tokens::of(world.token(As::Basic(id), &refresh_for(token)).await.is_ok())
}

/// The refresh token is good for nothing.
async fn assert_refused(world: &World, id: &str, token: &str) {
    let answer = world.token(As::Basic(id), &refresh_for(token)).await;
    answer.refused(400, "invalid_grant");
    assert!(answer.json().get("access_token").is_none());
}

/// Nothing of the family is good any more.
async fn assert_over(world: &World, id: &str, family: &[&Tokens]) {
    for tokens in family {
        assert!(!world.is_active(&tokens.access).await, "an access token is left");
        assert!(!world.is_live(id, &tokens.refresh).await, "a refresh token is left");
    }
}
