//! The authorization request as an extractor.

use axum::{
    extract::{FromRef, FromRequest, Request},
    response::Response,
};
use oauth_core::{Approval, AuthorizationServer, error::Error, http_types::BODY_LIMIT};

use crate::neutral::{from_neutral, to_neutral};

/// An authorization request about which everything has been checked. Extract it last, in the
/// handler of `GET` and `POST /authorize`: what fails a check never gets there.
///
/// Everything that can be asked of it is on [`oauth_core::AuthorizationRequest`], to which it
/// derefs. A consent form posts to [`address`](oauth_core::AuthorizationRequest::address); its
/// fields are in [`form`](oauth_core::AuthorizationRequest::form).
#[derive(Debug)]
#[must_use = "answer it with `allow`, `deny` or `sign_in_at`"]
pub struct AuthorizationRequest(oauth_core::AuthorizationRequest);

impl AuthorizationRequest {
    /// The resource owner allows it.
    pub async fn allow(&self, approval: Approval) -> Response {
        from_neutral(self.0.allow(approval).await)
    }

    /// The resource owner does not allow it.
    pub fn deny(&self) -> Response {
        from_neutral(self.0.deny())
    }

    /// Nobody is signed in: sends the visitor to the sign-in page at `path`, with this request in
    /// `return_to`.
    pub fn sign_in_at(&self, path: &str) -> Response {
        from_neutral(self.0.sign_in_at(path))
    }

    /// Tells the client that somebody would have to sign in.
    pub fn login_required(&self) -> Response {
        from_neutral(self.0.login_required())
    }

    /// Tells the client that the resource owner would have to be asked.
    pub fn consent_required(&self) -> Response {
        from_neutral(self.0.consent_required())
    }

    /// Tells the client that something failed.
    pub fn refuse(&self, error: &Error) -> Response {
        from_neutral(self.0.refuse(error))
    }
}

impl std::ops::Deref for AuthorizationRequest {
    type Target = oauth_core::AuthorizationRequest;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S> FromRequest<S> for AuthorizationRequest
where
    AuthorizationServer: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let request = to_neutral(request, BODY_LIMIT).await?;
        let server = AuthorizationServer::from_ref(state);
        server.authorization_request(request).await.map(Self).map_err(from_neutral)
    }
}
