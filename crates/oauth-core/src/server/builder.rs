//! Gathers the parts of a server. What is required is an argument; the rest has a safe default.

use std::{collections::HashMap, sync::Arc};

use super::Part;
use crate::{
    client_auth::{ClientAuth, ClientSecretBasic, ClientSecretPost},
    client_documents::ClientDocuments,
    clock::{Clock, SystemClock},
    context::Lifetimes,
    endpoint::{Endpoint, registration::Registration},
    events::Events,
    grant_type::{
        AuthorizationCodeGrant, ClientCredentialsGrant, GrantType, PasswordGrant, RefreshTokenGrant,
    },
    keys::{AccessTokenClaims, SigningKeys},
    model::{AccessTokenFormat, Resource, ResourceId, Scope, Tenant},
    random::{Random, SystemRandom},
    store::{ClientStore, GrantStore, ReplayStore, Users},
    throttle::Throttle,
    wire::{ErrorPage, Formats, PlainErrorPage, ShapeTokenResponse},
};

/// For how many seconds client records are remembered, unless told otherwise.
const CLIENT_CACHE: u32 = 5;

/// Gathers the parts of a server; [`build`](Self::build) joins them.
#[derive(Debug)]
#[must_use = "it serves once it is built"]
pub struct ServerBuilder {
    pub(super) issuer: String,
    pub(super) tenant: Tenant,
    pub(super) authorize_path: String,
    pub(super) authorization_endpoint: bool,
    pub(super) pages: Vec<String>,
    pub(super) grants: Arc<dyn GrantStore>,
    pub(super) clients: Arc<dyn ClientStore>,
    pub(super) replays: Option<Arc<dyn ReplayStore>>,
    pub(super) client_cache: u32,
    pub(super) client_documents: Option<ClientDocuments>,
    pub(super) registration: Option<Registration>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) events: Arc<dyn Events>,
    pub(super) throttle: Option<Arc<dyn Throttle>>,
    pub(super) error_page: Arc<dyn ErrorPage>,
    pub(super) formats: Formats,
    pub(super) lifetimes: Lifetimes,
    pub(super) scopes: Option<Scope>,
    pub(super) default_scope: Option<Scope>,
    pub(super) resources: Vec<Resource>,
    pub(super) origins: Vec<String>,
    pub(super) grant_types: Vec<Arc<dyn GrantType>>,
    pub(super) client_auth: Vec<Arc<dyn ClientAuth>>,
    pub(super) endpoints: Vec<Arc<dyn Endpoint>>,
    pub(super) paths: HashMap<String, Vec<String>>,
    pub(super) shape: Option<Arc<dyn ShapeTokenResponse>>,
    pub(super) implicit_grant: bool,
    pub(super) dangers: Vec<&'static str>,
    pub(super) keys: Option<SigningKeys>,
    pub(super) access_token_format: AccessTokenFormat,
    pub(super) access_token_claims: Option<Arc<dyn AccessTokenClaims>>,
    pub(super) default_audience: Option<ResourceId>,
}

#[cfg(feature = "tracing")]
pub(super) fn default_events() -> Arc<dyn Events> {
    Arc::new(crate::events::TracingEvents)
}

#[cfg(not(feature = "tracing"))]
pub(super) fn default_events() -> Arc<dyn Events> {
    Arc::new(crate::events::Unheard)
}

