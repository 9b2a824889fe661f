//! The authorization request as an extractor.

use std::{fmt, pin::Pin};

use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload, http};
use oauth_core::{
    Approval, AuthorizationServer,
    error::Error,
    http_types::{BODY_LIMIT, Response},
};

use crate::{
    bearer::forgotten,
    neutral::{from_neutral, to_neutral},
};

/// An authorization request about which everything has been checked. Extract it in the handler of
/// `GET` and `POST /authorize`: what fails a check never gets there.
///
/// Everything that can be asked of it is on [`oauth_core::AuthorizationRequest`], to which it
/// derefs. A consent form posts to [`address`](oauth_core::AuthorizationRequest::address); its
/// fields are in [`form`](oauth_core::AuthorizationRequest::form).
#[derive(Debug)]
#[must_use = "answer it with `allow`, `deny` or `sign_in_at`"]
pub struct AuthorizationRequest(oauth_core::AuthorizationRequest);

impl AuthorizationRequest {
    /// The resource owner allows it.
    pub async fn allow(&self, approval: Approval) -> HttpResponse {
        from_neutral(self.0.allow(approval).await)
    }

    /// The resource owner does not allow it.
    pub fn deny(&self) -> HttpResponse {
        from_neutral(self.0.deny())
    }

    /// Nobody is signed in: sends the visitor to the sign-in page at `path`, with this request in
    /// `return_to`.
    pub fn sign_in_at(&self, path: &str) -> HttpResponse {
        from_neutral(self.0.sign_in_at(path))
    }

    /// Tells the client that somebody would have to sign in.
    pub fn login_required(&self) -> HttpResponse {
        from_neutral(self.0.login_required())
    }

    /// Tells the client that the resource owner would have to be asked.
    pub fn consent_required(&self) -> HttpResponse {
        from_neutral(self.0.consent_required())
    }

    /// Tells the client that something failed.
    pub fn refuse(&self, error: &Error) -> HttpResponse {
        from_neutral(self.0.refuse(error))
    }
}

impl std::ops::Deref for AuthorizationRequest {
    type Target = oauth_core::AuthorizationRequest;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// The response that answers a request which failed a check.
#[derive(Debug)]
pub struct AuthorizationRejection(Response);

impl fmt::Display for AuthorizationRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the authorization request was answered with {}", self.0.status())
    }
}

impl ResponseError for AuthorizationRejection {
    fn status_code(&self) -> http::StatusCode {
        let status = http::StatusCode::from_u16(self.0.status().as_u16());
        status.unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        from_neutral(self.0.clone())
    }
}

impl FromRequest for AuthorizationRequest {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let server = request.app_data::<AuthorizationServer>();
            let server = server.ok_or_else(|| forgotten("AuthorizationRequest"))?;
            let neutral = to_neutral(&request, &mut payload, BODY_LIMIT)
                .await
                .map_err(AuthorizationRejection)?;
            let checked = server.authorization_request(neutral).await;
            Ok(Self(checked.map_err(AuthorizationRejection)?))
        })
    }
}
