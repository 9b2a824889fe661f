//! Bearer tokens as extractors.

use std::{fmt, marker::PhantomData, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, dev::Payload,
    error::ErrorInternalServerError, http,
};
use oauth_core::{
    Access, Guard,
    guard::{Challenge, Guarded, RequiredScope, Requirement},
};

use crate::neutral::{authorization, from_neutral, peer};

/// A good access token of scope `S`: a type made by [`oauth_core::scope!`], a tuple of them (all),
/// [`AnyOf`](oauth_core::guard::AnyOf) a tuple, or nothing (any good token). What the token says is
/// on [`Access`], to which it derefs.
///
/// Do not take `Option<Bearer>`: actix-web makes `None` of a token that is not good, too. That is
/// what [`MaybeBearer`] is for.
pub struct Bearer<S = ()> {
    access: Access,
    scope: PhantomData<fn() -> S>,
}

/// A good access token of scope `S`, or `None` where the request has no token at all. A token that
/// is not good is refused.
#[derive(Debug)]
pub struct MaybeBearer<S = ()>(pub Option<Bearer<S>>);

impl<S> Bearer<S> {
    /// What the token says, detached from the scope it was checked for.
    pub fn into_access(self) -> Access {
        self.access
    }
}

impl<S> std::ops::Deref for Bearer<S> {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}

impl<S> std::ops::Deref for MaybeBearer<S> {
    type Target = Option<Bearer<S>>;

    fn deref(&self) -> &Option<Bearer<S>> {
        &self.0
    }
}

impl<S> fmt::Debug for Bearer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bearer").field(&self.access).finish()
    }
}

/// Why the request may not pass (RFC 6750 §3).
#[derive(Debug)]
pub struct BearerRejection(Challenge);

impl From<Challenge> for BearerRejection {
    fn from(challenge: Challenge) -> Self {
        Self(challenge)
    }
}

impl fmt::Display for BearerRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BearerRejection {}

impl ResponseError for BearerRejection {
    fn status_code(&self) -> http::StatusCode {
        let status = http::StatusCode::from_u16(self.0.status().as_u16());
        status.unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        from_neutral(self.0.to_response())
    }
}

impl<S: RequiredScope> FromRequest for Bearer<S> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let guard = guard(&request)?;
            let (headers, known) = (authorization(&request), known(&request));
            let guarded = guarded(&request, &headers, known.as_ref());
            let access = guard.bearer::<S>(guarded).await.map_err(BearerRejection)?;
            Ok(Self { access, scope: PhantomData })
        })
    }
}

impl<S: RequiredScope> FromRequest for MaybeBearer<S> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let guard = guard(&request)?;
            let (headers, known) = (authorization(&request), known(&request));
            let guarded = guarded(&request, &headers, known.as_ref());
            let access = guard.maybe_bearer::<S>(guarded).await.map_err(BearerRejection)?;
            Ok(Self(access.map(|access| Bearer { access, scope: PhantomData })))
        })
    }
}

/// What a middleware has found out already.
fn known(request: &HttpRequest) -> Option<Access> {
    request.extensions().get::<Access>().cloned()
}

fn guarded<'a>(
    request: &'a HttpRequest,
    headers: &'a ::http::HeaderMap,
    known: Option<&'a Access>,
) -> Guarded<'a> {
    Guarded { headers, path: request.path(), peer: peer(request), known }
}

/// Admits a request whose requirement depends on more than its route, from a middleware or a handler
/// of the host's own. [`Bearer`] and [`Access`] are found in the request from then on.
///
/// # Errors
/// [`BearerRejection`] answers a request that may not pass.
pub async fn admit(
    guard: &Guard,
    request: &HttpRequest,
    requirement: &Requirement,
) -> Result<(), BearerRejection> {
    let (headers, known) = (authorization(request), known(request));
    let guarded = guarded(request, &headers, known.as_ref());
    let access = guard.admit(guarded, requirement).await.map_err(BearerRejection)?;
    request.extensions_mut().insert(access);
    Ok(())
}

fn guard(request: &HttpRequest) -> Result<&Guard, actix_web::Error> {
    request.app_data::<Guard>().ok_or_else(|| forgotten("Bearer"))
}

/// The 500 for an application that mounts a route and forgets the server. It is logged, with the
/// cure; the client is told nothing.
pub(crate) fn forgotten(extractor: &'static str) -> actix_web::Error {
    #[cfg(feature = "tracing")]
    tracing::error!(
        extractor,
        "no server in the application's data: add `.configure(oauth_core_actix::configure(&server))` \
         to the App, or `.app_data(server.guard())` where only routes are guarded"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = extractor;
    ErrorInternalServerError("")
}
