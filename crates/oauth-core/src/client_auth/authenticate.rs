//! Exactly one method, the registered one, and the evidence must hold.

use std::sync::Arc;

use http::header::AUTHORIZATION;

use super::{AuthenticatedClient, ClientAuth, ClientRequest, Presented};
use crate::{
    context::Context,
    error::Error,
    model::{Client, ClientId, Digest, Secret},
    throttle::GuessAt,
    wire::ErrorCode,
};

const NOT_PROVEN: Error = Error::refused(ErrorCode::InvalidClient, "client authentication failed");

/// Finds out which client sent the request.
///
/// `known` is set as soon as the client is known to exist, for the operator's eyes.
pub(crate) async fn authenticate(
    context: &Context,
    methods: &[Arc<dyn ClientAuth>],
    request: &ClientRequest<'_>,
    known: &mut Option<ClientId>,
) -> Result<AuthenticatedClient, Error> {
    let more_than_one = || Error::invalid_request("more than one client authentication method");
    // What cannot be read was presented, too.
    let mut first = None;
    for method in methods {
        let found = method.presented(request).transpose();
        if found.is_some() && first.is_some() {
            return Err(more_than_one());
        }
        first = first.or(found.map(|found| found.map(|found| (&**method, found))));
    }
    let presented: Option<(&dyn ClientAuth, Presented)> = first.transpose()?;
    if unread_assertion(request, presented.as_ref().map(|(_, found)| &found.evidence)) {
        return Err(if presented.is_some() { more_than_one() } else { NOT_PROVEN });
    }
    let reads = |found: &(&dyn ClientAuth, Presented)| found.0.reads_authorization();
    if request.headers.contains_key(AUTHORIZATION) && !presented.as_ref().is_some_and(reads) {
        // By one method too many, or, if nothing else says who it is, by one that there is not (RFC 6749
        // §5.2).
        let is_named = presented.is_some() || request.params.get("client_id").is_some();
        return Err(if is_named { more_than_one() } else { NOT_PROVEN });
    }
    let named = request.params.get("client_id");
    match presented {
        Some((method, presented)) => {
            if named.is_some_and(|named| named != presented.client_id.as_str()) {
                return Err(Error::invalid_request(
                    "client_id is not that of the client that authenticated",
                ));
            }
            confidential(context, method, &presented, known).await
        }
        None => public(context, named, known).await,
    }
}

async fn confidential(
    context: &Context,
    method: &dyn ClientAuth,
    presented: &Presented,
    known: &mut Option<ClientId>,
) -> Result<AuthenticatedClient, Error> {
    let who = &presented.client_id;
    if method.is_guessable() {
        context.may_guess(GuessAt::ClientSecret, who.as_str()).await?;
    }
    let client = context.named_client(who).await?;
    let is_slow = |client: &Arc<Client>| client.secrets.iter().any(|own| own.hash.is_slow());
    let _turn = match &client {
        Some(client) if method.is_guessable() && is_slow(client) => {
            Some(context.turn_to_guess(GuessAt::ClientSecret, who.as_str()).await?)
        }
        _ => None,
    };
    let proven = match &client {
        Some(client) => {
            *known = Some(client.client_id.clone());
            client.token_endpoint_auth_method == method.method()
                && method.verify(context, client, &presented.evidence).await?
        }
        // The same work as for a client that exists.
        None => presented.evidence.digest() == Digest::from_bytes([0; 32]),
    };
    match client {
        Some(client) if proven && !client.disabled => Ok(AuthenticatedClient::new(client)),
        _ => {
            if method.is_guessable() {
                context.guessed_wrong(GuessAt::ClientSecret, who.as_str()).await;
            }
            Err(NOT_PROVEN)
        }
    }
}

/// The method `none`: a public client says who it is and proves nothing.
async fn public(
    context: &Context,
    named: Option<&str>,
    known: &mut Option<ClientId>,
) -> Result<AuthenticatedClient, Error> {
    let who = ClientId::from(named.ok_or(NOT_PROVEN)?);
    let client = context.named_client(&who).await?.ok_or(NOT_PROVEN)?;
    *known = Some(who);
    if client.needs_no_proof() && !client.disabled {
        Ok(AuthenticatedClient::new(client))
    } else {
        Err(NOT_PROVEN)
    }
}

/// Whether there is an assertion that no method has taken for its evidence. Credentials must not
/// be dropped silently (RFC 7521 §4.2).
fn unread_assertion(request: &ClientRequest<'_>, evidence: Option<&Secret>) -> bool {
    match request.params.get("client_assertion") {
        Some(assertion) => evidence.is_none_or(|evidence| evidence.expose() != assertion),
        None => request.params.get("client_assertion_type").is_some(),
    }
}
