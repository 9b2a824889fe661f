//! An authorization request about which everything has been checked.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::Method;

use super::{
    Prompt,
    checks::{self, Asked, ResponseType},
    target::Target,
};
use crate::{
    clock::Timestamp,
    context::Context,
    endpoint::form::is_form,
    error::Error,
    http_types::{Request, Response},
    model::{Client, RedirectUri, ResourceId, Scope},
    wire::{InvalidParams, Params, ReturnTo, redirect::see_other},
};

/// An authorization request, checked: the client is known, the redirect URI is its own, PKCE is
/// there, scope and resources are within what the client may ask. What remains is to ask whoever
/// is signed in, and to answer.
#[must_use = "answer it with `allow`, `deny` or `sign_in_at`"]
pub struct AuthorizationRequest {
    pub(super) context: Context,
    pub(super) client: Arc<Client>,
    pub(super) target: Target,
    pub(super) redirect_uri_was_named: bool,
    pub(super) asked: Asked,
    pub(super) query: String,
    login_hint: Option<String>,
    ui_locales: Option<String>,
    acr_values: Option<String>,
    body: Bytes,
}

/// Without the body, which may be a form of the host's own.
impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client", &self.client.client_id)
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl AuthorizationRequest {
    /// Checks a request.
    ///
    /// # Errors
    /// The response that answers it: an error page while it is not proven where an answer may go, a
    /// redirect with `error`, `state` and `iss` after that, and for a request that was posted a
    /// redirect to the same request in the address.
    pub async fn from_request(context: Context, request: Request) -> Result<Self, Response> {
        let query = request.uri().query().unwrap_or_default();
        if request.method() == Method::POST && query.is_empty() {
            return Err(posted(&context, &request));
        }
        // There is nobody yet who could be told otherwise.
        let page = |error: Error| context.error_page(&error);
        let params = Params::parse(query.as_bytes()).map_err(|invalid| page(invalid.into()))?;
        let client = checks::client(&context, &params).await.map_err(page)?;
        let (target, redirect_uri_was_named) = checks::target(&client, &params).map_err(page)?;
        let asked = checks::asked(&context, &client, &params).map_err(|error| {
            context.record_error(Some(&client.client_id), &error);
            target.error(&context, &error)
        })?;
        let owned = |name| params.get(name).map(str::to_owned);
        Ok(Self {
            login_hint: owned("login_hint"),
            ui_locales: owned("ui_locales"),
            acr_values: owned("acr_values"),
            query: ReturnTo::plain_query(query),
            body: request.body().clone(),
            client,
            target,
            redirect_uri_was_named,
            asked,
            context,
        })
    }

    /// The client that asks.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What it asks for.
    pub fn scope(&self) -> &Scope {
        &self.asked.scope
    }

    /// Whether the answer is an access token (RFC 6749 §4.2), which whoever receives it can use: the
    /// client never proves who it is. It should be asked for each time (RFC 6749 §10.2).
    pub fn is_implicit(&self) -> bool {
        self.asked.response_type == ResponseType::Token
    }

    /// Where it wants to use it (RFC 8707); empty if it does not say.
    pub fn resources(&self) -> &[ResourceId] {
        &self.asked.resources
    }

    /// Where the answer goes.
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.target.redirect_uri
    }

    /// What the client asks to be shown.
    pub fn prompt(&self) -> Prompt {
        self.asked.prompt
    }

    /// How old a sign-in may be, in seconds.
    pub fn max_age(&self) -> Option<u32> {
        self.asked.max_age
    }

    /// Who the client thinks is in front of the screen. A suggestion, unproven.
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// The languages that the client suggests, in BCP 47 tags separated by spaces.
    pub fn ui_locales(&self) -> Option<&str> {
        self.ui_locales.as_deref()
    }

    /// How the client would like the resource owner to sign in.
    pub fn acr_values(&self) -> Option<&str> {
        self.acr_values.as_deref()
    }

    /// The path and query of the request. A consent form that is posted there meets the same
    /// request again, checked again, with the form in [`form`](Self::form).
    pub fn address(&self) -> String {
        format!("{}?{}", self.context.parts().authorize_path, self.query)
    }

    /// The fields of a form that was posted to [`address`](Self::address), whatever it was declared to be:
    /// [`form_params`](crate::endpoint::form_params) looks at that, too.
    ///
    /// # Errors
    /// [`InvalidParams`] if the body is no form.
    pub fn form(&self) -> Result<Params<'_>, InvalidParams> {
        Params::parse(&self.body)
    }

    /// The server's view of the request.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether a visitor who signed in at `auth_time` must do so again for this request. `max_age=0`
    /// always says so, as `prompt=login` does (OpenID Connect Core §3.1.2.1).
    pub fn needs_sign_in(&self, auth_time: Timestamp) -> bool {
        let age = self.context.now().seconds_since(auth_time);
        let too_old = |max_age: u32| max_age == 0 || age > u64::from(max_age);
        self.asked.prompt.login || self.asked.max_age.is_some_and(too_old)
    }
}

/// An authorization request by POST (RFC 6749 §3.1) becomes the same by GET: the query is the state.
fn posted(context: &Context, request: &Request) -> Response {
    let form = is_form(request.headers());
    let plain = request.body().iter().all(|&b| b.is_ascii_graphic() && b != b'#');
    match std::str::from_utf8(request.body()) {
        Ok(query) if form && plain && !query.is_empty() => {
            see_other(&format!("{}?{query}", context.parts().authorize_path))
        }
        _ => {
            let why = "an authorization request is a query or a form";
            context.error_page(&Error::invalid_request(why))
        }
    }
}
