//! The guard as a middleware, for whole scopes of routes.

use std::{
    future::{Ready, ready},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, ResponseError,
    body::EitherBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    http::{Method, header},
};
use oauth_core::{Guard, guard::Requirement};

use crate::bearer::admit;

/// Admits requests with a good token of a scope:
/// `web::scope("/api").wrap(RequireToken::new(server.guard(), Requirement::all(["photos:read"])))`.
/// The checked token is an extension of the requests that pass, where [`Bearer`](crate::Bearer)
/// finds it.
///
/// A CORS preflight (`OPTIONS` with `Access-Control-Request-Method`) passes without a token, because
/// browsers send none: a handler behind the middleware that answers `OPTIONS`, too, as every one
/// does that is routed by `to` alone, is reached by anybody in that way, unless it extracts the
/// token by itself.
#[derive(Clone, Debug)]
pub struct RequireToken {
    guard: Guard,
    requirement: Requirement,
}

impl RequireToken {
    /// A middleware that asks this guard for a token that reaches as far as `requirement` says.
    pub fn new(guard: Guard, requirement: Requirement) -> Self {
        Self { guard, requirement }
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequireToken
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RequireTokenService<S>;
    type InitError = ();
    type Future = Ready<Result<RequireTokenService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireTokenService { require: self.clone(), inner: Rc::new(inner) }))
    }
}

/// A service behind [`RequireToken`].
#[derive(Debug)]
pub struct RequireTokenService<S> {
    require: RequireToken,
    inner: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for RequireTokenService<S>
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
        let (require, inner) = (self.require.clone(), Rc::clone(&self.inner));
        Box::pin(async move {
            if !is_preflight(&request) {
                let admitted = admit(&require.guard, request.request(), &require.requirement);
                if let Err(rejection) = admitted.await {
                    let refusal = rejection.error_response();
                    return Ok(request.into_response(refusal).map_into_right_body());
                }
            }
            inner.call(request).await.map(ServiceResponse::map_into_left_body)
        })
    }
}

/// A browser asks before it sends the token; the route's own CORS answers.
fn is_preflight(request: &ServiceRequest) -> bool {
    *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}
