//! A client reads, changes and removes itself (RFC 7592).

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    READS, Registration, RegistrationRequest,
    answer::{Told, information, refuse},
    bearer, body, secret,
};
use crate::{
    chosen_secret,
    context::Context,
    endpoint::{Endpoint, edge::bare},
    error::Error,
    events::Event,
    http_types::{METADATA_LIMIT, Request, Response},
    model::{Client, ClientId, ClientMetadata, Secret, Terms},
    store::StoreError,
    wire::Metadata,
};

/// Members that only the server may set (RFC 7592 §2.2).
const OURS: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

#[derive(Debug)]
pub(crate) struct ManagementEndpoint {
    settings: Registration,
    terms: Arc<Terms>,
}

impl ManagementEndpoint {
    pub(crate) fn new(settings: Registration, terms: Arc<Terms>) -> Self {
        Self { settings, terms }
    }

    async fn answer(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        for _ in 0..READS {
            if let Some(response) = self.attempt(context, request).await? {
                return Ok(response);
            }
        }
        Err(StoreError::unavailable("the client keeps changing").into())
    }

    /// The answer, or `None` if the client has changed since it was read: then everything is looked at
    /// anew, whether the token is still good included.
    async fn attempt(
        &self,
        context: &Context,
        request: &Request,
    ) -> Result<Option<Response>, Error> {
        let settings = &self.settings;
        let last = request.uri().path().rsplit('/').next().unwrap_or_default();
        // Whatever is escaped, it is the same URI (RFC 3986 §6.2.2.2).
        let meant = ClientId::from(percent_decode_str(last).decode_utf8_lossy());
        let own = bearer::own_client(settings, context, request, &meant).await?;
        let Some((client, token)) = own else { return Ok(None) };
        match *request.method() {
            Method::PUT => self.change(context, request, &client, token).await,
            Method::DELETE => {
                settings.registry.remove(context.tenant(), &meant).await?;
                context.record(&Event::Registered { client: &meant, what: "removed" });
                let mut response = bare(StatusCode::NO_CONTENT);
                let no_store = HeaderValue::from_static("no-store");
                response.headers_mut().insert(header::CACHE_CONTROL, no_store);
                Ok(Some(response))
            }
            _ => {
                let told =
                    Told { access_token: Some(here(context, request, token)), ..Told::default() };
                Ok(Some(information(StatusCode::OK, &client, told)))
            }
        }
    }

    async fn change(
        &self,
        context: &Context,
        request: &Request,
        seen: &Client,
        token: &str,
    ) -> Result<Option<Response>, Error> {
        let settings = &self.settings;
        let (members, metadata) = body::read(request, &self.terms_of(seen), context.now())?;
        is_of(&members, seen).await?;
        let mut asked = RegistrationRequest { metadata, client: Some(seen), initial_access: None };
        if let Some(policy) = &settings.policy {
            policy.review(context, &mut asked).await?;
        }
        let metadata = asked.metadata;
        let begun = ClientMetadata::kept(seen);
        let (secret, builder) = secret::renew(settings, context, &metadata, begun)?;
        let rotated = settings.rotate.then(|| bearer::issue(context, &seen.client_id));
        let rotated = rotated.transpose()?;
        let builder = builder.with(|client| {
            if let (Some(registered), Some(token)) = (&mut client.registered, &rotated) {
                registered.access_token = Some(token.digest());
            }
        });
        let mut changed = builder.build().map_err(body::refusal)?;
        changed.keep_trust_of(seen);
        if !settings.registry.replace(context.tenant(), seen, &changed).await? {
            return Ok(None);
        }
        context.record(&Event::Registered { client: &seen.client_id, what: "changed" });
        let token = rotated.as_ref().map_or(token, Secret::expose);
        let access_token = Some(here(context, request, token));
        let told = Told { secret: secret.as_ref(), access_token };
        Ok(Some(information(StatusCode::OK, &changed, told)))
    }

    /// What is open to every client, and what the host has given this one.
    fn terms_of(&self, client: &Client) -> Terms {
        let mut terms = (*self.terms).clone();
        terms.scope = terms.scope.union(&client.scope);
        terms.closed_grant_types.retain(|name| !client.has_grant_type(name));
        terms.grant_types.extend(client.grant_types.iter().cloned());
        if !terms.methods.contains(&client.token_endpoint_auth_method) {
            terms.methods.push(client.token_endpoint_auth_method.clone());
        }
        terms
    }
}

/// Whether the body is about this client, and sets nothing that is not the client's to set.
async fn is_of(members: &Map<String, Value>, client: &Client) -> Result<(), Error> {
    if OURS.iter().any(|name| members.contains_key(*name)) {
        return Err(body::invalid("the body names what only the server may set (RFC 7592 §2.2)"));
    }
    if members.get("client_id").and_then(Value::as_str) != Some(client.client_id.as_str()) {
        return Err(body::invalid("client_id is not that of the client"));
    }
    let Some(named) = members.get("client_secret") else { return Ok(()) };
    let named = Secret::new(named.as_str().unwrap_or_default());
    for own in &client.secrets {
        if chosen_secret::verify(&named, &own.hash).await {
            return Ok(());
        }
    }
    Err(body::invalid("client_secret is not that of the client"))
}

/// The token, and where it is used: here.
fn here<'a>(context: &Context, request: &Request, token: &'a str) -> (&'a str, String) {
    (token, format!("{}{}", context.issuer().origin(), request.uri().path()))
}

#[async_trait]
impl Endpoint for ManagementEndpoint {
    fn name(&self) -> &'static str {
        "registration_management"
    }

    fn path(&self) -> &str {
        "/register/{client_id}"
    }

    fn methods(&self) -> &[Method] {
        &[Method::GET, Method::PUT, Method::DELETE]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn body_limit(&self) -> usize {
        METADATA_LIMIT
    }

    fn describe(&self, _: String, _: &mut Metadata) {}

    async fn serve(&self, context: Context, request: Request) -> Response {
        let answer = Box::pin(self.answer(&context, &request)).await;
        answer.unwrap_or_else(|error| refuse(&context, &error))
    }
}
