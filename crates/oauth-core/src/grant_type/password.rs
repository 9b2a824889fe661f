//! `password` (RFC 6749 §4.3), for software that knows nothing better.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Decision, GrantType, NewGrant, TokenRequest, narrowing};
use crate::{error::Error, model::Secret, store::Users, throttle::GuessAt, wire::ErrorCode};

/// Trades a user name and a password, for clients with
/// [`dangerous_password_grant`](crate::model::Dialect::dangerous_password_grant) and no others.
/// Users who need more than a password are not for this: let [`Users`] answer `None` for them.
#[derive(Clone, Debug)]
pub struct PasswordGrant {
    users: Arc<dyn Users>,
}

impl PasswordGrant {
    /// Asks these users.
    pub(crate) fn new(users: Arc<dyn Users>) -> Self {
        Self { users }
    }
}

#[async_trait]
impl GrantType for PasswordGrant {
    fn name(&self) -> &str {
        "password"
    }

    async fn decide(&self, request: &TokenRequest<'_>) -> Result<Decision, Error> {
        let (context, params) = (request.context, request.params);
        if !request.client.dialect.dangerous_password_grant {
            let why = "the client is not registered for the grant type";
            return Err(Error::refused(ErrorCode::UnauthorizedClient, why));
        }
        context.forgave(request.client, "dangerous_password_grant");
        let missing = Error::invalid_request("username or password is missing");
        let (Some(username), Some(password)) = (params.get("username"), params.get("password"))
        else {
            return Err(missing);
        };
        let scope = narrowing::scope_of_client(request, &request.client.scope)?;
        let audience = context.requested_resources(params)?;
        // As on the sign-in page: hosts often take `Ada` and `ada` for one user, and that must not be
        // worth more guesses.
        let who = username.trim().to_lowercase();
        let _turn = context.turn_to_guess(GuessAt::Password, &who).await?;
        let password = Secret::new(password);
        match self.users.sign_in(context.tenant(), username, &password).await? {
            Some(subject) => {
                let grant = NewGrant::for_subject(subject.as_str()).auth_time(context.now());
                Ok(Decision::new_grant(grant.refresh_token(), scope).audience(audience))
            }
            None => {
                context.guessed_wrong(GuessAt::Password, &who).await;
                Err(Error::invalid_grant("the user name or the password is wrong"))
            }
        }
    }
}
