//! Secrets of clients that register themselves: made here, told once.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use super::Registration;
use crate::{
    context::Context,
    error::Error,
    model::{ClientBuilder, ClientMetadata, ClientSecret, Secret, SecretHash},
};

/// Lets the client say this, with a secret where one is needed and there is none that is good: then
/// it is returned.
pub(super) fn renew(
    settings: &Registration,
    context: &Context,
    metadata: &ClientMetadata,
    builder: ClientBuilder,
) -> Result<(Option<Secret>, ClientBuilder), Error> {
    let now = context.now();
    let builder = metadata.say(builder);
    let live = |own: &ClientSecret| own.expires_at.is_none_or(|end| now < end);
    if !metadata.needs_secret() {
        return Ok((None, builder.with(|client| client.secrets.clear())));
    }
    let builder = builder.with(|client| client.secrets.retain(live));
    if builder.has_secret() {
        return Ok((None, builder));
    }
    let bytes: [u8; 32] = context.random()?;
    let secret = Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let expires_at = settings.secret_lifetime.map(|seconds| now.plus(seconds));
    let hash = SecretHash::of_generated(&secret);
    let builder = builder.with(|client| client.secrets.push(ClientSecret { hash, expires_at }));
    Ok((Some(secret), builder))
}
