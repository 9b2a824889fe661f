//! The token endpoint: what a request must look like, what a code is good for, clients that act for
//! themselves, and what a host adds.

mod client_credentials;
mod code;
mod extension;
mod form;
mod lifetimes;
mod resource;
mod tenants;

use oauth_core_tests::{
    World,
    world::{As, Tokens, code_for},
};

/// The code has not been spent, and is good for tokens.
async fn assert_usable(world: &World, code: &str) -> Tokens {
    Tokens::of(world.token(As::Basic("web"), &code_for(code)).await.is_ok())
}
