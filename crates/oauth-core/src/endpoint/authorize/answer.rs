//! The answers to an authorization request.

use std::slice;

use form_urlencoded::Serializer;

use super::{Approval, AuthorizationRequest, checks::ResponseType, prompt::after_sign_in};
use crate::{
    error::Error,
    events::Event,
    grant_type::{Decision, NewGrant},
    http_types::Response,
    model::{Artefact, AuthorizationCode, Client, Digest, Grant, Issued, Scope},
    store::StoreError,
    token::{self, Issuance},
    wire::{ErrorCode, redirect::see_other},
};

/// The longest that a token may be good that travels in an address, in seconds.
const IMPLICIT_LIFETIME: u32 = 600;

impl AuthorizationRequest {
    /// The resource owner allows it: stores the grant with its code, and sends the code to the
    /// client (RFC 6749 §4.1.2). A store that fails is reported to the client as
    /// `temporarily_unavailable`.
    pub async fn allow(&self, approval: Approval) -> Response {
        let once = approval.once.is_some();
        match self.try_allow(approval).await {
            Ok(response) => response,
            Err(Error::Store(StoreError::Conflict)) if once => {
                let why = "the question has been answered already";
                self.context.error_page(&Error::invalid_request(why))
            }
            Err(error) => self.refuse(&error),
        }
    }

    /// The resource owner does not allow it: `access_denied`.
    pub fn deny(&self) -> Response {
        self.refuse(&Error::refused(ErrorCode::AccessDenied, "the resource owner said no"))
    }

    /// Nobody is signed in: sends the visitor to the sign-in page at `path`, with this request in
    /// `return_to`. Under `prompt=none` the client gets `login_required` instead.
    ///
    /// The sign-in page reads `return_to` through
    /// [`AuthorizationServer::return_to`](crate::server::AuthorizationServer::return_to), which
    /// accepts nothing else than an authorization request of this server.
    pub fn sign_in_at(&self, path: &str) -> Response {
        if self.asked.prompt.none {
            return self.login_required();
        }
        let authorize_path = &self.context.parts().authorize_path;
        let return_to = format!("{authorize_path}?{}", after_sign_in(&self.query));
        let query = Serializer::new(String::new()).append_pair("return_to", &return_to).finish();
        let separator = if path.contains('?') { '&' } else { '?' };
        see_other(&format!("{path}{separator}{query}"))
    }

    /// Tells the client that somebody would have to sign in: `login_required`.
    pub fn login_required(&self) -> Response {
        self.refuse(&Error::refused(ErrorCode::LoginRequired, "nobody is signed in"))
    }

    /// Tells the client that the resource owner would have to be asked: `consent_required`. The
    /// answer under `prompt=none` where consent is not remembered.
    pub fn consent_required(&self) -> Response {
        self.refuse(&Error::refused(ErrorCode::ConsentRequired, "the resource owner must be asked"))
    }

    /// Tells the client that something failed.
    pub fn refuse(&self, error: &Error) -> Response {
        self.context.record_error(Some(&self.client.client_id), error);
        self.target.error(&self.context, error)
    }

    async fn try_allow(&self, approval: Approval) -> Result<Response, Error> {
        let scope = match &approval.scope {
            Some(allowed) => self.asked.scope.intersection(allowed),
            None => self.asked.scope.clone(),
        };
        match self.asked.response_type {
            ResponseType::Code => self.issue_code(approval, scope).await,
            ResponseType::Token => Box::pin(self.issue_token(approval, scope)).await,
        }
    }

    /// The implicit grant (RFC 6749 §4.2): an access token, and never a refresh token.
    async fn issue_token(&self, approval: Approval, scope: Scope) -> Result<Response, Error> {
        let context = &self.context;
        let grant = NewGrant {
            subject: Some(approval.subject),
            claims: approval.claims,
            auth_time: approval.auth_time,
            refresh_token: false,
            name: approval.once,
        };
        let decision = Decision::new_grant(grant, scope).audience(self.asked.resources.clone());
        let usual = token::access_token_lifetime(context, &self.client);
        let lifetime = usual.min(IMPLICIT_LIFETIME);
        let client = Client { access_token_lifetime: Some(lifetime), ..(*self.client).clone() };
        match token::issue(context, &client, &decision).await? {
            Issuance::Done(done) => {
                context.record(&Event::Issued {
                    client: &self.client.client_id,
                    subject: done.subject.as_ref(),
                    grant: done.grant,
                    grant_type: "implicit",
                    scope: &done.response.scope,
                    refresh_token: false,
                });
                Ok(self.target.token(context, &done.response))
            }
            Issuance::Raced => Err(StoreError::Conflict.into()),
        }
    }

    async fn issue_code(&self, approval: Approval, scope: Scope) -> Result<Response, Error> {
        let (context, asked) = (&self.context, &self.asked);
        let grant = Grant {
            id: match approval.once {
                Some(name) => name,
                None => context.new_grant_id()?,
            },
            client_id: self.client.client_id.clone(),
            subject: Some(approval.subject),
            expires_at: context.now().plus(self.grant_lifetime(&scope)),
            scope,
            resources: asked.resources.clone(),
            redirect_uri: Some(self.target.redirect_uri.clone()),
            claims: approval.claims,
            auth_time: approval.auth_time,
            created_at: context.now(),
        };
        let bound = AuthorizationCode {
            redirect_uri: self.redirect_uri_was_named.then(|| self.target.redirect_uri.clone()),
            code_challenge: asked.code_challenge,
        };
        let mut issued = Issued {
            key: Digest::from_bytes([0; 32]),
            grant: grant.id,
            artefact: Artefact::AuthorizationCode(bound),
            issued_at: context.now(),
            expires_at: context.now().plus(context.parts().lifetimes.authorization_code),
        };
        // A grant that was named is one that was answered already, and stays so.
        let mut draws = if approval.once.is_some() { 1 } else { token::DRAWS };
        let code = loop {
            let code = context.parts().formats.authorization_code.encode(&context.random()?);
            issued.key = code.digest();
            let written =
                context.grants().issue(context.tenant(), &grant, slice::from_ref(&issued));
            draws -= 1;
            match written.await {
                Err(StoreError::Conflict) if draws > 0 => {}
                written => break written.map(|()| code)?,
            }
        };
        if let Some(subject) = &grant.subject {
            let (client, scope) = (&grant.client_id, &grant.scope);
            context.record(&Event::Allowed { client, subject, grant: grant.id, scope });
        }
        Ok(self.target.code(context, code.expose()))
    }

    /// As long as anything of it can be good, in seconds.
    fn grant_lifetime(&self, scope: &Scope) -> u32 {
        let lifetimes = &self.context.parts().lifetimes;
        if token::has_refresh_token(&self.client, scope) {
            return lifetimes.refresh_token_absolute;
        }
        let access_token = token::access_token_lifetime(&self.context, &self.client);
        access_token.saturating_add(lifetimes.authorization_code)
    }
}
