//! The API behind keys: an application sends its key and secret, the grant type in the address, and
//! gets an answer of nine strings.

use std::sync::Arc;

use oauth_core::{
    Access,
    context::Lifetimes,
    model::{Client, Secret, SecretHash, Tenant},
    wire::{Formats, ShapeTokenResponse, TokenResponse},
};
use serde_json::{Map, Value, json};

use crate::{Failure, Host, System, host::register, token_texts::LettersAndDigits};

/// The key of an application.
pub const API_KEY: &str = "s7GmhJ2kq0XcZpN4bRtVwYe9LfA3dU6o";
/// Its secret.
pub const API_SECRET: &str = "Jq5RkW8vTz1LxC3nBm7PfD0yHs2GaE9u";

pub(crate) async fn build(host: &Host) -> Result<System, Failure> {
    let store = host.store("api_keys").await?;
    let secret = SecretHash::of_generated(&Secret::new(API_SECRET));
    let client = Client::confidential(API_KEY, secret)
        .token_endpoint_auth_method("client_secret_post")
        .grant_types(["client_credentials", "refresh_token"])
        .dialect(|dialect| {
            dialect.grant_type_in_query = true;
            dialect.refresh_token_with_client_credentials = true;
        })
        .build()?;
    register(&store, &Tenant::default(), &client).await?;
    let server = host
        .builder("/auth/v2", &store)
        .without_authorization_endpoint()
        .paths("token", ["/accesstoken"])
        .lifetimes(Lifetimes {
            access_token: 86_399,
            refresh_token_idle: 1_799,
            ..Lifetimes::default()
        })
        .formats(Formats {
            access_token: Arc::new(LettersAndDigits(28)),
            refresh_token: Arc::new(LettersAndDigits(32)),
            ..Formats::default()
        })
        .token_response(NineStrings)
        .build()?;
    Ok(System { server, store })
}

/// The answer of the document, for the client that was written from it: nine members, all of them
/// strings.
#[derive(Clone, Copy, Debug)]
struct NineStrings;

impl ShapeTokenResponse for NineStrings {
    fn shape(&self, client: &Client, issued: &TokenResponse, members: &mut Map<String, Value>) {
        if client.client_id.as_str() != API_KEY {
            return;
        }
        let more = [
            ("token_type", "BearerToken".to_owned()),
            ("status", "approved".to_owned()),
            // Empty, and there.
            ("scope", issued.scope.to_string()),
            ("expires_in", issued.expires_in.to_string()),
            (
                "refresh_token_expires_in",
                issued.refresh_token_expires_in.unwrap_or_default().to_string(),
            ),
            ("refresh_token_issued_at", format!("{}000", issued.issued_at.unix())),
            ("refresh_count", issued.refresh_count.to_string()),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value.into())));
    }
}

/// The accounts that the application sees.
pub(crate) fn accounts(access: &Access) -> Value {
    json!({ "accounts": ["FI2112345600000785"], "api_key": access.client_id() })
}
