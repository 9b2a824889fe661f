//! Registering (RFC 7591 §3).

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Method, StatusCode};

use super::{
    READS, Registration, RegistrationRequest,
    answer::{Told, information, refuse},
    bearer, body, secret,
};
use crate::{
    context::Context,
    endpoint::Endpoint,
    error::Error,
    events::Event,
    http_types::{METADATA_LIMIT, Request, Response},
    model::{Client, ClientId, ClientMetadata, Digest, Registered, Secret, Terms},
    store::StoreError,
    throttle::GuessAt,
    wire::Metadata,
};

/// Within how many seconds the same public client from the same address is the same client.
const SAME: i64 = 24 * 60 * 60;

#[derive(Debug)]
pub(crate) struct RegistrationEndpoint {
    settings: Registration,
    terms: Arc<Terms>,
}

impl RegistrationEndpoint {
    pub(crate) fn new(settings: Registration, terms: Arc<Terms>) -> Self {
        Self { settings, terms }
    }

    async fn register(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let settings = &self.settings;
        let presented = bearer::presented_or_open(settings, request)?;
        if presented.is_none() {
            context.may_guess(GuessAt::Registration, "").await?;
        }
        // Before the token, which may be good for one use.
        let metadata = match self.checked(context, request) {
            Ok(metadata) => metadata,
            Err(refused) if presented.is_none() => return Err(refused),
            Err(refused) => return Err(bearer::unproven(context, refused).await),
        };
        let initial_access = bearer::initial_access(settings, context, presented).await?;
        let mut asked = RegistrationRequest { metadata, client: None, initial_access };
        if let Some(policy) = &settings.policy {
            policy.review(context, &mut asked).await?;
        }
        if initial_access.is_none() {
            context.guessed_wrong(GuessAt::Registration, "").await;
        }
        let metadata = asked.metadata;
        if let Some(client_id) = same_id(context, &metadata, initial_access) {
            match self.add(context, request, client_id.clone(), &metadata).await {
                Err(Error::Store(StoreError::Conflict)) => {}
                answer => return answer,
            }
            if let Some(response) = self.again(context, &client_id, &metadata).await? {
                return Ok(response);
            }
        }
        let bytes: [u8; 16] = context.random()?;
        self.add(context, request, client_id(&bytes), &metadata).await
    }

    async fn add(
        &self,
        context: &Context,
        request: &Request,
        client_id: ClientId,
        metadata: &ClientMetadata,
    ) -> Result<Response, Error> {
        let (settings, now) = (&self.settings, context.now());
        let access_token = bearer::issue(context, &client_id)?;
        let mut registered = Registered::at(now);
        registered.unused_until = settings.unused.map(|seconds| now.plus(seconds));
        registered.access_token = Some(access_token.digest());
        let (secret, mut client) = self.client(context, &client_id, metadata)?;
        client.registered = Some(registered);
        settings.registry.register(context.tenant(), &client).await?;
        context.record(&Event::Registered { client: &client_id, what: "registered" });
        let uri = context.issuer().origin();
        let access_token =
            (access_token.expose(), format!("{uri}{}/{client_id}", request.uri().path()));
        let told = Told { secret: secret.as_ref(), access_token: Some(access_token) };
        Ok(information(StatusCode::CREATED, &client, told))
    }

    /// What is asked for, if it can be registered as it is.
    fn checked(&self, context: &Context, request: &Request) -> Result<ClientMetadata, Error> {
        let (_, metadata) = body::read(request, &self.terms, context.now())?;
        self.client(context, &client_id(&[]), &metadata)?;
        Ok(metadata)
    }

    /// The client that says this, with a new secret where it needs one.
    fn client(
        &self,
        context: &Context,
        client_id: &ClientId,
        metadata: &ClientMetadata,
    ) -> Result<(Option<Secret>, Client), Error> {
        let builder = Client::public(client_id.as_str());
        let (secret, builder) = secret::renew(&self.settings, context, metadata, builder)?;
        let builder = builder.refresh_policy(self.terms.refresh_policy);
        Ok((secret, builder.build().map_err(body::refusal)?))
    }

    /// The same client again, if it still is what is asked for. Whoever could change it cannot any
    /// more: it may now be somebody else's, too. One that keeps changing is not handed out.
    async fn again(
        &self,
        context: &Context,
        client_id: &ClientId,
        metadata: &ClientMetadata,
    ) -> Result<Option<Response>, Error> {
        let wanted = metadata.client(client_id.as_str(), None).and_then(|builder| builder.build());
        let Ok(wanted) = wanted else { return Ok(None) };
        for _ in 0..READS {
            let found = self.settings.registry.find(context.tenant(), client_id).await?;
            let Some(client) = found else { return Ok(None) };
            if client.disabled || says(&client) != says(&wanted) {
                return Ok(None);
            }
            let unused_until = self.settings.unused.map(|seconds| context.now().plus(seconds));
            if bearer::end(&self.settings, context, &client, unused_until).await? {
                context.record(&Event::Registered { client: client_id, what: "registered_again" });
                return Ok(Some(information(StatusCode::CREATED, &client, Told::default())));
            }
        }
        Ok(None)
    }
}

fn says(client: &Client) -> Option<String> {
    serde_json::to_string(&ClientMetadata::of(client)).ok()
}

/// The identifier that a public client has today, at this address, with this metadata.
fn same_id(
    context: &Context,
    metadata: &ClientMetadata,
    initial_access: Option<Digest>,
) -> Option<ClientId> {
    if metadata.method() != "none" {
        return None;
    }
    let (peer, day) = (context.peer()?, context.now().unix().div_euclid(SAME));
    let said = serde_json::to_string(metadata).ok()?;
    let initial_access = initial_access.map(|digest| digest.to_string()).unwrap_or_default();
    // JSON, so that no part can spill into the next.
    let all = (context.issuer().as_str(), peer.to_string(), day, initial_access, said);
    let digest = Digest::of(&serde_json::to_string(&all).ok()?);
    Some(client_id(&digest.as_bytes()[..16]))
}

fn client_id(bytes: &[u8]) -> ClientId {
    ClientId::from(format!("dyn_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

#[async_trait]
impl Endpoint for RegistrationEndpoint {
    fn name(&self) -> &'static str {
        "registration"
    }

    fn path(&self) -> &str {
        "/register"
    }

    fn methods(&self) -> &[Method] {
        &[Method::POST]
    }

    fn cross_origin(&self) -> bool {
        true
    }

    fn body_limit(&self) -> usize {
        METADATA_LIMIT
    }

    fn describe(&self, url: String, metadata: &mut Metadata) {
        metadata.set("registration_endpoint", url);
    }

    async fn serve(&self, context: Context, request: Request) -> Response {
        let answer = Box::pin(self.register(&context, &request)).await;
        answer.unwrap_or_else(|error| refuse(&context, &error))
    }
}
