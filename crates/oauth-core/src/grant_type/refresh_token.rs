//! `refresh_token` (RFC 6749 §6, RFC 9700 §4.14).

use async_trait::async_trait;

use super::{Basis, Decision, GrantType, TokenRequest, narrowing, replay};
use crate::{
    error::Error,
    model::{Artefact, Digest, Rotation, Secret},
    store::{Found, Spent},
    throttle::GuessAt,
};

/// Trades a refresh token.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefreshTokenGrant;

#[async_trait]
impl GrantType for RefreshTokenGrant {
    fn name(&self) -> &str {
        "refresh_token"
    }

    async fn decide(&self, request: &TokenRequest<'_>) -> Result<Decision, Error> {
        let (context, params) = (request.context, request.params);
        let token = params.get("refresh_token");
        let token = token.ok_or(Error::invalid_request("refresh_token is missing"))?;
        let who = request.client.client_id.as_str();
        let unknown = Error::invalid_grant("the refresh token is not valid");
        let known = context.parts().formats.refresh_token.recognises(token);
        let found = if known {
            context.grants().find(context.tenant(), &Digest::of(token)).await?
        } else {
            None
        };
        let Some(found) = found else {
            context.guessed_unknown(GuessAt::RefreshToken, who).await?;
            return Err(unknown);
        };
        let is_refresh_token = matches!(found.issued.artefact, Artefact::RefreshToken(_));
        if !is_refresh_token || found.grant.client_id != request.client.client_id {
            return Err(unknown);
        }
        let grant_ended = found.revoked_at.is_some() || found.grant.expires_at <= context.now();
        if grant_ended || !request.client.honours(found.issued.issued_at) {
            return Err(unknown);
        }
        let retry = found.spent.and_then(|spent| retry(request, token, &found, spent));
        if found.spent.is_some() && retry.is_none() {
            return Err(replay::refuse(request, &found).await);
        }
        if found.spent.is_none() && found.issued.expires_at <= context.now() {
            return Err(unknown);
        }
        let scope = narrowing::scope_within(request, &found.grant.scope, &found.grant.scope)?;
        let audience = narrowing::resources_within(request, &found.grant)?;
        let basis = retry.unwrap_or_else(|| first_use(request, token, found));
        Ok(Decision { basis, scope, audience })
    }
}

fn first_use(request: &TokenRequest<'_>, token: &str, found: Found) -> Basis {
    let presented = Secret::new(token);
    match request.client.refresh_policy.rotation {
        Rotation::Reuse if !request.client.is_public() => Basis::Keep { presented, found },
        // Reuse is not for public clients (RFC 9700 §4.14.2), whatever a record says.
        Rotation::Rotate | Rotation::Reuse => Basis::Rotate { presented, found, grace: false },
        Rotation::RotateWithGrace { .. } => Basis::Rotate { presented, found, grace: true },
    }
}

/// A spent token that its client may present again: the answer was lost, or two of its threads
/// asked at once. Only the direct predecessor has a nonce left, and only while its successor has
/// not been used.
fn retry(request: &TokenRequest<'_>, token: &str, found: &Found, spent: Spent) -> Option<Basis> {
    let Rotation::RotateWithGrace { grace, retries } = request.client.refresh_policy.rotation
    else {
        return None;
    };
    let nonce = spent.successor_nonce?;
    let since = request.context.now().minus(grace);
    let in_time = spent.at >= since && spent.retries < retries;
    in_time.then(|| Basis::Retry {
        presented: Secret::new(token),
        found: found.clone(),
        nonce,
        since,
        retries,
    })
}
