//! Everything about an authorization request, checked in the order in which it can be trusted.

use std::sync::Arc;

use super::{Prompt, target::Target};
use crate::{
    context::Context,
    error::Error,
    model::{Client, ClientId, Digest, RedirectUri, ResourceId, Scope},
    wire::{ErrorCode, Params, redirect::ResponseMode},
};

/// Longer values of `state` are refused, in bytes.
const STATE_LIMIT: usize = 2048;

/// What an authorization request asks, each part checked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) response_type: ResponseType,
    pub(super) scope: Scope,
    pub(super) resources: Vec<ResourceId>,
    pub(super) code_challenge: Option<Digest>,
    pub(super) prompt: Prompt,
    pub(super) max_age: Option<u32>,
}

/// The client that the request names. Until it is known, nothing can be sent to it.
pub(super) async fn client(context: &Context, params: &Params<'_>) -> Result<Arc<Client>, Error> {
    if params.is_repeated("client_id") || params.is_repeated("redirect_uri") {
        return Err(Error::invalid_request("client_id or redirect_uri was sent more than once"));
    }
    let named = params.get("client_id").ok_or(Error::invalid_request("client_id is missing"))?;
    let found = context.named_client(&ClientId::from(named)).await?;
    let unknown = Error::refused(ErrorCode::InvalidClient, "the application is not known here");
    found.filter(|client| !client.disabled).ok_or(unknown)
}

/// Where the answer goes: one of the client's redirect URIs. Returns also whether it was named.
pub(super) fn target(client: &Client, params: &Params<'_>) -> Result<(Target, bool), Error> {
    let named = params.get("redirect_uri");
    let redirect_uri = match named {
        Some(named) => registered(client, named)?,
        None => only_one(client, params)?,
    };
    let response_type = params.get("response_type").unwrap_or_default();
    let token = response_type.split(' ').any(|word| matches!(word, "token" | "id_token"));
    let mode = if token { ResponseMode::Fragment } else { ResponseMode::Query };
    let state = params.get("state").filter(|state| state.len() <= STATE_LIMIT);
    let state = state.filter(|_| !params.is_repeated("state")).map(str::to_owned);
    let unknown = client.is_unknown() && redirect_uri.is_website();
    Ok((Target { redirect_uri, mode, state, unknown }, named.is_some()))
}

fn registered(client: &Client, named: &str) -> Result<RedirectUri, Error> {
    let mut own = client.redirect_uris.iter();
    own.find_map(|own| own.admits(named, client.application_type))
        .ok_or(Error::invalid_request("redirect_uri is not registered for the application"))
}

/// RFC 6749 §3.1.2.3: it may be left out where only one is registered (but not with OpenID Connect,
/// Core §3.1.2.1).
fn only_one(client: &Client, params: &Params<'_>) -> Result<RedirectUri, Error> {
    let openid = params.get("scope").is_some_and(|scope| scope.split(' ').any(|t| t == "openid"));
    match client.redirect_uris.as_slice() {
        [one] if !openid => Ok(one.clone()),
        _ => Err(Error::invalid_request("redirect_uri is missing")),
    }
}

/// The rest, whose errors the client is told.
pub(super) fn asked(
    context: &Context,
    client: &Client,
    params: &Params<'_>,
) -> Result<Asked, Error> {
    if params.has_repeated() {
        return Err(Error::invalid_request("a parameter was sent more than once"));
    }
    if params.get("state").is_some_and(|state| state.len() > STATE_LIMIT) {
        return Err(Error::invalid_request("state is longer than 2048 bytes"));
    }
    if params.get("request").is_some() {
        return Err(Error::refused(ErrorCode::RequestNotSupported, "request is not supported"));
    }
    if params.get("request_uri").is_some() {
        let why = "request_uri is not supported";
        return Err(Error::refused(ErrorCode::RequestUriNotSupported, why));
    }
    if params.get("id_token_hint").is_some() {
        return Err(Error::invalid_request("no id_token_hint is one of this server's"));
    }
    let response_type = response_type(context, client, params)?;
    Ok(Asked {
        response_type,
        scope: scope(context, client, params)?,
        resources: context.requested_resources(params)?,
        code_challenge: match response_type {
            ResponseType::Code => code_challenge(context, client, params)?,
            ResponseType::Token => None,
        },
        prompt: params.get("prompt").map_or(Some(Prompt::default()), Prompt::parse).ok_or(
            Error::invalid_request(
                "prompt is none alone, or some of login, consent, select_account",
            ),
        )?,
        max_age: params.get("max_age").map(seconds).transpose()?,
    })
}