impl ServerBuilder {
    pub(super) fn new(
        issuer: String,
        grants: Arc<dyn GrantStore>,
        clients: Arc<dyn ClientStore>,
    ) -> Self {
        Self {
            issuer,
            tenant: Tenant::default(),
            authorize_path: "/authorize".to_owned(),
            authorization_endpoint: true,
            pages: Vec::new(),
            grants,
            clients,
            replays: None,
            client_cache: CLIENT_CACHE,
            client_documents: None,
            registration: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            events: default_events(),
            throttle: None,
            error_page: Arc::new(PlainErrorPage),
            formats: Formats::default(),
            lifetimes: Lifetimes::default(),
            scopes: None,
            default_scope: None,
            resources: Vec::new(),
            origins: Vec::new(),
            grant_types: vec![
                Arc::new(AuthorizationCodeGrant),
                Arc::new(RefreshTokenGrant),
                Arc::new(ClientCredentialsGrant),
            ],
            client_auth: vec![Arc::new(ClientSecretBasic), Arc::new(ClientSecretPost)],
            endpoints: Vec::new(),
            paths: HashMap::new(),
            shape: None,
            implicit_grant: false,
            dangers: Vec::new(),
            keys: None,
            access_token_format: AccessTokenFormat::default(),
            access_token_claims: None,
            default_audience: None,
        }
    }

