//! Sessions in a signed cookie: nothing is stored.

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use cookie::time::Duration;
use http::{HeaderMap, HeaderValue};
use oauth_core::{
    clock::Timestamp,
    context::Context,
    error::Error,
    model::{Subject, Tenant},
};
use serde::{Deserialize, Serialize};

use super::{Sessions, SignedIn};
use crate::{cookies, keys::Keys};

const COOKIE: &str = "session";

/// Sessions in a signed cookie, which is good for one issuer and tenant until its lifetime has
/// passed by the server's clock. Cheap to clone.
///
/// Because nothing is stored, signing out takes the cookie from the browser and no more: a copy of
/// it stays good until its time is over, or until the host's
/// [`Users::session_is_over`](oauth_core::store::Users::session_is_over) says that it is, which the
/// pages ask, and this alone does not. A host that must end a single session has [`Sessions`] of its own.
#[derive(Clone, Debug)]
pub struct CookieSessions {
    keys: Arc<Keys>,
    lifetime: u32,
}

/// What the cookie says. Signed, not encrypted: the browser may read it.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    issuer: String,
    tenant: Tenant,
    subject: Subject,
    account: String,
    auth_time: Timestamp,
    id: String,
}

impl CookieSessions {
    pub(crate) fn new(keys: Arc<Keys>, lifetime: u32) -> Self {
        Self { keys, lifetime }
    }

    /// Begins a session of somebody who has just proven who they are: the `Set-Cookie` that does
    /// it. Every session has a new identifier, whatever the browser had before.
    ///
    /// # Errors
    /// [`Error::Random`] if there is no identifier to be had.
    pub fn begin(
        &self,
        context: &Context,
        subject: &Subject,
        account: &str,
    ) -> Result<HeaderValue, Error> {
        let issuer = context.issuer();
        let id: [u8; 16] = context.random()?;
        let record = Record {
            issuer: issuer.as_str().to_owned(),
            tenant: context.tenant().clone(),
            subject: subject.clone(),
            account: account.to_owned(),
            auth_time: context.now(),
            id: BASE64_URL_SAFE_NO_PAD.encode(id),
        };
        // Strings and a number, which always serialize.
        let record = serde_json::to_vec(&record).unwrap_or_default();
        let name = cookies::name(issuer, COOKIE);
        let value = BASE64_URL_SAFE_NO_PAD.encode(record);
        let mut cookie = cookies::cookie(issuer, name, value);
        // So that browsers forget it; that it is over is seen by what is in it.
        cookie.set_max_age(Duration::seconds(self.lifetime.into()));
        let mut jar = cookie::CookieJar::new();
        jar.signed_mut(self.keys.cookies(context)?).add(cookie);
        Ok(jar.delta().next().map_or(HeaderValue::from_static(""), cookies::header))
    }

    /// Ends the session in this browser: the `Set-Cookie` that does it.
    pub fn end(&self, context: &Context) -> HeaderValue {
        let name = cookies::name(context.issuer(), COOKIE);
        let mut cookie = cookies::cookie(context.issuer(), name, String::new());
        cookie.make_removal();
        cookies::header(&cookie)
    }

    /// Whether there is a cookie of a session, be it good or not.
    pub(crate) fn is_sent(&self, context: &Context, headers: &HeaderMap) -> bool {
        let name = cookies::name(context.issuer(), COOKIE);
        cookies::received(headers, &name).get(&name).is_some()
    }
}

#[async_trait]
impl Sessions for CookieSessions {
    async fn current(
        &self,
        context: &Context,
        headers: &HeaderMap,
    ) -> Result<Option<SignedIn>, Error> {
        let name = cookies::name(context.issuer(), COOKIE);
        let jar = cookies::received(headers, &name);
        if jar.get(&name).is_none() {
            return Ok(None);
        }
        let cookie = jar.signed(self.keys.cookies(context)?).get(&name);
        let record = cookie.as_ref().and_then(|cookie| read(cookie.value()));
        let here = |record: &Record| {
            record.issuer == context.issuer().as_str() && record.tenant == *context.tenant()
        };
        let live = |record: &Record| {
            context.now().seconds_since(record.auth_time) < u64::from(self.lifetime)
        };
        Ok(record.filter(here).filter(live).map(|record| SignedIn {
            subject: record.subject,
            account: record.account,
            auth_time: record.auth_time,
            session_id: record.id,
        }))
    }
}

fn read(value: &str) -> Option<Record> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}
