//! The REST API of an application: UUID tokens for half a day, refresh tokens that can be used
//! again, and resources for which no token is needed.

use std::sync::Arc;

use oauth_core::{
    Access, chosen_secret,
    context::Lifetimes,
    model::{Client, RefreshPolicy, Rotation, Scope, Secret, Tenant},
    wire::{Formats, Uuid},
};
use serde_json::{Value, json};

use crate::{Failure, Host, System, host::register, people::People, shapes::LowerCaseBearer};

/// The client.
pub const CLIENT_ID: &str = "client";
/// Its secret, which is the default of the document. A person chose it, so it is hashed slowly.
pub const CLIENT_SECRET: &str = "secret";
/// The user of the document.
pub const USERNAME: &str = "smith";
/// Their password.
pub const PASSWORD: &str = "qwerty123";
/// A user whose name and password are not ASCII.
pub const UTF_8_USERNAME: &str = "Łukasz";
/// His password.
pub const UTF_8_PASSWORD: &str = "żółw & 100 % пароль";
/// A user who proves more than a password elsewhere.
pub const TWO_FACTOR_USERNAME: &str = "vera";
/// Her password.
pub const TWO_FACTOR_PASSWORD: &str = "vera-password";

oauth_core::scope!(
    /// May use the API.
    pub(crate) RestApi = "rest-api"
);

/// 365 days.
const YEAR: u32 = 31_536_000;

pub(crate) async fn build(host: &Host) -> Result<System, Failure> {
    let store = host.store("rest_api").await?;
    let secret = chosen_secret::hash(&Secret::new(CLIENT_SECRET)).await?;
    let reuse = RefreshPolicy { rotation: Rotation::Reuse, ..RefreshPolicy::default() };
    let client = Client::confidential(CLIENT_ID, secret)
        .grant_types(["refresh_token"])
        .dangerous_password_grant()
        .refresh_policy(reuse)
        .scope("rest-api")
        .build()?;
    register(&store, &Tenant::default(), &client).await?;
    let passwords = [
        (USERNAME, PASSWORD),
        (UTF_8_USERNAME, UTF_8_PASSWORD),
        (TWO_FACTOR_USERNAME, TWO_FACTOR_PASSWORD),
    ];
    let people = People::new(&passwords, &[TWO_FACTOR_USERNAME]);
    let server = host
        .builder("/app/rest/v2", &store)
        .without_authorization_endpoint()
        .paths("token", ["/oauth/token"])
        .paths("revocation", ["/oauth/revoke"])
        .scopes(Scope::parse("rest-api")?)
        .lifetimes(Lifetimes {
            access_token: 43_200,
            refresh_token_idle: YEAR,
            refresh_token_absolute: YEAR,
            ..Lifetimes::default()
        })
        .formats(Formats {
            access_token: Arc::new(Uuid),
            refresh_token: Arc::new(Uuid),
            ..Formats::default()
        })
        .token_response(LowerCaseBearer(CLIENT_ID))
        .dangerous_password_grant(people)
        .build()?;
    Ok(System { server, store })
}

/// Who the token's owner is.
pub(crate) fn user_info(access: &Access) -> Value {
    json!({ "login": access.subject(), "scope": access.scope() })
}

/// A list of entities: everybody sees the public ones, who has a token sees the others, too.
pub(crate) fn entities(access: Option<&Access>, name: &str) -> Value {
    let entities = match access {
        None => vec!["public"],
        Some(_) => vec!["public", "internal"],
    };
    let login = access.and_then(Access::subject).map_or("anonymous", |subject| subject.as_str());
    json!({ "entity": name, "entities": entities, "login": login })
}
