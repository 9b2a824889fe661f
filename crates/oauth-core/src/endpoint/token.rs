//! The token endpoint (RFC 6749 §3.2).

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::{
    Endpoint, dialect,
    form::{self, Callers},
};
use crate::{
    client_auth::AuthenticatedClient,
    context::Context,
    error::Error,
    events::Event,
    grant_type::{GrantType, TokenRequest},
    http_types::{Request, Response},
    model::{Client, ClientId},
    token::{self, Issuance},
    wire::{ErrorCode, Metadata, ShapeTokenResponse, TokenResponse, json},
};

/// How often a decision is made anew because somebody else was faster.
const DECISIONS: usize = 3;

#[derive(Debug)]
pub(crate) struct TokenEndpoint {
    callers: Callers,
    grant_types: Vec<Arc<dyn GrantType>>,
    shape: Option<Arc<dyn ShapeTokenResponse>>,
}

impl TokenEndpoint {
    pub(crate) fn new(
        callers: Callers,
        grant_types: Vec<Arc<dyn GrantType>>,
        shape: Option<Arc<dyn ShapeTokenResponse>>,
    ) -> Self {
        Self { callers, grant_types, shape }
    }

    async fn respond(
        &self,
        context: &Context,
        request: &Request,
        known: &mut Option<ClientId>,
    ) -> Result<Response, Error> {
        let params = form::params_of_client(request)?;
        let client = self.callers.authenticate(context, request, &params, known).await?;
        let named = dialect::grant_type(context, request, &params, &client)?;
        let grant_type = self.grant_type(&named, &client)?;
        let request = TokenRequest { context, client: &client, params: &params };
        for _ in 0..DECISIONS {
            let decision = grant_type.decide(&request).await?;
            // Two boxes that fit into what allocators keep at hand, in place of one that does not.
            let issuing = Box::pin(token::issue(context, &client, &decision));
            if let Issuance::Done(done) = issuing.await? {
                context.record(&Event::Issued {
                    client: &client.client_id,
                    subject: done.subject.as_ref(),
                    grant: done.grant,
                    grant_type: grant_type.name(),
                    scope: &done.response.scope,
                    refresh_token: done.response.refresh_token.is_some(),
                });
                return Ok(self.answer(&client, &done.response));
            }
        }
        Err(Error::invalid_grant("it is no longer valid"))
    }

    fn answer(&self, client: &Client, issued: &TokenResponse) -> Response {
        let Some(shape) = &self.shape else { return json::answer(StatusCode::OK, issued) };
        let mut members = match serde_json::to_value(issued) {
            Ok(Value::Object(members)) => members,
            // A struct of strings and numbers is always an object.
            _ => Map::new(),
        };
        shape.shape(client, issued, &mut members);
        json::answer(StatusCode::OK, &members)
    }

    fn grant_type(
        &self,
        named: &str,
        client: &AuthenticatedClient,
    ) -> Result<&dyn GrantType, Error> {
        let grant_type = self.grant_types.iter().find(|own| own.name() == named).ok_or(
            Error::refused(ErrorCode::UnsupportedGrantType, "the server has no such grant type"),
        )?;
        if client.has_grant_type(named) {
            Ok(&**grant_type)
        } else {
            let why = "the client is not registered for the grant type";
            Err(Error::refused(ErrorCode::UnauthorizedClient, why))
        }
    }
}

#[async_trait]
impl Endpoint for TokenEndpoint {
    fn name(&self) -> &'static str {
        "token"
    }

    fn path(&self) -> &str {
        "/token"
    }

    fn methods(&self) -> &[Method] {
        &[Method::POST]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn describe(&self, url: String, metadata: &mut Metadata) {
        metadata.set("token_endpoint", url);
        metadata.add("grant_types_supported", self.grant_types.iter().map(|own| own.name()));
        self.callers.describe("token_endpoint_auth_methods_supported", true, metadata);
    }

    async fn serve(&self, context: Context, request: Request) -> Response {
        let mut known = None;
        match Box::pin(self.respond(&context, &request, &mut known)).await {
            Ok(response) => response,
            Err(error) => form::refuse(&context, known.as_ref(), &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, ClientId, Context, Request, TokenEndpoint, token};
    use crate::grant_type::Decision;

    /// In bytes: glibc's allocator hands out no more from what a thread keeps at hand, and whatever is
    /// longer takes ten times as long.
    const AT_HAND: usize = 1032;

    fn size<A, F>(_: impl FnOnce(A) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn its_futures_are_small() {
        type Respond<'a> = (&'a TokenEndpoint, &'a Context, &'a Request, &'a mut Option<ClientId>);
        type Issue<'a> = (&'a Context, &'a Client, &'a Decision);
        let respond = size(|(own, context, request, known): Respond<'static>| {
            own.respond(context, request, known)
        });
        let issue = size(|(context, client, decision): Issue<'static>| {
            token::issue(context, client, decision)
        });
        assert!(respond <= AT_HAND && issue <= AT_HAND, "{respond} and {issue} bytes");
    }
}
