//! What a host says about registration.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use crate::{
    context::Context,
    error::Error,
    model::{Client, ClientMetadata, Digest, RefreshPolicy, Scope, Secret},
    store::{StoreError, UnusedClients},
};

/// For how long a client stays that nobody has used, unless told otherwise, in seconds.
const UNUSED: u32 = 24 * 60 * 60;

/// Knows the tokens that allow registering (RFC 7591 §1.2), of at least 128 random bits: wrong ones are
/// counted, and good ones never wait.
#[async_trait]
pub trait InitialAccess: Debug + Send + Sync + 'static {
    /// Whether the token with this digest allows it. A token for one use is spent here: what is asked
    /// for has passed the checks, and only the [policy](RegistrationPolicy) and the registry come after.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot say; nothing is registered then.
    async fn admits(&self, context: &Context, token: &Digest) -> Result<bool, StoreError>;
}

/// Decides about registrations, beyond the checks of every one.
#[async_trait]
pub trait RegistrationPolicy: Debug + Send + Sync + 'static {
    /// Looks at what is asked for, after it has passed the checks, and changes what it likes: the
    /// answer tells the client. The address that asks is [`Context::peer`].
    ///
    /// # Errors
    /// A refusal, such as [`Error::refused`] with `access_denied` or `invalid_client_metadata`;
    /// nothing is stored then.
    async fn review(
        &self,
        context: &Context,
        asked: &mut RegistrationRequest<'_>,
    ) -> Result<(), Error>;
}

/// What a client that registers itself asks for.
#[derive(Debug)]
#[non_exhaustive]
pub struct RegistrationRequest<'a> {
    /// What it says, within what is open to it.
    pub metadata: ClientMetadata,
    /// The client as it is, if it changes itself.
    pub client: Option<&'a Client>,
    /// Of the initial access token that came with it.
    pub initial_access: Option<Digest>,
}

/// Lets clients register themselves, at `/register` (RFC 7591), and read, change and remove
/// themselves at `/register/{client_id}` (RFC 7592).
/// [`ServerBuilder::registration`](crate::server::ServerBuilder::registration) switches it on.
///
/// **Who may.** Whoever has an initial access token, and anybody if it is [`open`](Self::open). An
/// address registers some 20 clients at once, then one a minute.
///
/// **What for.** Codes and refresh tokens, within a scope; grant types that the server does not have are
/// left out, others that it has are refused unless [`grant_types`](Self::grant_types) says otherwise.
/// What is registered is always in the answer. Software statements are refused. Unknown members are
/// ignored.
///
/// **Again.** A public client that registers the same metadata from the same address on the same day
/// (UTC) gets the same identifier, so that a client that forgets itself does not fill the table. Since
/// two programs may share it then, nobody can change it any more: the second answer has no
/// `registration_access_token`, and the first one's ends. A client with a secret is always a new
/// one: a secret is told once.
///
/// **Unused ones.** A client for which there is no grant a day after it registered, or later, is
/// taken away by
/// [`purge_expired`](crate::server::AuthorizationServer::purge_expired).
#[derive(Clone, Debug)]
pub struct Registration {
    pub(crate) registry: Arc<dyn UnusedClients>,
    pub(super) open: bool,
    pub(super) initial_access: Vec<Arc<dyn InitialAccess>>,
    pub(super) policy: Option<Arc<dyn RegistrationPolicy>>,
    pub(crate) scope: Option<Scope>,
    pub(crate) whole_scope: bool,
    pub(crate) refresh_policy: RefreshPolicy,
    pub(crate) grant_types: Vec<String>,
    pub(super) unused: Option<u32>,
    pub(super) secret_lifetime: Option<u32>,
    pub(super) rotate: bool,
    pub(crate) loopback: bool,
}

impl Registration {
    /// In the registry in which the server looks its clients up. Nobody may register until
    /// [`open`](Self::open), [`initial_access_token`](Self::initial_access_token) or
    /// [`initial_access`](Self::initial_access) says so.
    pub fn new(registry: impl UnusedClients) -> Self {
        Self {
            registry: Arc::new(registry),
            open: false,
            initial_access: Vec::new(),
            policy: None,
            scope: None,
            whole_scope: false,
            refresh_policy: RefreshPolicy::default(),
            grant_types: Vec::new(),
            unused: Some(UNUSED),
            secret_lifetime: None,
            rotate: false,
            loopback: false,
        }
    }

    /// Anybody may register, as clients of the Model Context Protocol expect. A token that is sent
    /// must be good even so.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Whoever has this token may register, as often as he likes. At least 128 random bits.
    #[must_use]
    pub fn initial_access_token(self, token: &Secret) -> Self {
        self.initial_access(token.digest())
    }

    /// Whoever has a token that this knows may register.
    #[must_use]
    pub fn initial_access(mut self, tokens: impl InitialAccess) -> Self {
        self.initial_access.push(Arc::new(tokens));
        self
    }

    /// Who decides about each registration, beyond the checks of every one.
    #[must_use]
    pub fn policy(mut self, policy: impl RegistrationPolicy) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// The most that a client may ask for: the scopes of the server and of its resources, unless told
    /// otherwise. A client that names none may ask for all of it.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Registers each client for all that a client may ask for, whatever it names; the answer says so
    /// (RFC 7591 §3.2.1). Clients of the Model Context Protocol name the scope of the first challenge
    /// that they meet, keep their identifier, and ask for more later: people decide then.
    #[must_use]
    pub fn whole_scope(mut self) -> Self {
        self.whole_scope = true;
        self
    }

    /// How the refresh tokens of clients live that register from now on: rotated, without a grace,
    /// unless told otherwise.
    #[must_use]
    pub fn refresh_policy(mut self, policy: RefreshPolicy) -> Self {
        self.refresh_policy = policy;
        self
    }

    /// Opens more grant types to clients that register themselves, such as `client_credentials`,
    /// where nobody is asked.
    #[must_use]
    pub fn grant_types<'a>(mut self, grant_types: impl IntoIterator<Item = &'a str>) -> Self {
        self.grant_types.extend(grant_types.into_iter().map(str::to_owned));
        self
    }

    /// For how many seconds a client stays for which there is no grant: a day unless told otherwise;
    /// `None` for ever.
    #[must_use]
    pub fn unused(mut self, seconds: Option<u32>) -> Self {
        self.unused = seconds;
        self
    }

    /// For how many seconds a secret is good (`client_secret_expires_at`): for ever, unless told
    /// otherwise. A client gets a new one when it changes itself after that.
    #[must_use]
    pub fn secret_lifetime(mut self, seconds: u32) -> Self {
        self.secret_lifetime = Some(seconds);
        self
    }

    /// Gives a new registration access token with each change, and ends the one before. If that
    /// answer is lost, the client cannot change itself any more; so it is off unless asked for.
    #[must_use]
    pub fn rotate_access_tokens(mut self) -> Self {
        self.rotate = true;
        self
    }

    /// Weak: takes a `jwks_uri` on a loopback address, and links for people. For development and tests.
    #[must_use]
    pub fn dangerous_allow_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }
}

/// One token, as often as it is shown.
#[async_trait]
impl InitialAccess for Digest {
    async fn admits(&self, _: &Context, token: &Digest) -> Result<bool, StoreError> {
        Ok(self == token)
    }
}
