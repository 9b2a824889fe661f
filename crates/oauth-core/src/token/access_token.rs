//! The access token: random, or a JWT (RFC 9068).

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    context::Context,
    error::Error,
    jwt::{AccessTokenPayload, RESERVED_CLAIMS},
    keys::{KeyRing, TokenToSign},
    model::{AccessTokenFormat, Client, Grant, ResourceId, Scope, Secret},
    wire::bearer,
};

/// An access token, where it may be used, and until when.
pub(super) struct Minted {
    pub(super) token: Secret,
    pub(super) audience: Vec<ResourceId>,
    pub(super) expires_at: Timestamp,
}

/// Makes an access token, which exists once it has been written.
pub(super) async fn mint(
    context: &Context,
    client: &Client,
    grant: &Grant,
    scope: &Scope,
    audience: &[ResourceId],
    expires_at: Timestamp,
) -> Result<Minted, Error> {
    if format(context, client, audience) == AccessTokenFormat::Opaque {
        let token = context.parts().formats.access_token.encode(&context.random()?);
        return Ok(Minted { token, audience: audience.to_vec(), expires_at });
    }
    let keys = context.parts().keys.as_ref().ok_or_else(|| {
        misconfigured("a client has JWT access tokens, and the server has no signing keys")
    })?;
    // RFC 9068 §3: where no resource was named, it is the server's own choice.
    let audience = match audience {
        [] => context.parts().default_audience.iter().cloned().collect(),
        named => named.to_vec(),
    };
    let expires_at = expires_at.min(context.now().plus(keys.longest_token()));
    let to_sign = TokenToSign::new(context.tenant(), client, grant, scope, &audience);
    let token = sign(context, keys, &to_sign, expires_at).await?;
    Ok(Minted { token, audience, expires_at })
}

async fn sign(
    context: &Context,
    keys: &KeyRing,
    token: &TokenToSign<'_>,
    expires_at: Timestamp,
) -> Result<Secret, Error> {
    let extra = match &context.parts().access_token_claims {
        Some(hook) => hook.claims(token).await?,
        None => Map::new(),
    };
    let text = keys.sign(&payload(context, token, expires_at, extra)?, context.now()).await?;
    if text.len() > bearer::LIMIT {
        return Err(misconfigured("the access token would be longer than 4 KiB"));
    }
    Ok(Secret::new(text))
}

/// What the token says, as it is signed.
fn payload(
    context: &Context,
    token: &TokenToSign<'_>,
    expires_at: Timestamp,
    extra: Map<String, Value>,
) -> Result<Vec<u8>, Error> {
    if let Some(name) = extra.keys().find(|name| RESERVED_CLAIMS.contains(&name.as_str())) {
        return Err(misconfigured(format!("the claim {name} is the server's own")));
    }
    let (client_id, subject) = (&token.client.client_id, &token.grant.subject);
    // RFC 9068 §5: who reads the token tells by `sub` whether a client acts for itself.
    if subject.as_ref().is_some_and(|subject| subject.as_str() == client_id.as_str()) {
        return Err(misconfigured("a subject has the identifier of the client"));
    }
    let payload = AccessTokenPayload {
        subject: subject.clone(),
        client_id: client_id.clone(),
        scope: token.scope.clone(),
        audience: token.audience.into(),
        issued_at: context.now(),
        expires_at,
        auth_time: token.grant.auth_time,
        token_id: BASE64_URL_SAFE_NO_PAD.encode(context.random::<16>()?),
        grant_id: Some(token.grant.id),
        extra,
    };
    Ok(payload.write(context.issuer()))
}

/// What the token is: a JWT if a resource wants to read one, else what a resource, the client or the
/// server says.
fn format(context: &Context, client: &Client, audience: &[ResourceId]) -> AccessTokenFormat {
    let resources = context.parts().resources.iter();
    let named = resources.filter(|resource| audience.contains(&resource.identifier));
    let wanted = named.filter_map(|resource| resource.access_token_format);
    let by_resource = wanted.reduce(|one, other| match (one, other) {
        (AccessTokenFormat::Opaque, AccessTokenFormat::Opaque) => AccessTokenFormat::Opaque,
        _ => AccessTokenFormat::Jwt,
    });
    by_resource.or(client.access_token_format).unwrap_or(context.parts().access_token_format)
}

fn misconfigured(reason: impl Into<Cow<'static, str>>) -> Error {
    Error::Misconfigured(reason.into())
}
