//! The revocation endpoint (RFC 7009).

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::{
    Endpoint,
    form::{self, Callers},
};
use crate::{
    context::Context,
    error::Error,
    events::Event,
    http_types::{Request, Response},
    model::{Artefact, ClientId, Digest},
    store::Revoke,
    wire::{ErrorCode, Metadata, json},
};

#[derive(Debug)]
pub(crate) struct RevocationEndpoint {
    callers: Callers,
}

impl RevocationEndpoint {
    pub(crate) fn new(callers: Callers) -> Self {
        Self { callers }
    }

    async fn respond(
        &self,
        context: &Context,
        request: &Request,
        known: &mut Option<ClientId>,
    ) -> Result<(), Error> {
        let params = form::params_of_client(request)?;
        let client = self.callers.authenticate(context, request, &params, known).await?;
        let token = params.get("token").ok_or(Error::invalid_request("token is missing"))?;
        let key = Digest::of(token);
        // RFC 7009 §2.2: a token that is not there cannot be used, which is what was asked for.
        let Some(found) = context.grants().find(context.tenant(), &key).await? else {
            return Ok(());
        };
        if found.grant.client_id != client.client_id {
            let why = "the token was issued to another client";
            return Err(Error::refused(ErrorCode::UnauthorizedClient, why));
        }
        let revoke = match found.issued.artefact {
            Artefact::AccessToken(_) => Revoke::Token(key),
            Artefact::RefreshToken(_) => Revoke::Grant(found.grant.id),
            Artefact::AuthorizationCode(_) => return Ok(()),
        };
        let what = if matches!(revoke, Revoke::Token(_)) { "token" } else { "grant" };
        let count = context.grants().revoke(context.tenant(), &revoke, context.now()).await?;
        let (client, subject) = (Some(&client.client_id), found.grant.subject.as_ref());
        let grant = Some(found.grant.id);
        context.record(&Event::Revoked { what, client, subject, grant, count });
        Ok(())
    }
}

#[async_trait]
impl Endpoint for RevocationEndpoint {
    fn name(&self) -> &'static str {
        "revocation"
    }

    fn path(&self) -> &str {
        "/revoke"
    }

    fn methods(&self) -> &[Method] {
        &[Method::POST]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn describe(&self, url: String, metadata: &mut Metadata) {
        metadata.set("revocation_endpoint", url);
        self.callers.describe("revocation_endpoint_auth_methods_supported", true, metadata);
    }

    async fn serve(&self, context: Context, request: Request) -> Response {
        let mut known = None;
        match Box::pin(self.respond(&context, &request, &mut known)).await {
            // RFC 7009 §2.2 asks for no body; `{}` pleases the clients that parse one.
            Ok(()) => json::answer(StatusCode::OK, &Map::<String, Value>::new()),
            Err(error) => form::refuse(&context, known.as_ref(), &error),
        }
    }
}
