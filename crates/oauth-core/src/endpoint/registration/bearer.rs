//! Tokens that allow registering, and those with which a client changes itself.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use super::Registration;
use crate::{
    clock::Timestamp,
    context::Context,
    error::Error,
    events::Event,
    http_types::Request,
    model::{Client, ClientId, Digest, Issuer, Secret},
    throttle::GuessAt,
    wire::{
        ErrorCode,
        bearer::{self, BearerHeader},
    },
};

const NOT_GOOD: Error = Error::refused(ErrorCode::InvalidToken, "the access token is not valid");

const UNREADABLE: Error = Error::refused(
    ErrorCode::InvalidRequest,
    "one Authorization header with one Bearer token is needed",
);

/// How tokens are asked for in the answer to a header that cannot be read (RFC 6750 §3). Where one is
/// not good, every such answer asks.
pub(super) fn challenge(error: &Error, realm: &Issuer) -> Option<String> {
    let unreadable =
        matches!((error, UNREADABLE), (Error::Refused(a), Error::Refused(b)) if *a == b);
    unreadable.then(|| bearer::challenge(realm, ErrorCode::InvalidRequest))
}

/// Says that a token is not good, and counts it; or to wait, if there were too many. Who shows one that
/// is good is not kept waiting by others at the same address.
async fn wrong(context: &Context) -> Error {
    unproven(context, NOT_GOOD).await
}

/// Refuses a request whose token was not looked at, or was not good, and counts it; or says to wait.
pub(super) async fn unproven(context: &Context, refused: Error) -> Error {
    match context.guessed_unknown(GuessAt::Registration, "").await {
        Ok(()) => refused,
        Err(wait) => wait,
    }
}

fn presented(request: &Request) -> Result<Option<&str>, Error> {
    match bearer::read(request.headers()) {
        BearerHeader::Absent => Ok(None),
        BearerHeader::Present(token) => Ok(Some(token)),
        BearerHeader::Malformed => Err(UNREADABLE),
    }
}

/// The token of a request to register, which nobody has looked at yet; none where anybody may.
pub(super) fn presented_or_open<'a>(
    settings: &Registration,
    request: &'a Request,
) -> Result<Option<&'a str>, Error> {
    match presented(request)? {
        None if !settings.open => Err(NOT_GOOD),
        token => Ok(token),
    }
}

/// The initial access token of a request that may register.
pub(super) async fn initial_access(
    settings: &Registration,
    context: &Context,
    presented: Option<&str>,
) -> Result<Option<Digest>, Error> {
    let Some(token) = presented else { return Ok(None) };
    let digest = Digest::of(token);
    for tokens in &settings.initial_access {
        if tokens.admits(context, &digest).await? {
            return Ok(Some(digest));
        }
    }
    Err(wrong(context).await)
}

/// A registration access token. It begins with whose it is.
pub(super) fn issue(context: &Context, client_id: &ClientId) -> Result<Secret, Error> {
    let bytes: [u8; 32] = context.random()?;
    Ok(Secret::new(format!("{client_id}.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))))
}

/// The client that is meant and may be changed with the token of the request, and the token. A token
/// that is shown for another client's ends: either its holder is confused, or it is not the holder.
/// `None` if its client has changed since it was read.
pub(super) async fn own_client<'a>(
    settings: &Registration,
    context: &Context,
    request: &'a Request,
    meant: &ClientId,
) -> Result<Option<(Arc<Client>, &'a str)>, Error> {
    let token = presented(request)?.ok_or(NOT_GOOD)?;
    let owner = token.rsplit_once('.').map(|(owner, _)| ClientId::from(owner));
    if let Some(owner) = owner {
        let client = settings.registry.find(context.tenant(), &owner).await?;
        if let Some(client) = client.filter(|client| is_of(token, client)) {
            if owner == *meant && !client.disabled {
                return Ok(Some((client, token)));
            }
            if owner != *meant && !end(settings, context, &client, None).await? {
                return Ok(None);
            }
        }
    }
    Err(wrong(context).await)
}

fn is_of(token: &str, client: &Client) -> bool {
    let registered = client.registered.as_ref();
    registered.and_then(|registered| registered.access_token) == Some(Digest::of(token))
}

/// Ends the token with which the client can be changed, if it has one, and lets an unused client stay
/// until then; `false` if something was to be changed and the client is not as it was seen.
pub(super) async fn end(
    settings: &Registration,
    context: &Context,
    seen: &Client,
    unused_until: Option<Timestamp>,
) -> Result<bool, Error> {
    let mut changed = seen.clone();
    let mut had_token = false;
    if let Some(registered) = &mut changed.registered {
        had_token = registered.access_token.take().is_some();
        if registered.unused_until.is_some() {
            registered.unused_until = registered.unused_until.max(unused_until);
        }
    }
    let ended =
        changed == *seen || settings.registry.replace(context.tenant(), seen, &changed).await?;
    if ended && had_token {
        context.record(&Event::Registered { client: &seen.client_id, what: "token_revoked" });
    }
    Ok(ended)
}
