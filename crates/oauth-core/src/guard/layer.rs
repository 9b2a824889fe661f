//! The guard as a tower layer, for whole subtrees of routes.

use std::{
    mem,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Extensions, HeaderMap, Method, Request, Response, Uri, header};
use tower::{Layer, Service};

use super::{Access, Guard, Guarded, Requirement};
use crate::http_types::peer;

/// Admits requests with a good token. Made by [`Guard::layer`].
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Guard,
    requirement: Requirement,
    whole_address: Option<WholeAddress>,
    peer_address: fn(&Extensions) -> Option<IpAddr>,
}

/// Where the address of a request is as it was sent; `None` where it is that of the request.
type WholeAddress = fn(&Extensions) -> Option<&Uri>;

impl GuardLayer {
    pub(super) fn new(guard: Guard, requirement: Requirement) -> Self {
        Self { guard, requirement, whole_address: None, peer_address: peer }
    }

    /// Says where a router that cuts the paths of requests leaves them as they were. The path names
    /// the tenant, so a guard of [many tenants](crate::AuthorizationServer::per_tenant) admits nobody
    /// until this is said, or that [nothing is cut](Self::paths_are_whole); the adapters say it.
    #[must_use]
    pub fn whole_address(mut self, of: fn(&Extensions) -> Option<&Uri>) -> Self {
        self.whole_address = Some(of);
        self
    }

    /// Says where a framework leaves the address of whoever sent a request, which events tell; as
    /// [`PeerAddress`](crate::http_types::PeerAddress) unless told otherwise.
    #[must_use]
    pub fn peer_address(mut self, of: fn(&Extensions) -> Option<IpAddr>) -> Self {
        self.peer_address = of;
        self
    }

    /// Says that no router cuts the paths of requests before they come here.
    #[must_use]
    pub fn paths_are_whole(self) -> Self {
        self.whole_address(|_| None)
    }

    fn path<'a, B>(&self, request: &'a Request<B>) -> &'a str {
        match self.whole_address {
            Some(of) => of(request.extensions()).unwrap_or(request.uri()).path(),
            None if self.guard.reads_paths() => "",
            None => request.uri().path(),
        }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService { layer: self.clone(), inner }
    }
}

/// A service behind the guard. The checked token is an extension of the requests that it sees.
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    layer: GuardLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The clone is not ready yet; the original is, and is the one to call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            if is_preflight(request.method(), request.headers()) {
                return inner.call(request).await;
            }
            match admit(&layer, &mut request).await {
                Ok(()) => inner.call(request).await,
                Err(challenge) => Ok(challenge.to_response().map(R::from)),
            }
        })
    }
}

async fn admit<B>(layer: &GuardLayer, request: &mut Request<B>) -> Result<(), super::Challenge> {
    let guarded = Guarded {
        headers: request.headers(),
        path: layer.path(request),
        peer: (layer.peer_address)(request.extensions()),
        known: request.extensions().get::<Access>(),
    };
    let access = layer.guard.admit(guarded, &layer.requirement).await?;
    request.extensions_mut().insert(access);
    Ok(())
}

/// Whether a browser asks before it sends the token (a CORS preflight), which the route's own CORS
/// answers: guards let it pass.
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}
