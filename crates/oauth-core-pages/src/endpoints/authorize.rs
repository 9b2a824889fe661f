//! Authorization: whoever is signed in is asked, or has been.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use oauth_core::{
    Approval, AuthorizationRequest,
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    http_types::{Request, Response},
    model::{GrantId, ResourceId, Scope},
    wire::{Metadata, Params},
};

use crate::{
    csrf,
    remembered::allow_if_remembered,
    response::page,
    same_origin,
    sessions::SignedIn,
    setup::{AUTHORIZE, SIGN_OUT, Setup},
    views::{self, SignOut},
};

/// What the form of the page is for.
const CONSENT: &str = "consent";

#[derive(Debug)]
pub(crate) struct AuthorizeEndpoint {
    setup: Arc<Setup>,
    path: String,
}

impl AuthorizeEndpoint {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        Self { path: setup.below(AUTHORIZE), setup }
    }

    async fn get(
        &self,
        asked: &AuthorizationRequest,
        signed_in: Option<SignedIn>,
    ) -> Result<Response, Error> {
        let sign_in_path = self.setup.sign_in_path(asked.context());
        let Some(signed_in) = signed_in else { return Ok(asked.sign_in_at(&sign_in_path)) };
        if asked.prompt().select_account || asked.needs_sign_in(signed_in.auth_time) {
            return Ok(asked.sign_in_at(&sign_in_path));
        }
        if let Some(response) = allow_if_remembered(asked, &signed_in).await? {
            return Ok(response);
        }
        if asked.prompt().none {
            return Ok(asked.consent_required());
        }
        self.ask(asked, &signed_in)
    }

    async fn post(
        &self,
        asked: &AuthorizationRequest,
        signed_in: Option<SignedIn>,
        form: &Params<'_>,
    ) -> Result<Response, Error> {
        let context = asked.context();
        let Some(signed_in) = signed_in else {
            return Ok(asked.sign_in_at(&self.setup.sign_in_path(context)));
        };
        let token = form.get("consent");
        let shown = Shown::of(asked);
        let name =
            csrf::check_single_use(&self.setup.keys, context, &signed_in, &shown.parts(), token)?;
        match form.get("decision") {
            Some("deny") => Ok(asked.deny()),
            Some("allow") => {
                let SignedIn { subject, auth_time, .. } = signed_in;
                let mut approval =
                    Approval::new(subject).auth_time(auth_time).once(GrantId::from_bytes(name));
                if let Some(scope) = named_scope(asked, form)? {
                    approval = approval.scope(scope);
                }
                Ok(asked.allow(approval).await)
            }
            _ => Err(Error::invalid_request("decision is allow or deny")),
        }
    }

    fn ask(&self, asked: &AuthorizationRequest, signed_in: &SignedIn) -> Result<Response, Error> {
        let (setup, context, address) = (&self.setup, asked.context(), asked.address());
        let shown = Shown::of(asked);
        let sign_out_path = setup.path(context, SIGN_OUT);
        let sign_out_token = setup.token(context, signed_in, SIGN_OUT)?;
        let name = *context.new_grant_id()?.as_bytes();
        let view = views::Consent {
            theme: &setup.theme,
            action: &address,
            consent: &csrf::single_use_token(
                &setup.keys,
                context,
                signed_in,
                &shown.parts(),
                name,
            )?,
            account: &signed_in.account,
            sign_out: setup.has_sign_out().then_some(SignOut {
                action: &sign_out_path,
                csrf: &sign_out_token,
                return_to: Some(&address),
            }),
            client_name: asked.client().display_name(),
            described_at: asked.client().described_at(),
            on_device: !asked.redirect_uri().is_website(),
            resources: resources(asked),
            redirect_host: asked.redirect_uri().display_host(),
            scopes: setup.words.lines(asked.scope().iter()),
        };
        Ok(page(StatusCode::OK, &view))
    }
}

/// Where the application wants to use it, as people call it.
fn resources(asked: &AuthorizationRequest) -> Vec<&str> {
    let named = asked.resources().iter();
    let known = |id| asked.context().resource(id).and_then(|own| own.name.as_deref());
    named.map(|id| known(id).unwrap_or(id.as_str())).collect()
}

/// What the page shows, and what it stands for: what is allowed is this. Where the request leaves
/// something out, the client's record says it, which may change while the page is open.
struct Shown<'a> {
    address: String,
    redirect_uri: &'a str,
    scope: String,
    resources: String,
    client_name: &'a str,
}

impl<'a> Shown<'a> {
    fn of(asked: &'a AuthorizationRequest) -> Self {
        let resources: Vec<_> = asked.resources().iter().map(ResourceId::as_str).collect();
        Self {
            address: asked.address(),
            redirect_uri: asked.redirect_uri().as_str(),
            scope: asked.scope().to_string(),
            resources: resources.join(" "),
            client_name: asked.client().display_name(),
        }
    }

    /// As the purpose of the form.
    fn parts(&self) -> [&str; 6] {
        let Self { address, redirect_uri, scope, resources, client_name } = self;
        [CONSENT, address, redirect_uri, scope, resources, client_name]
    }
}

/// The scope that the form names, if it names one: some of what was asked for and nothing else.
fn named_scope(asked: &AuthorizationRequest, form: &Params<'_>) -> Result<Option<Scope>, Error> {
    if !form.is_sent("scope") {
        return Ok(None);
    }
    let text = form.get("scope").ok_or(Error::invalid_request("the form allows nothing"))?;
    let scope = Scope::parse(text).ok().filter(|scope| scope.is_subset(asked.scope()));
    scope.map(Some).ok_or(Error::invalid_request("the form names a scope that was not asked for"))
}

#[async_trait]
impl Endpoint for AuthorizeEndpoint {
    fn name(&self) -> &'static str {
        "authorize"
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
        let sent = request.clone();
        let asked = match AuthorizationRequest::from_request(context.clone(), request).await {
            Ok(asked) => asked,
            Err(response) => return response,
        };
        let signed_in = match self.setup.signed_in(&context, sent.headers()).await {
            Ok(signed_in) => signed_in,
            // The client can be told; it knows better than the person what to do next.
            Err(error) => return asked.refuse(&error),
        };
        if sent.method() != Method::POST {
            let answer = self.get(&asked, signed_in).await;
            return answer.unwrap_or_else(|error| asked.refuse(&error));
        }
        // A form that cannot be trusted says nothing to the client.
        let answer = async {
            same_origin::check(&context, sent.headers())?;
            self.post(&asked, signed_in, &form_params(&sent)?).await
        };
        answer.await.unwrap_or_else(|error| context.error_page(&error))
    }
}
