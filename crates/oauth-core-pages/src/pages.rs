//! The pages, put together and added to a server.

use std::sync::Arc;

use oauth_core::{
    server::{Part, ServerBuilder},
    store::Users,
};

use crate::{
    applications::Applications,
    endpoints::{
        ApplicationsEndpoint, AuthorizeEndpoint, ConnectedAppsEndpoint, DeleteApplicationEndpoint,
        EditApplicationEndpoint, NewApplicationEndpoint, RotateSecretEndpoint, SignInEndpoint,
        SignOutEndpoint,
    },
    error_page::ThemedErrorPage,
    keys::Keys,
    scope_words::ScopeWords,
    sessions::{CookieSessions, Sessions},
    setup::{
        APPS, AUTHORIZE, CONNECTED_APPS, DELETE_APP, EDIT_APP, NEW_APP, ROTATE_SECRET, SIGN_IN,
        SIGN_OUT, Setup,
    },
    theme::Theme,
};

/// For how many seconds somebody stays signed in, unless told otherwise.
const SESSION_LIFETIME: u32 = 8 * 60 * 60;

/// The ready-made pages; [`ServerBuilder::with`] adds them to a server.
///
/// Below the issuer's path they are `/sign-in`, `/authorize`, `/connected-apps` and `/sign-out`,
/// with [`applications`](Self::applications) also `/apps` and what is below it; and they are the
/// server's error page. A host replaces any of them by leaving it out and putting a handler of its
/// own there, and moves them all with [`below`](Self::below).
#[derive(Debug)]
#[must_use = "they are shown once `ServerBuilder::with` has added them to a server"]
pub struct Pages {
    theme: Theme,
    words: ScopeWords,
    keys: Arc<Keys>,
    session_lifetime: u32,
    who: Who,
    /// The path of the host's own sign-in page.
    sign_in: Option<String>,
    consent: bool,
    connected_apps: bool,
    applications: Option<Applications>,
    error_page: bool,
    /// What all paths begin with, below the issuer's path.
    prefix: String,
}

/// Who knows who is signed in.
#[derive(Debug)]
enum Who {
    /// The pages, having asked the users for their passwords.
    Pages(Arc<dyn Users>),
    /// The host.
    Host(Arc<dyn Sessions>),
}

impl Pages {
    /// Pages on which these users sign in. Who is signed in is kept in a
    /// [signed cookie](CookieSessions).
    pub fn new(users: impl Users) -> Self {
        Self::of(Who::Pages(Arc::new(users)), None)
    }

    /// Pages for a host that has sessions already, and a sign-in page to begin them at this path.
    /// That page finds in `return_to` where to go afterwards, and checks it with
    /// [`AuthorizationServer::return_to`](oauth_core::AuthorizationServer::return_to).
    pub fn with_sessions(sessions: impl Sessions, sign_in_path: impl Into<String>) -> Self {
        Self::of(Who::Host(Arc::new(sessions)), Some(sign_in_path.into()))
    }

    fn of(who: Who, sign_in: Option<String>) -> Self {
        Self {
            theme: Theme::default(),
            words: ScopeWords::new(),
            keys: Arc::default(),
            session_lifetime: SESSION_LIFETIME,
            who,
            sign_in,
            consent: true,
            connected_apps: true,
            applications: None,
            error_page: true,
            prefix: String::new(),
        }
    }

    /// How the pages look.
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// What scopes mean to a person.
    pub fn scope_words(mut self, words: ScopeWords) -> Self {
        self.words = words;
        self
    }

    /// The key that cookies and forms are signed with: 32 random bytes, kept secret. Unless told
    /// otherwise it is drawn anew by every process, so sessions end with it; several processes that
    /// serve one issuer share one.
    pub fn session_key(mut self, key: [u8; 32]) -> Self {
        self.keys = Arc::new(Keys::given(key));
        self
    }

    /// For how many seconds somebody stays signed in: eight hours unless told otherwise.
    pub fn session_lifetime(mut self, seconds: u32) -> Self {
        self.session_lifetime = seconds;
        self
    }

    /// Leaves the sign-in page out: the host has its own at this path, which begins sessions with
    /// [`CookieSessions::begin`].
    pub fn without_sign_in(mut self, path: impl Into<String>) -> Self {
        self.sign_in = Some(path.into());
        self
    }

    /// Leaves `/authorize` out: the host has a handler of its own at
    /// [`authorize_path`](ServerBuilder::authorize_path).
    pub fn without_consent(mut self) -> Self {
        self.consent = false;
        self
    }

