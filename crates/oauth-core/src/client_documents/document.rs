//! What a document says, if it can be trusted.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    http_types::Response,
    model::{Client, ClientId, ClientMetadata, Terms},
    wire::{client_metadata, media_type::is_json},
};

/// The client that the answer describes.
///
/// # Errors
/// Why it describes none, in fixed words.
pub(super) fn client(
    client_id: &ClientId,
    answer: &Response,
    terms: &Terms,
) -> Result<Client, &'static str> {
    if answer.status() != StatusCode::OK {
        return Err("the client metadata document was not answered with 200");
    }
    // §5 of the draft.
    if !is_json(answer.headers()) {
        return Err("the client metadata document is not application/json");
    }
    let (members, mut metadata) = client_metadata::read(answer.body())
        .map_err(|_| "the client metadata document cannot be read")?;
    if members.get("client_id").and_then(Value::as_str) != Some(client_id.as_str()) {
        return Err("the client metadata document names another client_id than its URL");
    }
    if ["client_secret", "client_secret_expires_at"].iter().any(|name| members.contains_key(*name))
    {
        return Err("the client metadata document holds a secret");
    }
    choose_method(&members, &mut metadata, terms);
    terms
        .admit(&mut metadata)
        .and_then(|()| {
            let builder = metadata.client(client_id.as_str(), None)?;
            builder.refresh_policy(terms.refresh_policy).build()
        })
        .map_err(|_| "the client metadata document breaks a rule of registration")
}

/// Documents that speak to many servers leave the method out and list those that they have. With
/// keys, the one that uses them goes first.
fn choose_method(members: &Map<String, Value>, metadata: &mut ClientMetadata, terms: &Terms) {
    let listed = members.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
    if metadata.token_endpoint_auth_method.is_some() {
        return;
    }
    let keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    let mut own = listed.into_iter().flatten().filter_map(Value::as_str);
    if keys && own.any(|name| name == "private_key_jwt" && terms.methods.iter().any(|m| m == name))
    {
        metadata.token_endpoint_auth_method = Some("private_key_jwt".to_owned());
    }
}
