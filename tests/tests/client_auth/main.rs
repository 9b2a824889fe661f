//! How clients prove who they are, and what becomes of those who cannot.

mod assertions;
mod methods;
mod secrets;
mod throttled;

use oauth_core::model::{Client, ClientBuilder, Secret, SecretHash};
use oauth_core_tests::{
    World,
    clients::CALLBACK,
    world::{As, Params, code_for, params},
};

/// A confidential client with this secret.
fn confidential(id: &str, secret: &str) -> ClientBuilder {
    let hash = SecretHash::of_generated(&Secret::new(secret));
    Client::confidential(id, hash).redirect_uri(CALLBACK).scope("read")
}

/// A request for a token of the client's own.
fn own_token() -> Params<'static> {
    params([("grant_type", "client_credentials")])
}

/// The code has not been spent by what was tried with it.
async fn is_unspent(world: &World, code: &str) {
    assert!(!world.events.heard("Issued"));
    world.token(As::Basic("web"), &code_for(code)).await.is_ok();
}
