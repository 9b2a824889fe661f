//! A browser in which nobody is signed in yet, told from others by a random cookie.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use oauth_core::{context::Context, error::Error};

use crate::cookies;

const COOKIE: &str = "browser";

/// The browser that a sign-in form is made for.
#[derive(Debug)]
pub(crate) struct Browser {
    id: [u8; 16],
    set_cookie: Option<HeaderValue>,
}

impl Browser {
    /// The browser that sent the cookie.
    pub(crate) fn known(context: &Context, headers: &HeaderMap) -> Option<Self> {
        let name = cookies::name(context.issuer(), COOKIE);
        let jar = cookies::received(headers, &name);
        let id = BASE64_URL_SAFE_NO_PAD.decode(jar.get(&name)?.value()).ok()?;
        Some(Self { id: id.try_into().ok()?, set_cookie: None })
    }

    /// The browser that sent the cookie, or one that gets it now.
    pub(crate) fn known_or_new(context: &Context, headers: &HeaderMap) -> Result<Self, Error> {
        if let Some(known) = Self::known(context, headers) {
            return Ok(known);
        }
        let id: [u8; 16] = context.random()?;
        let name = cookies::name(context.issuer(), COOKIE);
        let value = BASE64_URL_SAFE_NO_PAD.encode(id);
        let cookie = cookies::cookie(context.issuer(), name, value);
        Ok(Self { id, set_cookie: Some(cookies::header(&cookie)) })
    }

    /// What tells it from others.
    pub(crate) fn id(&self) -> &[u8] {
        &self.id
    }

    /// Its cookie, if it has none yet.
    pub(crate) fn into_set_cookie(self) -> Option<HeaderValue> {
        self.set_cookie
    }
}
