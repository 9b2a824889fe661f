//! Tokens for a PIN: somebody who is signed in at a kiosk is shown one, and types it into an
//! application.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use oauth_core::{
    error::Error,
    grant_type::{Decision, GrantType, NewGrant, TokenRequest},
    model::{Scope, Subject},
    throttle::GuessAt,
    wire::ErrorCode,
};

/// The name of an extension grant is an absolute URI (RFC 6749 §4.5).
pub(crate) const NAME: &str = "urn:example:oauth:grant-type:pin";

/// Knows which PIN stands for whom. A PIN is good once: it is taken before the tokens are stored, so
/// that a store which fails then costs the PIN, and nobody gets two tokens for one.
#[derive(Debug)]
pub(crate) struct PinGrant {
    pins: Mutex<HashMap<String, Subject>>,
}

impl PinGrant {
    /// Knows these.
    pub(crate) fn new(pins: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        let known = |(pin, subject): (&str, &str)| (pin.to_owned(), Subject::from(subject));
        Self { pins: Mutex::new(pins.into_iter().map(known).collect()) }
    }

    fn take(&self, pin: &str) -> Option<Subject> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner).remove(pin)
    }
}

#[async_trait]
impl GrantType for PinGrant {
    fn name(&self) -> &str {
        NAME
    }

    async fn decide(&self, request: &TokenRequest<'_>) -> Result<Decision, Error> {
        let pin = request.params.get("pin").ok_or(Error::invalid_request("pin is missing"))?;
        let scope = match request.params.get("scope") {
            Some(scope) => Scope::parse(scope).ok().filter(|s| s.is_subset(&request.client.scope)),
            None => Some(request.client.scope.clone()),
        };
        let too_much = Error::refused(ErrorCode::InvalidScope, "scope is more than is allowed");
        let scope = scope.ok_or(too_much)?;
        // Six digits are quickly guessed; the throttle makes it slow.
        let who = request.client.client_id.as_str();
        let _turn = request.context.turn_to_guess(GuessAt::Password, who).await?;
        let Some(subject) = self.take(pin) else {
            request.context.guessed_wrong(GuessAt::Password, who).await;
            return Err(Error::invalid_grant("the PIN is not valid"));
        };
        let grant = NewGrant::for_subject(subject.as_str()).claim("via", "pin").refresh_token();
        Ok(Decision::new_grant(grant, scope))
    }
}
