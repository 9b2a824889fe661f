//! Registering an application: a form that makes one at most.

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Method, StatusCode};
use oauth_core::{
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    http_types::{Request, Response},
    model::{ClientId, SecretHash},
    store::StoreError,
    wire::{Metadata, see_other},
};

use super::{credentials, fields};
use crate::{
    applications::{Applications, Draft, Faults, Kind, generate},
    csrf,
    response::page,
    same_origin,
    setup::{APPS, NEW_APP, Setup},
    views::{self, Here, Outcome},
};

#[derive(Debug)]
pub(crate) struct NewApplicationEndpoint {
    setup: Arc<Setup>,
    applications: Arc<Applications>,
    path: String,
}

/// The form as it is shown.
struct Form<'a> {
    token: &'a str,
    draft: &'a Draft,
    kind: Option<Kind>,
}

impl NewApplicationEndpoint {
    pub(crate) fn new(setup: Arc<Setup>, applications: Arc<Applications>) -> Self {
        Self { path: setup.below(NEW_APP), setup, applications }
    }

    async fn get(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let setup = &self.setup;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, NEW_APP));
        };
        let own = self.applications.of(context, &signed_in.subject).await?;
        if !self.applications.has_room(own.len()) {
            // That page says why.
            return Ok(see_other(&setup.path(context, APPS)));
        }
        let token = csrf::single_use_token(
            &setup.keys,
            context,
            &signed_in,
            &[NEW_APP],
            context.random()?,
        )?;
        let form = Form { token: &token, draft: &Draft::default(), kind: None };
        Ok(self.form(context, &form, &Faults::default()))
    }

    async fn post(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let (setup, applications) = (&self.setup, &self.applications);
        same_origin::check(context, request.headers())?;
        let form = form_params(request)?;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, NEW_APP));
        };
        let (token, purpose) = (form.get("csrf"), &[NEW_APP]);
        let name = csrf::check_single_use(&setup.keys, context, &signed_in, purpose, token)?;
        // Without the prefix some would begin with `-`, which commands take for an option.
        let client_id = ClientId::from(format!("app_{}", BASE64_URL_SAFE_NO_PAD.encode(name)));
        let owner = &signed_in.subject;
        let known = || applications.find(context, owner, &client_id);
        if let Some(known) = known().await? {
            return Ok(credentials(setup, context, &known, Outcome::RegisteredAlready));
        }
        let draft = Draft::read(&form, applications.allowed());
        let kind = form.get("kind").and_then(Kind::parse);
        let form = Form { token: token.unwrap_or_default(), draft: &draft, kind };
        if !applications.has_room(applications.of(context, owner).await?.len()) {
            let full = "You have as many applications as you can have. Delete one first.";
            let faults = Faults { form: Some(full.to_owned()), ..Faults::default() };
            return Ok(self.form(context, &form, &faults));
        }
        let secret = generate(context)?;
        let begun = kind.unwrap_or(Kind::Browser);
        let builder = begun.begin(client_id.as_str(), SecretHash::of_generated(&secret));
        let builder = builder.with(|client| client.owner = Some(owner.clone()));
        let client = match draft.build(builder, begun.application_type()) {
            Ok(client) if kind.is_some() => client,
            built => {
                let mut faults = built.err().unwrap_or_default();
                faults.kind = kind.is_none().then_some("Choose one.");
                return Ok(self.form(context, &form, &faults));
            }
        };
        if applications.register(context, &client).await? {
            let secret = begun.has_secret().then_some(&secret);
            return Ok(credentials(setup, context, &client, Outcome::Registered { secret }));
        }
        // The same form came in twice at once.
        let known = known().await?.ok_or(StoreError::Conflict)?;
        Ok(credentials(setup, context, &known, Outcome::RegisteredAlready))
    }

    fn form(&self, context: &Context, form: &Form<'_>, faults: &Faults) -> Response {
        let setup = &self.setup;
        let view = views::ApplicationRegistration {
            theme: &setup.theme,
            nav: setup.nav(context, Here::BelowApplications),
            action: &setup.path(context, NEW_APP),
            csrf: form.token,
            fields: fields(setup, &self.applications, form.draft, faults),
            kind: form.kind,
            back: &setup.path(context, APPS),
        };
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        page(status, &view)
    }
}

#[async_trait]
impl Endpoint for NewApplicationEndpoint {
    fn name(&self) -> &'static str {
        "new_application"
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
