//! Bearer tokens as extractors.

use std::{fmt, marker::PhantomData};

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts, OriginalUri, Request},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use oauth_core::{
    Access, AuthorizationServer,
    guard::{Challenge, GuardLayer, Guarded, RequiredScope, Requirement},
    server::ResourceServer,
};

use crate::neutral::{from_neutral, peer};

/// The guard that extractors take from the application's state. A state that is an
/// [`AuthorizationServer`] or a [`ResourceServer`] has one.
#[derive(Clone, Debug)]
pub struct Guard(oauth_core::Guard);

impl From<oauth_core::Guard> for Guard {
    fn from(guard: oauth_core::Guard) -> Self {
        Self(guard)
    }
}

impl From<Guard> for oauth_core::Guard {
    fn from(Guard(guard): Guard) -> Self {
        guard
    }
}

impl std::ops::Deref for Guard {
    type Target = oauth_core::Guard;

    fn deref(&self) -> &oauth_core::Guard {
        &self.0
    }
}

impl FromRef<AuthorizationServer> for Guard {
    fn from_ref(server: &AuthorizationServer) -> Self {
        Self(server.guard())
    }
}

impl FromRef<ResourceServer> for Guard {
    fn from_ref(server: &ResourceServer) -> Self {
        Self(server.guard())
    }
}

/// A good access token of scope `S`: a type made by [`oauth_core::scope!`], a tuple of them (all),
/// [`AnyOf`](oauth_core::guard::AnyOf) a tuple, or nothing (any good token).
///
/// `Option<Bearer>` is `None` where the request has no token; a token that is not good is refused
/// there, too. What the token says is on [`Access`], to which it derefs.
pub struct Bearer<S = ()> {
    access: Access,
    scope: PhantomData<fn() -> S>,
}

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

impl IntoResponse for BearerRejection {
    fn into_response(self) -> Response {
        from_neutral(self.0.to_response())
    }
}

impl<T, S> FromRequestParts<S> for Bearer<T>
where
    T: RequiredScope,
    Guard: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = BearerRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, BearerRejection> {
        let Guard(guard) = Guard::from_ref(state);
        let access = guard.bearer::<T>(guarded(parts)).await.map_err(BearerRejection)?;
        Ok(Self { access, scope: PhantomData })
    }
}

impl<T, S> OptionalFromRequestParts<S> for Bearer<T>
where
    T: RequiredScope,
    Guard: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = BearerRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, BearerRejection> {
        let Guard(guard) = Guard::from_ref(state);
        let access = guard.maybe_bearer::<T>(guarded(parts)).await.map_err(BearerRejection)?;
        Ok(access.map(|access| Self { access, scope: PhantomData }))
    }
}

/// Admits a request whose requirement depends on more than its route, from a middleware of the host's
/// own. [`Bearer`] and [`Access`] are found in the request that comes back.
///
/// # Errors
/// [`BearerRejection`] answers a request that may not pass.
pub async fn admit(
    guard: &oauth_core::Guard,
    request: Request,
    requirement: &Requirement,
) -> Result<Request, BearerRejection> {
    let (mut parts, body) = request.into_parts();
    let access = guard.admit(guarded(&parts), requirement).await.map_err(BearerRejection)?;
    parts.extensions.insert(access);
    Ok(Request::from_parts(parts, body))
}

/// [`Guard::layer`](oauth_core::Guard::layer) for axum: it sees the whole address of a request in a
/// nested router, too, and who sent it. Put it on with `route_layer`.
pub fn guard_layer(guard: &oauth_core::Guard, requirement: Requirement) -> GuardLayer {
    guard
        .layer(requirement)
        .whole_address(|extensions| extensions.get::<OriginalUri>().map(|OriginalUri(uri)| uri))
        .peer_address(peer)
}

fn guarded(parts: &Parts) -> Guarded<'_> {
    let original = parts.extensions.get::<OriginalUri>().map(|OriginalUri(uri)| uri);
    Guarded {
        headers: &parts.headers,
        path: original.unwrap_or(&parts.uri).path(),
        peer: peer(&parts.extensions),
        known: parts.extensions.get::<Access>(),
    }
}
