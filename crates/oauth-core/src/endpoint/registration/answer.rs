//! The client information response (RFC 7591 §3.2.1, RFC 7592 §3).

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::bearer;
use crate::{
    context::Context,
    error::Error,
    http_types::Response,
    model::{Client, ClientMetadata, Secret},
    wire::json,
};

#[derive(Serialize)]
struct Information<'a> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id_issued_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    /// 0 stands for never; there is none without a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_client_uri: Option<String>,
    #[serde(flatten)]
    metadata: ClientMetadata,
}

/// What is told together with what is registered.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    /// A new secret.
    pub(super) secret: Option<&'a Secret>,
    /// With what it can be changed, and where.
    pub(super) access_token: Option<(&'a str, String)>,
}

pub(super) fn information(status: StatusCode, client: &Client, told: Told<'_>) -> Response {
    let (access_token, uri) = told.access_token.unzip();
    let expires_at = client.secrets.last().map(|secret| secret.expires_at);
    let body = Information {
        client_id: client.client_id.as_str(),
        client_id_issued_at: client.registered.as_ref().map(|registered| registered.at.unix()),
        client_secret: told.secret.map(Secret::expose),
        client_secret_expires_at: expires_at.map(|end| end.map_or(0, |end| end.unix())),
        registration_access_token: access_token,
        registration_client_uri: uri,
        metadata: ClientMetadata::of(client),
    };
    json::answer(status, &body)
}

/// Tells the operator and the client why it was not answered as asked. Tokens are asked for as
/// RFC 6750 §3 does.
pub(super) fn refuse(context: &Context, error: &Error) -> Response {
    context.record_error(None, error);
    let mut response = error.to_json(context.issuer());
    let challenge = bearer::challenge(error, context.issuer());
    if let Some(Ok(challenge)) = challenge.map(|text| HeaderValue::from_str(&text)) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
