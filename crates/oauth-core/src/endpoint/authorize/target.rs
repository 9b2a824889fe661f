//! Where an authorization response goes, and how it gets there.

use crate::{
    context::Context,
    error::{Error, Refusal},
    http_types::Response,
    model::RedirectUri,
    store::StoreError,
    wire::{
        ErrorCode, TokenResponse,
        redirect::{ResponseMode, authorization_response, see_other},
    },
};

/// A redirect URI that is proven to be the client's, with what every response carries. Nothing
/// else can send an authorization response.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) redirect_uri: RedirectUri,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
    /// Whether it leads to a website at which nobody has looked.
    pub(super) unknown: bool,
}

impl Target {
    /// Sends a code (RFC 6749 §4.1.2).
    pub(super) fn code(&self, context: &Context, code: &str) -> Response {
        self.send(context, &[("code", code)])
    }

    /// Sends an access token (RFC 6749 §4.2.2), which the response mode has in the fragment.
    pub(super) fn token(&self, context: &Context, issued: &TokenResponse) -> Response {
        let expires_in = issued.expires_in.to_string();
        let mut params = vec![
            ("access_token", issued.access_token.expose()),
            ("token_type", issued.token_type),
            ("expires_in", &expires_in),
        ];
        // An empty scope cannot be written (RFC 6749 Appendix A.4).
        if !issued.scope.is_empty() {
            params.push(("scope", issued.scope.as_str()));
        }
        self.send(context, &params)
    }

    /// Sends an error (RFC 6749 §4.1.2.1). To a website at which nobody has looked the visitor goes by
    /// a link and not by itself: whoever may register a client could otherwise make links that begin
    /// here, where people trust what they see, and end there (RFC 9700 §4.11.2).
    pub(super) fn error(&self, context: &Context, error: &Error) -> Response {
        let Refusal { code, description } = error.refusal();
        // A redirect has no `Retry-After`; and of a server's fault the client is told that, not
        // which.
        let code = match error {
            Error::Store(StoreError::Unavailable(_)) => ErrorCode::TemporarilyUnavailable,
            _ => code,
        };
        let params = [("error", code.as_str()), ("error_description", description)];
        if self.unknown {
            return context
                .leaving_page(self.redirect_uri.display_host(), &self.url(context, &params));
        }
        self.send(context, &params)
    }

    fn send(&self, context: &Context, params: &[(&str, &str)]) -> Response {
        see_other(&self.url(context, params))
    }

    /// Adds `state` as it came, and `iss` (RFC 9207), errors included.
    fn url(&self, context: &Context, params: &[(&str, &str)]) -> String {
        let mut params = params.to_vec();
        if let Some(state) = &self.state {
            params.push(("state", state));
        }
        params.push(("iss", context.issuer().as_str()));
        authorization_response(&self.redirect_uri, self.mode, &params)
    }
}
