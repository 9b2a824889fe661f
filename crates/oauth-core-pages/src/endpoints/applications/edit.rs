//! Editing an own application.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use oauth_core::{
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    http_types::{Request, Response},
    model::{Client, ClientId},
    wire::{Metadata, Params, see_other},
};

use super::{address, fields, keeps_changing, not_found, secrets_mark};
use crate::{
    applications::{Applications, Draft, Faults, Kind, READS},
    response::page,
    same_origin,
    sessions::SignedIn,
    setup::{APPS, DELETE_APP, EDIT_APP, ROTATE_SECRET, SAVED, Setup},
    views::{self, Here, NewSecret},
};

#[derive(Debug)]
pub(crate) struct EditApplicationEndpoint {
    setup: Arc<Setup>,
    applications: Arc<Applications>,
    path: String,
}

impl EditApplicationEndpoint {
    pub(crate) fn new(setup: Arc<Setup>, applications: Arc<Applications>) -> Self {
        Self { path: setup.below(EDIT_APP), setup, applications }
    }

    async fn get(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let setup = &self.setup;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, APPS));
        };
        let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes())?;
        let client_id = ClientId::from(query.get("client_id").unwrap_or_default());
        match self.applications.find(context, &signed_in.subject, &client_id).await? {
            Some(own) => self.form(context, &signed_in, &own, &Draft::of(&own), &Faults::default()),
            None => Ok(not_found(setup)),
        }
    }

    async fn post(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let (setup, applications) = (&self.setup, &self.applications);
        same_origin::check(context, request.headers())?;
        let form = form_params(request)?;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, APPS));
        };
        setup.check_token(context, &signed_in, EDIT_APP, form.get("csrf"))?;
        let client_id = ClientId::from(form.get("client_id").unwrap_or_default());
        let draft = Draft::read(&form, applications.allowed());
        for _ in 0..READS {
            let own = applications.find(context, &signed_in.subject, &client_id).await?;
            let Some(own) = own else { return Ok(not_found(setup)) };
            let changed = match draft.change(&own, applications.allowed()) {
                Ok(changed) => changed,
                Err(faults) => return self.form(context, &signed_in, &own, &draft, &faults),
            };
            if applications.replace(context, &own, &changed).await? {
                let proof = setup.token(context, &signed_in, SAVED)?;
                return Ok(see_other(&format!("{}?saved={proof}", setup.path(context, APPS))));
            }
        }
        Err(keeps_changing())
    }

    fn form(
        &self,
        context: &Context,
        signed_in: &SignedIn,
        own: &Client,
        draft: &Draft,
        faults: &Faults,
    ) -> Result<Response, Error> {
        let setup = &self.setup;
        let now = context.now();
        let live =
            own.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|end| now < end));
        let new_secret = if own.secrets.is_empty() {
            None
        } else {
            Some(NewSecret {
                action: setup.path(context, ROTATE_SECRET),
                csrf: setup.token(context, signed_in, ROTATE_SECRET)?,
                two_live: live.count() > 1,
                replaces: secrets_mark(setup, context, own)?,
            })
        };
        let view = views::ApplicationSettings {
            theme: &setup.theme,
            nav: setup.nav(context, Here::BelowApplications),
            action: &setup.path(context, EDIT_APP),
            csrf: &setup.token(context, signed_in, EDIT_APP)?,
            client_id: own.client_id.as_str(),
            name: own.display_name(),
            kind: Kind::of(own).label(),
            disabled: own.disabled,
            fields: fields(setup, &self.applications, draft, faults),
            new_secret,
            delete: &address(setup, context, DELETE_APP, &own.client_id),
            back: &setup.path(context, APPS),
        };
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        Ok(page(status, &view))
    }
}

#[async_trait]
impl Endpoint for EditApplicationEndpoint {
    fn name(&self) -> &'static str {
        "edit_application"
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