    /// Leaves the page of connected applications out.
    pub fn without_connected_apps(mut self) -> Self {
        self.connected_apps = false;
        self
    }

    /// Adds the pages on which whoever is signed in registers, edits and deletes applications of
    /// their own: `/apps`, `/apps/new`, `/apps/edit`, `/apps/rotate` and `/apps/delete`.
    pub fn applications(mut self, applications: Applications) -> Self {
        self.applications = Some(applications);
        self
    }

    /// Puts all pages below a path of their own, such as `/oauth2`, which itself is below the
    /// issuer's path: `/oauth2/sign-in`, `/oauth2/authorize` and so on.
    pub fn below(mut self, path: impl AsRef<str>) -> Self {
        let path = path.as_ref().trim_matches('/');
        self.prefix = if path.is_empty() { String::new() } else { format!("/{path}") };
        self
    }

    /// Leaves the server's error page as it is.
    pub fn without_error_page(mut self) -> Self {
        self.error_page = false;
        self
    }

    /// Where the pages are, below the issuer's path: what
    /// [`TenantsBuilder::also`](oauth_core::server::TenantsBuilder::also) is told of them. Ask once
    /// everything else is set.
    pub fn paths(&self) -> Vec<String> {
        let own = matches!(self.who, Who::Pages(_));
        let groups: [(bool, &[&str]); 5] = [
            (own && self.sign_in.is_none(), &[SIGN_IN]),
            (own, &[SIGN_OUT]),
            (self.consent, &[AUTHORIZE]),
            (self.connected_apps, &[CONNECTED_APPS]),
            (self.applications.is_some(), &[APPS, NEW_APP, EDIT_APP, ROTATE_SECRET, DELETE_APP]),
        ];
        let shown = groups.into_iter().filter(|(shown, _)| *shown).flat_map(|(_, pages)| pages);
        shown.map(|page| format!("{}{page}", self.prefix)).collect()
    }

    /// The sessions of these pages, for handlers of the host's own to ask who is signed in, and to
    /// begin and end sessions. Ask for them once key and lifetime are set. Whether a user was shut out
    /// meanwhile they do not know: ask [`Users::session_is_over`], too.
    pub fn cookie_sessions(&self) -> CookieSessions {
        CookieSessions::new(Arc::clone(&self.keys), self.session_lifetime)
    }
}

impl Part for Pages {
    fn join(self, mut builder: ServerBuilder) -> ServerBuilder {
        let cookies = self.cookie_sessions();
        let theme = Arc::new(self.theme);
        let applications = self.applications.map(Arc::new);
        let own_sign_in = self.sign_in.is_none();
        let (users, sessions) = match self.who {
            Who::Pages(users) => (Some(users), Arc::new(cookies.clone()) as _),
            Who::Host(sessions) => (None, sessions),
        };
        let setup = Arc::new(Setup {
            theme: Arc::clone(&theme),
            words: self.words,
            keys: self.keys,
            sessions,
            users: users.clone(),
            sign_in: self.sign_in,
            connected_apps: self.connected_apps,
            applications: applications.is_some(),
            prefix: self.prefix,
        });
        let shared = || Arc::clone(&setup);
        if let Some(users) = users {
            if own_sign_in {
                let endpoint = SignInEndpoint::new(shared(), users, cookies.clone());
                builder = builder.endpoint(endpoint);
            }
            builder = builder.endpoint(SignOutEndpoint::new(shared(), cookies));
        }
        if self.consent {
            builder = builder.authorize_path(setup.below(AUTHORIZE));
            builder = builder.endpoint(AuthorizeEndpoint::new(shared()));
        }
        if self.connected_apps {
            builder = builder.sign_in_returns_to(setup.below(CONNECTED_APPS));
            builder = builder.endpoint(ConnectedAppsEndpoint::new(shared()));
        }
        if let Some(applications) = applications {
            let applications = || Arc::clone(&applications);
            builder = builder
                .sign_in_returns_to(setup.below(APPS))
                .sign_in_returns_to(setup.below(NEW_APP))
                .endpoint(ApplicationsEndpoint::new(shared(), applications()))
                .endpoint(NewApplicationEndpoint::new(shared(), applications()))
                .endpoint(EditApplicationEndpoint::new(shared(), applications()))
                .endpoint(RotateSecretEndpoint::new(shared(), applications()))
                .endpoint(DeleteApplicationEndpoint::new(shared(), applications()));
        }
        if self.error_page {
            builder = builder.error_page(ThemedErrorPage::new(theme));
        }
        builder
    }
}