    /// Whose clients, grants and users these are, where one application serves several issuers.
    pub fn tenant(mut self, tenant: impl Into<Tenant>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Where the host has its authorization handler, below the issuer's path: `/authorize` unless
    /// told otherwise.
    pub fn authorize_path(mut self, path: impl Into<String>) -> Self {
        self.authorize_path = path.into();
        self
    }

    /// There is no authorization handler: the metadata document names none, and there is no
    /// `authorization_code` grant. For servers whose clients act for themselves, or have a grant of the
    /// host's own; with [`registration`](Self::registration) it has to
    /// [open](crate::endpoint::registration::Registration::grant_types) that.
    pub fn without_authorization_endpoint(mut self) -> Self {
        self.authorization_endpoint = false;
        self
    }

    /// Adds a page, below the issuer's path, to which a sign-in page may return, as it may to an
    /// authorization request: this very path, without a query.
    pub fn sign_in_returns_to(mut self, path: impl Into<String>) -> Self {
        self.pages.push(path.into());
        self
    }

    /// The scope tokens that there are, for the metadata document (`scopes_supported`).
    pub fn scopes(mut self, scopes: Scope) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// The scope of requests that name none. Without it an authorization request must name one, and
    /// `client_credentials` gives all that the client may have.
    pub fn default_scope(mut self, scope: Scope) -> Self {
        self.default_scope = Some(scope);
        self
    }

    /// Adds a protected resource that clients may name in `resource` (RFC 8707).
    /// The guard of this server takes tokens for it if it is at the issuer's origin; for one that is
    /// elsewhere there is [`Guard::for_resource`](crate::guard::Guard::for_resource).
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Allows browser applications of this origin, such as `https://app.example`, to read the
    /// answers of the endpoints where programs go (CORS): token, revocation, introspection, registration
    /// and its management.
    pub fn browser_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// For how long things are good.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// For how many seconds client records are remembered: 5 unless told otherwise, 0 for never. A
    /// client that was changed or removed is treated as before for no longer than that.
    pub fn client_cache(mut self, seconds: u32) -> Self {
        self.client_cache = seconds;
        self
    }

    /// Who remembers what may be used once only. Needed where clients prove who they are by an
    /// assertion, which would be good again on another node, or after a restart, if a process kept that
    /// to itself. The shipped stores remember it beside everything else; give a clone.
    pub fn replay_store(mut self, replays: impl ReplayStore) -> Self {
        self.replays = Some(Arc::new(replays));
        self
    }

    /// Lets clients in that are described by a document at their identifier, an https URL (Client ID
    /// Metadata Documents).
    pub fn client_documents(mut self, documents: ClientDocuments) -> Self {
        self.client_documents = Some(documents);
        self
    }

    /// Lets clients register themselves (RFC 7591) and change themselves (RFC 7592).
    pub fn registration(mut self, registration: Registration) -> Self {
        self.registration = Some(registration);
        self
    }

    /// How what is issued is spelled.
    pub fn formats(mut self, formats: Formats) -> Self {
        self.formats = formats;
        self
    }

    /// The keys that sign. With them there is `/jwks`, and access tokens can be JWTs (RFC 9068).
    pub fn signing_keys(mut self, keys: impl Into<SigningKeys>) -> Self {
        self.keys = Some(keys.into());
        self
    }

    /// What access tokens are where neither a resource nor the client says: opaque unless told
    /// otherwise.
    pub fn access_token_format(mut self, format: AccessTokenFormat) -> Self {
        self.access_token_format = format;
        self
    }

    /// Adds claims to JWT access tokens.
    pub fn access_token_claims(mut self, claims: impl AccessTokenClaims) -> Self {
        self.access_token_claims = Some(Arc::new(claims));
        self
    }

    /// The audience of JWT access tokens whose client named no resource: the issuer unless told
    /// otherwise.
    pub fn default_audience(mut self, audience: ResourceId) -> Self {
        self.default_audience = Some(audience);
        self
    }

    /// Adds a grant type of the host's own, in place of the one with its name if there is one.
    pub fn grant_type(mut self, grant_type: impl GrantType) -> Self {
        self.grant_types.retain(|own| own.name() != grant_type.name());
        self.grant_types.push(Arc::new(grant_type));
        self
    }

    /// Adds a way for clients to prove who they are, in place of the one with its name.
    pub fn client_auth(mut self, method: impl ClientAuth) -> Self {
        self.client_auth.retain(|own| own.method() != method.method());
        self.client_auth.push(Arc::new(method));
        self
    }

    /// Adds an endpoint of the host's own.
    pub fn endpoint(mut self, endpoint: impl Endpoint) -> Self {
        self.endpoints.push(Arc::new(endpoint));
        self
    }

    /// Mounts an endpoint at other paths than its own, below the issuer's path. `endpoint` is its
    /// name: `token`, `revocation`, `introspection`, `jwks`, `registration`,
    /// `registration_management` (below the one before, and ending in `/{client_id}`), or that of
    /// one of the host's own. The first
    /// path is the one in the metadata document.
    pub fn paths<T: Into<String>>(
        mut self,
        endpoint: impl Into<String>,
        paths: impl IntoIterator<Item = T>,
    ) -> Self {
        self.paths.insert(endpoint.into(), paths.into_iter().map(Into::into).collect());
        self
    }

    /// Writes the answers of the token endpoint in another server's spelling.
    pub fn token_response(mut self, shape: impl ShapeTokenResponse) -> Self {
        self.shape = Some(Arc::new(shape));
        self
    }

    /// Weak: has the `password` grant (RFC 6749 §4.3; RFC 9700 §2.4 forbids it), for clients with
    /// [`dangerous_password_grant`](crate::model::ClientBuilder::dangerous_password_grant) only.
    pub fn dangerous_password_grant(mut self, users: impl Users) -> Self {
        self.dangers.push("password grant");
        self.grant_type(PasswordGrant::new(Arc::new(users)))
    }

    /// Weak: has `response_type=token` (RFC 6749 §4.2; RFC 9700 §2.1.2 advises against it), for clients
    /// with [`dangerous_implicit_grant`](crate::model::ClientBuilder::dangerous_implicit_grant)
    /// only.
    pub fn dangerous_implicit_grant(mut self) -> Self {
        self.dangers.push("implicit grant");
        self.implicit_grant = true;
        self
    }

    /// Adds a part that another crate made, such as a set of pages.
    pub fn with(self, part: impl Part) -> Self {
        part.join(self)
    }

    /// What people see when no client can be told.
    pub fn error_page(mut self, page: impl ErrorPage) -> Self {
        self.error_page = Arc::new(page);
        self
    }

    /// Who hears what happens. With the feature `tracing`, that is `tracing` unless told otherwise.
    pub fn events(mut self, events: impl Events) -> Self {
        self.events = Arc::new(events);
        self
    }

    /// Who counts failed guesses. In the memory of this process unless told otherwise.
    pub fn throttle(mut self, throttle: impl Throttle) -> Self {
        self.throttle = Some(Arc::new(throttle));
        self
    }

    /// What time it is.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where random bytes come from.
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }
}
