//! Sign-in: a user name and a password become a session.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode, header};
use oauth_core::{
    context::Context,
    endpoint::{Endpoint, form_params},
    error::Error,
    events::Event,
    http_types::{Request, Response},
    model::{Secret, Subject},
    store::Users,
    throttle::GuessAt,
    wire::{Metadata, Params, ReturnTo, see_other},
};

use crate::{
    browser::Browser,
    csrf::{self, Holder, forged},
    response::page,
    same_origin,
    sessions::{CookieSessions, SignedIn},
    setup::{SIGN_IN, SIGN_OUT, Setup},
    views::{self, Refusal, SignOut},
    waiting::{USERNAME_LIMIT, Waiting},
};

/// The longest password that the host is asked about, in bytes: four for each character that the
/// form lets in.
const PASSWORD_LIMIT: usize = 4 * 1024;

#[derive(Debug)]
pub(crate) struct SignInEndpoint {
    setup: Arc<Setup>,
    users: Arc<dyn Users>,
    sessions: CookieSessions,
    path: String,
}

impl SignInEndpoint {
    pub(crate) fn new(setup: Arc<Setup>, users: Arc<dyn Users>, sessions: CookieSessions) -> Self {
        Self { path: setup.below(SIGN_IN), setup, users, sessions }
    }

    async fn get(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes())?;
        let waiting = Waiting::read(context, query.get("return_to")).await?;
        if waiting.return_to.is_none()
            && let Some(signed_in) = self.setup.signed_in(context, request.headers()).await?
        {
            return self.signed_in(context, &signed_in);
        }
        let browser = Browser::known_or_new(context, request.headers())?;
        let username = waiting.login_hint.as_deref().unwrap_or_default();
        let mut response = self.form(context, &browser, &waiting, username, None)?;
        if let Some(cookie) = browser.into_set_cookie() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    async fn post(&self, context: &Context, request: &Request) -> Result<Response, Error> {
        same_origin::check(context, request.headers())?;
        let form = form_params(request)?;
        let browser = Browser::known(context, request.headers()).ok_or(forged())?;
        let holder = Holder::Browser(&browser);
        csrf::check(&self.setup.keys, context, holder, SIGN_IN, form.get("csrf"))?;
        let waiting = Waiting::read(context, form.get("return_to")).await?;
        let username = form.get("username").unwrap_or_default();
        let password = Secret::new(form.get("password").unwrap_or_default());
        let refusal = match self.prove(context, username, &password).await {
            Ok(Some(subject)) => {
                let cookie = self.sessions.begin(context, &subject, username)?;
                let mut response = match &waiting.return_to {
                    Some(return_to) => see_other(return_to.as_str()),
                    None => {
                        let home = self.setup.home().unwrap_or(SIGN_IN);
                        see_other(&self.setup.path(context, home))
                    }
                };
                response.headers_mut().append(header::SET_COOKIE, cookie);
                return Ok(response);
            }
            Ok(None) => Refusal::WrongCredentials,
            Err(Error::Throttled { retry_after }) => Refusal::Throttled { seconds: retry_after },
            Err(error) => return Err(error),
        };
        self.form(context, &browser, &waiting, username, Some(refusal))
    }

    /// Whose password it is.
    async fn prove(
        &self,
        context: &Context,
        username: &str,
        password: &Secret,
    ) -> Result<Option<Subject>, Error> {
        let fits = (1..=USERNAME_LIMIT).contains(&username.len())
            && (1..=PASSWORD_LIMIT).contains(&password.expose().len());
        if !fits {
            return Ok(None);
        }
        // Hosts often take `Ada` and `ada` for one user; that must not be worth more guesses.
        let who = username.trim().to_lowercase();
        let _turn = context.turn_to_guess(GuessAt::Password, &who).await?;
        let subject = self.users.sign_in(context.tenant(), username, password).await?;
        if subject.is_none() {
            context.record(&Event::SignInFailed { who: &who });
            context.guessed_wrong(GuessAt::Password, &who).await;
        }
        Ok(subject)
    }

    fn form(
        &self,
        context: &Context,
        browser: &Browser,
        waiting: &Waiting,
        username: &str,
        refusal: Option<Refusal>,
    ) -> Result<Response, Error> {
        let holder = Holder::Browser(browser);
        let view = views::SignIn {
            theme: &self.setup.theme,
            action: &self.setup.path(context, SIGN_IN),
            csrf: &csrf::token(&self.setup.keys, context, holder, SIGN_IN)?,
            return_to: waiting.return_to.as_ref().map_or("", ReturnTo::as_str),
            client_name: waiting.client.as_ref().map(|client| client.display_name()),
            username,
            refusal,
        };
        // RFC 9110 §15.5.4: 403 is for credentials that are considered insufficient. 401 would
        // demand an HTTP authentication scheme (§15.5.2), for which browsers ask in a dialogue.
        let status = match refusal {
            None => StatusCode::OK,
            Some(Refusal::WrongCredentials) => StatusCode::FORBIDDEN,
            Some(Refusal::Throttled { .. }) => StatusCode::TOO_MANY_REQUESTS,
        };
        let mut response = page(status, &view);
        if let Some(Refusal::Throttled { seconds }) = refusal {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Ok(response)
    }

    /// For somebody who is signed in already, and for whom nothing waits.
    fn signed_in(&self, context: &Context, signed_in: &SignedIn) -> Result<Response, Error> {
        if let Some(home) = self.setup.home() {
            return Ok(see_other(&self.setup.path(context, home)));
        }
        let csrf = self.setup.token(context, signed_in, SIGN_OUT)?;
        let action = self.setup.path(context, SIGN_OUT);
        let view = views::SignedIn {
            theme: &self.setup.theme,
            account: &signed_in.account,
            sign_out: SignOut { action: &action, csrf: &csrf, return_to: None },
        };
        Ok(page(StatusCode::OK, &view))
    }
}

#[async_trait]
impl Endpoint for SignInEndpoint {
    fn name(&self) -> &'static str {
        "sign_in"
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
