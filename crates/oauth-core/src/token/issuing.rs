//! From a decision to tokens, in one write.

use super::{
    minting::{Done, Minting, RefreshTokenOut, access_token_lifetime, idle_expiry},
    successor,
};
use crate::{
    context::Context,
    error::Error,
    grant_type::{Basis, Decision, NewGrant},
    model::{Artefact, Client, Grant, IssueRefreshToken, Scope, Secret},
    store::{Exchange, Found, Spend, StoreError},
};

/// How often new random bytes are drawn when a key is taken, which a sound source of randomness
/// never lets happen.
pub(crate) const DRAWS: usize = 3;

/// What came of a decision.
pub(crate) enum Issuance {
    /// Tokens.
    Done(Done),
    /// Somebody else was faster: decide again.
    Raced,
}

/// Issues what was decided, in one write of the store.
pub(crate) async fn issue(
    context: &Context,
    client: &Client,
    decision: &Decision,
) -> Result<Issuance, Error> {
    for _ in 1..DRAWS {
        match attempt(context, client, decision).await {
            Err(Error::Store(StoreError::Conflict)) => {}
            other => return other,
        }
    }
    attempt(context, client, decision).await
}

async fn attempt(
    context: &Context,
    client: &Client,
    decision: &Decision,
) -> Result<Issuance, Error> {
    match &decision.basis {
        Basis::New(new) => begin(context, client, new, decision).await,
        Basis::Redeem(found) => redeem(context, client, found, decision).await,
        Basis::Rotate { presented, found, grace } => {
            rotate(context, client, presented, found, *grace, decision).await
        }
        Basis::Retry { presented, found, nonce, since, retries } => {
            let spend = Spend::Again { since: *since, retries: *retries };
            let minting = Minting::new(context, client, &found.grant, decision).await?;
            let token = successor::derive(presented, nonce)?;
            let first = found.spent.map_or(context.now(), |spent| spent.at);
            let out = RefreshTokenOut {
                token: context.parts().formats.refresh_token.encode(&token),
                // What is left of it: it has been good since the first presentation.
                expires_at: idle_expiry(context, &found.grant, first),
                refresh_count: refresh_count(found) + 1,
            };
            trade(context, found, &spend, minting, Some(out)).await
        }
        Basis::Keep { presented, found } => {
            let expires_at = idle_expiry(context, &found.grant, context.now());
            let minting = Minting::new(context, client, &found.grant, decision).await?;
            let out = RefreshTokenOut {
                token: Secret::new(presented.expose()),
                expires_at,
                refresh_count: refresh_count(found),
            };
            trade(context, found, &Spend::Keep { expires_at }, minting, Some(out)).await
        }
    }
}

async fn begin(
    context: &Context,
    client: &Client,
    new: &NewGrant,
    decision: &Decision,
) -> Result<Issuance, Error> {
    let lifetimes = &context.parts().lifetimes;
    let with_refresh_token = new.refresh_token && has_refresh_token(client, &decision.scope);
    let lifetime = if with_refresh_token {
        lifetimes.refresh_token_absolute
    } else {
        access_token_lifetime(context, client)
    };
    let grant = Grant {
        id: match new.name {
            Some(name) => name,
            None => context.new_grant_id()?,
        },
        client_id: client.client_id.clone(),
        subject: new.subject.clone(),
        scope: decision.scope.clone(),
        resources: decision.audience.clone(),
        redirect_uri: None,
        claims: new.claims.clone(),
        auth_time: new.auth_time,
        created_at: context.now(),
        expires_at: context.now().plus(lifetime),
    };
    let mut minting = Minting::new(context, client, &grant, decision).await?;
    let refresh_token = with_refresh_token.then(|| minting.first_refresh_token()).transpose()?;
    context.grants().issue(context.tenant(), &grant, &minting.items).await?;
    Ok(Issuance::Done(minting.done(refresh_token)))
}

async fn redeem(
    context: &Context,
    client: &Client,
    found: &Found,
    decision: &Decision,
) -> Result<Issuance, Error> {
    let mut minting = Minting::new(context, client, &found.grant, decision).await?;
    let with_refresh_token = has_refresh_token(client, &found.grant.scope);
    let refresh_token = with_refresh_token.then(|| minting.first_refresh_token()).transpose()?;
    let spend = Spend::Once { successor_nonce: None, predecessor: None };
    trade(context, found, &spend, minting, refresh_token).await
}

async fn rotate(
    context: &Context,
    client: &Client,
    presented: &Secret,
    found: &Found,
    grace: bool,
    decision: &Decision,
) -> Result<Issuance, Error> {
    let mut minting = Minting::new(context, client, &found.grant, decision).await?;
    let nonce = if grace { Some(context.random()?) } else { None };
    let bytes = match &nonce {
        Some(nonce) => successor::derive(presented, nonce)?,
        None => context.random()?,
    };
    let refresh_token =
        minting.refresh_token(&bytes, Some(found.issued.key), refresh_count(found) + 1);
    let predecessor = match &found.issued.artefact {
        Artefact::RefreshToken(token) => token.predecessor,
        _ => None,
    };
    let spend = Spend::Once { successor_nonce: nonce, predecessor };
    trade(context, found, &spend, minting, Some(refresh_token)).await
}

/// The one write: what was presented for what was minted.
async fn trade(
    context: &Context,
    found: &Found,
    spend: &Spend,
    minting: Minting<'_>,
    refresh_token: Option<RefreshTokenOut>,
) -> Result<Issuance, Error> {
    let key = &found.issued.key;
    let exchange =
        context.grants().exchange(context.tenant(), key, spend, &minting.items, context.now());
    match exchange.await? {
        Exchange::Done => Ok(Issuance::Done(minting.done(refresh_token))),
        Exchange::AlreadySpent => Ok(Issuance::Raced),
        Exchange::Revoked | Exchange::Expired | Exchange::Unknown => {
            Err(Error::invalid_grant("it is no longer valid"))
        }
    }
}

fn refresh_count(found: &Found) -> u32 {
    match &found.issued.artefact {
        Artefact::RefreshToken(token) => token.refresh_count,
        _ => 0,
    }
}

/// Whether the client's policy has a refresh token for this scope.
pub(crate) fn has_refresh_token(client: &Client, granted: &Scope) -> bool {
    client.has_grant_type("refresh_token")
        && match client.refresh_policy.issue {
            IssueRefreshToken::Always => true,
            IssueRefreshToken::OfflineAccess => granted.contains("offline_access"),
        }
}
