//! Deleting an own application, once that is confirmed.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use oauth_core::{
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    http_types::{Request, Response},
    model::ClientId,
    wire::{Metadata, Params, see_other},
};

use super::{address, not_found};
use crate::{
    applications::Applications,
    response::page,
    same_origin,
    setup::{APPS, DELETE_APP, DELETED, EDIT_APP, Setup},
    views::{self, Here},
};

#[derive(Debug)]
pub(crate) struct DeleteApplicationEndpoint {
    setup: Arc<Setup>,
    applications: Arc<Applications>,
    path: String,
}

impl DeleteApplicationEndpoint {
    pub(crate) fn new(setup: Arc<Setup>, applications: Arc<Applications>) -> Self {
        Self { path: setup.below(DELETE_APP), setup, applications }
    }

    async fn get(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let setup = &self.setup;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, APPS));
        };
        let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes())?;
        let client_id = ClientId::from(query.get("client_id").unwrap_or_default());
        let own = self.applications.find(context, &signed_in.subject, &client_id).await?;
        let Some(own) = own else { return Ok(not_found(setup)) };
        let view = views::ApplicationRemoval {
            theme: &setup.theme,
            nav: setup.nav(context, Here::BelowApplications),
            action: &setup.path(context, DELETE_APP),
            csrf: &setup.token(context, &signed_in, DELETE_APP)?,
            client_id: own.client_id.as_str(),
            name: own.display_name(),
            back: &address(setup, context, EDIT_APP, &own.client_id),
        };
        Ok(page(StatusCode::OK, &view))
    }

    async fn post(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let setup = &self.setup;
        same_origin::check(context, request.headers())?;
        let form = form_params(request)?;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, APPS));
        };
        setup.check_token(context, &signed_in, DELETE_APP, form.get("csrf"))?;
        let client_id = ClientId::from(form.get("client_id").unwrap_or_default());
        let own = self.applications.find(context, &signed_in.subject, &client_id).await?;
        let Some(own) = own else { return Ok(not_found(setup)) };
        // Whether it was there until now or not, it is gone.
        self.applications.remove(context, &own.client_id).await?;
        let proof = setup.token(context, &signed_in, DELETED)?;
        Ok(see_other(&format!("{}?deleted={proof}", setup.path(context, APPS))))
    }
}

#[async_trait]
impl Endpoint for DeleteApplicationEndpoint {
    fn name(&self) -> &'static str {
        "delete_application"
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET, Method::POST]
    }

    fn cross_origin(&self) -> bool {
        false
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, context: Context, request: Request) -> Response {
        let answer = match *request.method() {
            Method::POST => self.post(&context, &request).await,
            _ => self.get(&context, &request).await,
        };
        answer.unwrap_or_else(|error| context.error_page(&error))
    }
}
