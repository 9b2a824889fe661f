//! What the pages were set up with, shared by all of them.

use std::sync::Arc;

use http::HeaderMap;
use oauth_core::{
    context::Context, error::Error, http_types::Response, store::Users, wire::see_other,
};

use crate::{
    csrf::{self, Holder},
    keys::Keys,
    scope_words::ScopeWords,
    sessions::{Sessions, SignedIn},
    theme::Theme,
    views::{Here, Nav},
};

/// Where the pages are, below the prefix. Also what their forms are for.
pub(crate) const SIGN_IN: &str = "/sign-in";
pub(crate) const SIGN_OUT: &str = "/sign-out";
pub(crate) const AUTHORIZE: &str = "/authorize";
pub(crate) const CONNECTED_APPS: &str = "/connected-apps";
pub(crate) const APPS: &str = "/apps";
pub(crate) const NEW_APP: &str = "/apps/new";
pub(crate) const EDIT_APP: &str = "/apps/edit";
pub(crate) const ROTATE_SECRET: &str = "/apps/rotate";
pub(crate) const DELETE_APP: &str = "/apps/delete";

/// What the list of applications says has just been done.
pub(crate) const SAVED: &str = "/apps?saved";
pub(crate) const DELETED: &str = "/apps?deleted";

#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) theme: Arc<Theme>,
    pub(crate) words: ScopeWords,
    pub(crate) keys: Arc<Keys>,
    /// Who is signed in.
    pub(crate) sessions: Arc<dyn Sessions>,
    /// Whose sessions the pages begin and end, if it is not the host who does.
    pub(crate) users: Option<Arc<dyn Users>>,
    /// The path of the host's own sign-in page.
    pub(crate) sign_in: Option<String>,
    /// Whether there is the page of connected applications.
    pub(crate) connected_apps: bool,
    /// Whether there are the pages of own applications.
    pub(crate) applications: bool,
    /// What all paths begin with, below the issuer's path.
    pub(crate) prefix: String,
}

impl Setup {
    /// Who is signed in.
    pub(crate) async fn signed_in(
        &self,
        context: &Context,
        headers: &HeaderMap,
    ) -> Result<Option<SignedIn>, Error> {
        let Some(signed_in) = self.sessions.current(context, headers).await? else {
            return Ok(None);
        };
        let over = match &self.users {
            Some(users) => {
                let SignedIn { subject, auth_time, .. } = &signed_in;
                users.session_is_over(context.tenant(), subject, *auth_time).await?
            }
            None => false,
        };
        Ok((!over).then_some(signed_in))
    }

    /// Whether it is the pages that end sessions.
    pub(crate) fn has_sign_out(&self) -> bool {
        self.users.is_some()
    }

    /// The path of the sign-in page.
    pub(crate) fn sign_in_path(&self, context: &Context) -> String {
        self.sign_in.clone().unwrap_or_else(|| self.path(context, SIGN_IN))
    }

    /// Sends somebody to sign in who is to come back to this page.
    pub(crate) fn sign_in_for(&self, context: &Context, page: &str) -> Response {
        let sign_in = self.sign_in_path(context);
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("return_to", &self.path(context, page)).finish();
        let separator = if sign_in.contains('?') { '&' } else { '?' };
        see_other(&format!("{sign_in}{separator}{query}"))
    }

    /// The page where somebody goes for whom nothing waits, if there is one.
    pub(crate) fn home(&self) -> Option<&'static str> {
        match (self.connected_apps, self.applications) {
            (true, _) => Some(CONNECTED_APPS),
            (false, true) => Some(APPS),
            (false, false) => None,
        }
    }

    /// The links between the pages of whoever is signed in, if there is more than one.
    pub(crate) fn nav(&self, context: &Context, here: Here) -> Option<Nav> {
        (self.connected_apps && self.applications).then(|| Nav {
            connected_apps: self.path(context, CONNECTED_APPS),
            applications: self.path(context, APPS),
            here,
        })
    }

    /// The path of a page below the issuer's path.
    pub(crate) fn below(&self, page: &str) -> String {
        format!("{}{page}", self.prefix)
    }

    /// The absolute path of a page.
    pub(crate) fn path(&self, context: &Context, page: &str) -> String {
        format!("{}{}{page}", context.issuer().path(), self.prefix)
    }

    /// The token of a form for somebody who is signed in.
    pub(crate) fn token(
        &self,
        context: &Context,
        signed_in: &SignedIn,
        purpose: &str,
    ) -> Result<String, Error> {
        csrf::token(&self.keys, context, Holder::Session(signed_in), purpose)
    }

    /// Checks it.
    pub(crate) fn check_token(
        &self,
        context: &Context,
        signed_in: &SignedIn,
        purpose: &str,
        received: Option<&str>,
    ) -> Result<(), Error> {
        csrf::check(&self.keys, context, Holder::Session(signed_in), purpose, received)
    }
}