/// Digits and nothing else: the parser of the standard library would take a sign.
fn seconds(text: &str) -> Result<u32, Error> {
    let number = if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None };
    number.ok_or(Error::invalid_request("max_age is a whole number of seconds below 4294967296"))
}

/// What the client wants back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseType {
    /// A code (RFC 6749 §4.1).
    Code,
    /// An access token (RFC 6749 §4.2), where the server has that at all.
    Token,
}

fn response_type(
    context: &Context,
    client: &Client,
    params: &Params<'_>,
) -> Result<ResponseType, Error> {
    let response_type = match params.get("response_type") {
        None => return Err(Error::invalid_request("response_type is missing")),
        Some("code") => ResponseType::Code,
        Some("token") if context.parts().implicit_grant => ResponseType::Token,
        Some(_) => {
            let why = "the server has no such response type";
            return Err(Error::refused(ErrorCode::UnsupportedResponseType, why));
        }
    };
    let (registered, mode) = match response_type {
        ResponseType::Code => (
            client.has_response_type("code") && client.has_grant_type("authorization_code"),
            "query",
        ),
        ResponseType::Token => (
            client.has_response_type("token") && client.dialect.dangerous_implicit_grant,
            "fragment",
        ),
    };
    if !registered {
        let why = "the application is not registered for the response type";
        return Err(Error::refused(ErrorCode::UnauthorizedClient, why));
    }
    if response_type == ResponseType::Token {
        context.forgave(client, "dangerous_implicit_grant");
    }
    // A token never travels in a query.
    match params.get("response_mode") {
        None => Ok(response_type),
        Some(asked) if asked == mode => Ok(response_type),
        Some(_) => Err(Error::invalid_request("the response type has no such response mode")),
    }
}

fn scope(context: &Context, client: &Client, params: &Params<'_>) -> Result<Scope, Error> {
    let invalid = |why| Error::refused(ErrorCode::InvalidScope, why);
    match params.get("scope") {
        Some("*") if client.dialect.wildcard_scope && !client.scope.is_empty() => {
            context.forgave(client, "wildcard_scope");
            Ok(client.scope.clone())
        }
        Some(text) => {
            let scope = Scope::parse(text).map_err(|_| invalid("scope is malformed"))?;
            let within = scope.is_subset(&client.scope);
            if within {
                Ok(scope)
            } else {
                Err(invalid("scope is more than the application may ask"))
            }
        }
        None => {
            let default = context.parts().default_scope.as_ref();
            let scope = default.map(|default| default.intersection(&client.scope));
            scope.filter(|scope| !scope.is_empty()).ok_or(invalid("scope is missing"))
        }
    }
}

/// RFC 7636 §4.3, S256 only: a `plain` challenge is the verifier itself, in everybody's sight.
fn code_challenge(
    context: &Context,
    client: &Client,
    params: &Params<'_>,
) -> Result<Option<Digest>, Error> {
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (Some(challenge), Some("S256")) => Digest::parse(challenge)
            .map(Some)
            .ok_or(Error::invalid_request("code_challenge is not a SHA-256 digest in base64url")),
        (Some(_), _) => Err(Error::invalid_request("code_challenge_method must be S256")),
        // Whatever its record says: a code of a public client is good for whoever has it.
        (None, None) if client.dialect.dangerous_pkce_optional && !client.is_public() => {
            context.forgave(client, "dangerous_pkce_optional");
            Ok(None)
        }
        (None, _) => Err(Error::invalid_request("code_challenge is required (PKCE)")),
    }
}
