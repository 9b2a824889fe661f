//! The introspection endpoint (RFC 7662).

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde::Serialize;

use super::{
    Endpoint,
    form::{self, Callers},
};
use crate::{
    client_auth::AuthenticatedClient,
    context::Context,
    error::{Error, Refusal},
    events::Event,
    http_types::{Request, Response},
    model::{AccessToken, Artefact, ClientId, Digest, Introspects, ResourceId, Scope, Subject},
    store::Found,
    throttle::GuessAt,
    wire::{
        ErrorCode, Metadata,
        bearer::{self, BearerHeader},
        json,
    },
};

#[derive(Debug)]
pub(crate) struct IntrospectionEndpoint {
    callers: Callers,
}

/// RFC 7662 §2.2. Of a token that is not active nothing else is said.
#[derive(Debug, Default, Serialize)]
struct Answer {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<ResourceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// The answer to one unknown token too many.
#[derive(Debug, Serialize)]
struct TooMany {
    active: bool,
    error: &'static str,
    error_description: &'static str,
}

impl IntrospectionEndpoint {
    pub(crate) fn new(callers: Callers) -> Self {
        Self { callers }
    }

    async fn respond(
        &self,
        context: &Context,
        request: &Request,
        known: &mut Option<ClientId>,
    ) -> Result<Response, Error> {
        let inactive = || json::answer(StatusCode::OK, &Answer::default());
        let params = form::params_of_client(request)?;
        let caller = self.callers.authenticate(context, request, &params, known).await;
        let caller = caller.map_err(|error| match (error, bearer::read(request.headers())) {
            // RFC 7662 §2.1 leaves open that one admits; here resource servers are clients.
            (Error::Refused(_), BearerHeader::Present(_)) => Error::refused(
                ErrorCode::InvalidToken,
                "no access token admits here; resource servers authenticate as clients",
            ),
            (error, _) => error,
        })?;
        if caller.is_public() {
            let why = "introspection is for clients that authenticate";
            return Err(Error::refused(ErrorCode::InvalidClient, why));
        }
        let token = params.get("token").ok_or(Error::invalid_request("token is missing"))?;
        let who = caller.client_id.as_str();
        let Some(found) = context.grants().find(context.tenant(), &Digest::of(token)).await? else {
            let counted = context.guessed_unknown(GuessAt::IntrospectedToken, who).await;
            return Ok(counted.map_or_else(|error| throttled(&error), |()| inactive()));
        };
        if !may_introspect(context, &caller, &found) {
            // RFC 7662 §2.2 tells the caller no more than that; an operator who has forgotten to allow
            // it would look for long.
            let (client, error) = (Some(&caller.client_id), ErrorCode::AccessDenied);
            let reason =
                "the client may not introspect this token; it was told that it is inactive";
            context.record(&Event::Refused { client, error, reason });
            return Ok(inactive());
        }
        if !is_active(context, &found).await? {
            return Ok(inactive());
        }
        Ok(json::answer(StatusCode::OK, &describe(context, &found)))
    }
}

/// Asks to wait, and still says what was found, so that whoever asks in the name of others need not make
/// them wait, too.
fn throttled(error: &Error) -> Response {
    let Refusal { code, description } = error.refusal();
    let body = TooMany { active: false, error: code.as_str(), error_description: description };
    let mut response = json::answer(error.status(), &body);
    error.add_retry_after(&mut response);
    response
}

/// A client may ask about its own tokens, and about the access tokens that it is told of: by its own
/// record, or by the resource that the token is meant for.
fn may_introspect(context: &Context, caller: &AuthenticatedClient, found: &Found) -> bool {
    if found.grant.client_id == caller.client_id {
        return true;
    }
    let serves = |token: &AccessToken| {
        let resources = context.parts().resources.iter();
        let mut served = resources.filter(|own| own.introspected_by.contains(&caller.client_id));
        served.any(|own| token.audience.contains(&own.identifier))
    };
    match (&caller.introspects, &found.issued.artefact) {
        (Introspects::Any, Artefact::AccessToken(_)) => true,
        (Introspects::Audience(resources), Artefact::AccessToken(token)) => {
            token.audience.iter().any(|own| resources.contains(own)) || serves(token)
        }
        (_, Artefact::AccessToken(token)) => serves(token),
        _ => false,
    }
}

async fn is_active(context: &Context, found: &Found) -> Result<bool, Error> {
    let good = found.revoked_at.is_none()
        && found.spent.is_none()
        && found.issued.expires_at > context.now()
        && !matches!(found.issued.artefact, Artefact::AuthorizationCode(_));
    if !good {
        return Ok(false);
    }
    Ok(context.honours(&found.grant.client_id, found.issued.issued_at).await?)
}

fn describe(context: &Context, found: &Found) -> Answer {
    let (scope, token_type, aud) = match &found.issued.artefact {
        Artefact::AccessToken(token) => (&token.scope, Some("Bearer"), token.audience.clone()),
        _ => (&found.grant.scope, None, Vec::new()),
    };
    Answer {
        active: true,
        scope: Some(scope.clone()).filter(|scope| !scope.is_empty()),
        client_id: Some(found.grant.client_id.clone()),
        sub: found.grant.subject.clone(),
        token_type,
        iss: Some(context.issuer().as_str().to_owned()),
        aud,
        iat: Some(found.issued.issued_at.unix()),
        exp: Some(found.issued.expires_at.unix()),
    }
}

#[async_trait]
impl Endpoint for IntrospectionEndpoint {
    fn name(&self) -> &'static str {
        "introspection"
    }

    fn path(&self) -> &str {
        "/introspect"
    }

    fn methods(&self) -> &[Method] {
        &[Method::POST]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn describe(&self, url: String, metadata: &mut Metadata) {
        metadata.set("introspection_endpoint", url);
        self.callers.describe("introspection_endpoint_auth_methods_supported", false, metadata);
    }

    async fn serve(&self, context: Context, request: Request) -> Response {
        let mut known = None;
        match Box::pin(self.respond(&context, &request, &mut known)).await {
            Ok(answer) => answer,
            Err(error) => form::refuse(&context, known.as_ref(), &error),
        }
    }
}
