//! A new secret for an own application, beside the old one for a while.

use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use oauth_core::{
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    http_types::{Request, Response},
    model::{Client, ClientId, SecretHash},
    wire::Metadata,
};

use super::{credentials, keeps_changing, not_found, secrets_mark};
use crate::{
    applications::{Applications, READS, generate, rotate},
    same_origin,
    setup::{APPS, ROTATE_SECRET, Setup},
    views::Outcome,
};

#[derive(Debug)]
pub(crate) struct RotateSecretEndpoint {
    setup: Arc<Setup>,
    applications: Arc<Applications>,
    path: String,
}

impl RotateSecretEndpoint {
    pub(crate) fn new(setup: Arc<Setup>, applications: Arc<Applications>) -> Self {
        Self { path: setup.below(ROTATE_SECRET), setup, applications }
    }

    async fn post(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let (setup, applications) = (&self.setup, &self.applications);
        same_origin::check(context, request.headers())?;
        let form = form_params(request)?;
        let Some(signed_in) = setup.signed_in(context, request.headers()).await? else {
            return Ok(setup.sign_in_for(context, APPS));
        };
        setup.check_token(context, &signed_in, ROTATE_SECRET, form.get("csrf"))?;
        let client_id = ClientId::from(form.get("client_id").unwrap_or_default());
        let secret = generate(context)?;
        let until = context.now().plus(applications.overlap_seconds());
        for _ in 0..READS {
            let own = applications.find(context, &signed_in.subject, &client_id).await?;
            let Some(own) = own else { return Ok(not_found(setup)) };
            if own.secrets.is_empty() {
                return Err(Error::invalid_request("this application has no secret"));
            }
            // A form that is posted again must not end the secret that it has just replaced.
            if form.get("replaces") != Some(&*secrets_mark(setup, context, &own)?) {
                return Ok(credentials(setup, context, &own, Outcome::RotatedAlready));
            }
            let hash = SecretHash::of_generated(&secret);
            let mut rotated = Client::clone(&own);
            rotated.secrets = rotate(&own.secrets, hash, context.now(), until);
            if applications.replace(context, &own, &rotated).await? {
                let mut ends = rotated.secrets.iter().filter_map(|secret| secret.expires_at);
                let outcome = Outcome::Rotated { secret: &secret, old_until: ends.next() };
                return Ok(credentials(setup, context, &rotated, outcome));
            }
        }
        Err(keeps_changing())
    }
}

#[async_trait]
impl Endpoint for RotateSecretEndpoint {
    fn name(&self) -> &'static str {
        "rotate_secret"
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
