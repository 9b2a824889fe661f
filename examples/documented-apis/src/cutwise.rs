//! The diamonds API: an application sends a user's login and password with its own identifier and
//! secret, all in one form, and gets a token for a week and a refresh token that is good once.

use std::sync::Arc;

use http::StatusCode;
use oauth_core::{
    Access,
    context::Lifetimes,
    model::{Client, Scope, Secret, SecretHash, Tenant},
    wire::Formats,
};
use serde_json::{Value, json};

use crate::{
    Failure, Host, System, host::register, people::People, shapes::LowerCaseBearer,
    token_texts::HexInBase64Url,
};

/// The application.
pub const CLIENT_ID: &str = "cutwise-app";
/// Its secret.
pub const CLIENT_SECRET: &str = "cutwise-secret-0123456789abcdef";
/// Whose diamond is 123.
pub const LOGIN: &str = "anna";
/// Her password.
pub const PASSWORD: &str = "anna-password";
/// Whose diamond is 124.
pub const OTHER_LOGIN: &str = "boris";
/// His password.
pub const OTHER_PASSWORD: &str = "boris-password";

oauth_core::scope!(
    /// May act as a user.
    pub(crate) User = "user"
);
oauth_core::scope!(
    /// May change diamonds, which no application may that is registered so far.
    pub(crate) WriteDiamonds = "diamonds:write"
);

pub(crate) async fn build(host: &Host) -> Result<System, Failure> {
    let store = host.store("cutwise").await?;
    let secret = SecretHash::of_generated(&Secret::new(CLIENT_SECRET));
    let client = Client::confidential(CLIENT_ID, secret)
        .token_endpoint_auth_method("client_secret_post")
        .grant_types(["refresh_token"])
        .dangerous_password_grant()
        .scope("user")
        .build()?;
    register(&store, &Tenant::default(), &client).await?;
    let people = People::new(&[(LOGIN, PASSWORD), (OTHER_LOGIN, OTHER_PASSWORD)], &[]);
    let server = host
        .builder("/cutwise", &store)
        .without_authorization_endpoint()
        .paths("token", ["/oauth/v2/token"])
        .scopes(Scope::parse("user diamonds:write")?)
        .lifetimes(Lifetimes { access_token: 604_800, ..Lifetimes::default() })
        .formats(Formats {
            access_token: Arc::new(HexInBase64Url),
            refresh_token: Arc::new(HexInBase64Url),
            ..Formats::default()
        })
        .token_response(LowerCaseBearer(CLIENT_ID))
        .dangerous_password_grant(people)
        .build()?;
    Ok(System { server, store })
}

/// A diamond, if it is the user's. Of a diamond that is not, there is no telling whether it exists.
pub(crate) fn diamond(access: &Access, id: &str) -> Result<Value, StatusCode> {
    let owner = match id {
        "123" => LOGIN,
        "124" => OTHER_LOGIN,
        _ => return Err(StatusCode::FORBIDDEN),
    };
    if access.subject().is_none_or(|subject| subject.as_str() != owner) {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(json!({ "id": id, "carat": 1.02, "cut": "round", "owner": owner }))
}
