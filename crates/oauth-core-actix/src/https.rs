//! Plain http is refused.

use std::{
    future::{Ready, ready},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage,
    body::EitherBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    http::header,
};
use oauth_core::{
    http_types::PeerAddress,
    https::{Arrival, HttpsOnly},
};

use crate::neutral::{from_neutral, some_headers, to_old};

/// Refuses plain http, and sets `Strict-Transport-Security`: `App::new().wrap(RequireHttps::new(..))`.
/// What a trusted proxy says of the client's address is what the throttle and the events go by from
/// here on.
#[derive(Clone, Debug)]
pub struct RequireHttps {
    https: HttpsOnly,
}

impl RequireHttps {
    /// A middleware that admits what `https` admits.
    pub fn new(https: HttpsOnly) -> Self {
        Self { https }
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequireHttps
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RequireHttpsService<S>;
    type InitError = ();
    type Future = Ready<Result<RequireHttpsService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireHttpsService { https: self.https.clone(), inner: Rc::new(inner) }))
    }
}

/// A service behind [`RequireHttps`].
#[derive(Debug)]
pub struct RequireHttpsService<S> {
    https: HttpsOnly,
    inner: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for RequireHttpsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (https, inner) = (self.https.clone(), Rc::clone(&self.inner));
        Box::pin(async move {
            let forwarded = [header::X_FORWARDED_FOR, header::X_FORWARDED_PROTO];
            let headers = some_headers(request.request(), &forwarded);
            let tls = request.app_config().secure();
            let peer = request.peer_addr().map(|address| address.ip());
            match https.admit(&Arrival { peer, tls, headers: &headers }) {
                Ok(Some(client)) => {
                    request.extensions_mut().insert(PeerAddress(client));
                }
                Ok(None) => {}
                Err(plain) => {
                    let refusal = from_neutral(plain.to_response());
                    return Ok(request.into_response(refusal).map_into_right_body());
                }
            }
            let mut response = inner.call(request).await?.map_into_left_body();
            if let Some(hsts) = to_old(&https.hsts()) {
                response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, hsts);
            }
            Ok(response)
        })
    }
}
