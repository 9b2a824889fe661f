//! Sign-out: the session ends in this browser.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode, header};
use oauth_core::{
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    http_types::{Request, Response},
    wire::{Metadata, see_other},
};

use crate::{
    response::page,
    same_origin,
    sessions::CookieSessions,
    setup::{SIGN_OUT, Setup},
    views,
};

#[derive(Debug)]
pub(crate) struct SignOutEndpoint {
    setup: Arc<Setup>,
    sessions: CookieSessions,
    path: String,
}

impl SignOutEndpoint {
    pub(crate) fn new(setup: Arc<Setup>, sessions: CookieSessions) -> Self {
        Self { path: setup.below(SIGN_OUT), setup, sessions }
    }

    async fn post(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        same_origin::check(context, request.headers())?;
        let form = form_params(request)?;
        // Who is signed out already, or posts the form again, needs no token.
        if let Some(signed_in) = self.setup.signed_in(context, request.headers()).await? {
            self.setup.check_token(context, &signed_in, SIGN_OUT, form.get("csrf"))?;
        }
        let return_to = form.get("return_to").and_then(|text| context.return_to(text));
        let mut response = match return_to {
            Some(return_to) => see_other(return_to.as_str()),
            None => {
                let sign_in = self.setup.sign_in_path(context);
                let view = views::SignedOut { theme: &self.setup.theme, sign_in: &sign_in };
                page(StatusCode::OK, &view)
            }
        };
        // A form on another website comes without the cookie, and takes away none.
        if self.sessions.is_sent(context, request.headers()) {
            response.headers_mut().append(header::SET_COOKIE, self.sessions.end(context));
        }
        Ok(response)
    }
}

#[async_trait]
impl Endpoint for SignOutEndpoint {
    fn name(&self) -> &'static str {
        "sign_out"
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn methods(&self) -> &[Method] {
        &[Method::POST]
    }

    fn cross_origin(&self) -> bool {
        false
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, context: Context, request: Request) -> Response {
        let answer = self.post(&context, &request).await;
        answer.unwrap_or_else(|error| context.error_page(&error))
    }
}
