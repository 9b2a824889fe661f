//! Gathering what a client registers, and the rules that it must keep.

use serde_json::{Map, Value};

use super::{
    AccessTokenFormat, ApplicationType, Client, ClientAbout, ClientId, ClientSecret, Dialect,
    Introspects, InvalidRedirectUri, InvalidScope, RedirectUri, RefreshPolicy, Rotation, Scope,
    SecretHash, client_keys, client_name,
};

/// How many redirect URIs a client may have.
const REDIRECT_URIS: usize = 50;

/// Why a client cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidClient {
    /// A redirect URI breaks a rule.
    #[error("redirect_uris: {0}")]
    RedirectUri(#[from] InvalidRedirectUri),
    /// The scope breaks the grammar.
    #[error("scope: {0}")]
    Scope(#[from] InvalidScope),
    /// The identifier is empty or holds something besides visible ASCII.
    #[error("client_id: visible ASCII characters, at least one (RFC 6749 Appendix A.1)")]
    ClientId,
    /// A name that is too long, shows nothing, or holds control characters or ones that turn the writing
    /// around.
    #[error(
        "client_name: at most 200 bytes, something of which can be seen, without control characters, bidirectional ones included"
    )]
    ClientName,
    /// A link that people should not be sent to.
    #[error("client_uri, logo_uri, tos_uri, policy_uri: https URLs of at most 2048 bytes")]
    Link,
    /// Contacts or a name or version of the software that are too long, too many, or unprintable.
    #[error(
        "contacts, software_id, software_version: at most ten contacts; at most 200 bytes without control characters each"
    )]
    About,
    /// Keys that are not public ones, or in two places, or in none where the client proves itself by one.
    #[error(
        "jwks, jwks_uri: at most one of the two, and one for private_key_jwt; up to twenty public keys with their kty, or an https URL"
    )]
    Keys,
    /// More redirect URIs than there may be.
    #[error("redirect_uris: at most 50")]
    RedirectUris,
    /// Grant types and response types that do not go together.
    #[error(
        "grant_types, response_types: authorization_code goes with code, implicit with token (RFC 7591 §2.1)"
    )]
    Inconsistent,
    /// Something that is not open to clients that register themselves.
    #[error("{0}: not open to clients that register themselves")]
    NotOpen(&'static str),
    /// A method that needs a secret and no secret, or a secret with the method `none`.
    #[error(
        "token_endpoint_auth_method: `none` has no secret, client_secret_basic and client_secret_post have one"
    )]
    Secret,
    /// A response type without a redirect URI.
    #[error("redirect_uris: a client that has a response type registers at least one")]
    NoRedirectUri,
    /// A grant type that a public client cannot use.
    #[error("grant_types: client_credentials is for confidential clients (RFC 6749 §4.4)")]
    PublicClientCredentials,
    /// `password` or `token` without the switch that says that it is meant.
    #[error(
        "the password and implicit grants are switched on by dangerous_password_grant and dangerous_implicit_grant"
    )]
    NotMeant,
    /// An alias of something that is no grant type of the client's.
    #[error(
        "grant_type_aliases: an alias stands for a grant type that the client is registered for"
    )]
    Alias,
    /// A weak switch that a public client cannot have.
    #[error("refresh tokens that stay the same and optional PKCE are for confidential clients")]
    PublicAndWeak,
}

impl Client {
    /// Begins a public client: one that cannot keep a secret (`none`). Unless told otherwise it
    /// uses `authorization_code` and `refresh_token`.
    pub fn public(client_id: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(client_id.as_ref(), "none", Vec::new())
    }

    /// Begins a confidential client with one secret (`client_secret_basic`). Unless told otherwise
    /// it uses `authorization_code` and `refresh_token`.
    pub fn confidential(client_id: impl AsRef<str>, hash: SecretHash) -> ClientBuilder {
        let secrets = vec![ClientSecret { hash, expires_at: None }];
        ClientBuilder::new(client_id.as_ref(), "client_secret_basic", secrets)
    }

    /// Begins a client that signs assertions with a private key (`private_key_jwt`), whose public
    /// half is in its [`jwks`](ClientBuilder::jwks) or at its [`jwks_uri`](ClientBuilder::jwks_uri).
    /// Unless told otherwise it uses `authorization_code` and `refresh_token`.
    pub fn private_key_jwt(client_id: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(client_id.as_ref(), "private_key_jwt", Vec::new())
    }
}

/// Gathers what a client registers; [`build`](Self::build) checks all of it.
#[derive(Clone, Debug)]
#[must_use = "a client exists once `build()` has checked it"]
pub struct ClientBuilder {
    client: Client,
    redirect_uris: Vec<String>,
    scope: String,
}

impl ClientBuilder {
    fn new(client_id: &str, method: &str, secrets: Vec<ClientSecret>) -> Self {
        let client = Client {
            client_id: ClientId::from(client_id),
            client_name: None,
            about: ClientAbout::default(),
            token_endpoint_auth_method: method.to_owned(),
            secrets,
            jwks: None,
            jwks_uri: None,
            token_endpoint_auth_signing_alg: None,
            application_type: ApplicationType::default(),
            redirect_uris: Vec::new(),
            grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
            response_types: vec!["code".to_owned()],
            scope: Scope::default(),
            refresh_policy: RefreshPolicy::default(),
            access_token_lifetime: None,
            access_token_format: None,
            introspects: Introspects::default(),
            owner: None,
            registered: None,
            disabled: false,
            not_before: None,
            dialect: Dialect::default(),
            extra: Map::new(),
        };
        Self { client, redirect_uris: Vec::new(), scope: String::new() }
    }

    /// What a person is shown.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.client.client_name = Some(name.into());
        self
    }

    /// Its public keys, as a JWK set (RFC 7517 §5).
    pub fn jwks(mut self, jwks: Value) -> Self {
        self.client.jwks = Some(jwks);
        self
    }

    /// Where its public keys are, in place of `jwks`.
    pub fn jwks_uri(mut self, uri: impl Into<String>) -> Self {
        self.client.jwks_uri = Some(uri.into());
        self
    }

    /// The one algorithm that its assertions are signed with, such as `ES256`; any that its keys are
    /// for unless told otherwise.
    pub fn token_endpoint_auth_signing_alg(mut self, alg: impl Into<String>) -> Self {
        self.client.token_endpoint_auth_signing_alg = Some(alg.into());
        self
    }

    /// Adds a redirect URI.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// The most that it may be granted, as a space-separated list.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Marks an application that runs on the resource owner's device (RFC 8252).
    pub fn native(mut self) -> Self {
        self.client.application_type = ApplicationType::Native;
        self
    }

    /// The grant types that it may use. Without `authorization_code` it has no response type.
    pub fn grant_types<'a>(mut self, grant_types: impl IntoIterator<Item = &'a str>) -> Self {
        self.client.grant_types = grant_types.into_iter().map(str::to_owned).collect();
        let code = self.client.has_grant_type("authorization_code");
        self.client.response_types = if code { vec!["code".to_owned()] } else { Vec::new() };
        self
    }

    /// The response types that it may ask for.
    pub fn response_types<'a>(mut self, response_types: impl IntoIterator<Item = &'a str>) -> Self {
        self.client.response_types = response_types.into_iter().map(str::to_owned).collect();
        self
    }

    /// How it proves who it is.
    pub fn token_endpoint_auth_method(mut self, method: impl Into<String>) -> Self {
        self.client.token_endpoint_auth_method = method.into();
        self
    }

    /// How its refresh tokens live.
    pub fn refresh_policy(mut self, policy: RefreshPolicy) -> Self {
        self.client.refresh_policy = policy;
        self
    }

    /// What its access tokens are, unless a resource decides otherwise.
    pub fn access_token_format(mut self, format: AccessTokenFormat) -> Self {
        self.client.access_token_format = Some(format);
        self
    }

    /// Which tokens it may introspect.
    pub fn introspects(mut self, introspects: Introspects) -> Self {
        self.client.introspects = introspects;
        self
    }

    /// Weak: it may leave PKCE out. RFC 9700 §2.1.1 requires PKCE of public clients and recommends
    /// it for all; for software that was written before 2015.
    pub fn dangerous_pkce_optional(mut self) -> Self {
        self.client.dialect.dangerous_pkce_optional = true;
        self
    }

    /// Weak: it may trade user names and passwords for tokens (RFC 6749 §4.3), where the server has
    /// [`dangerous_password_grant`](crate::server::ServerBuilder::dangerous_password_grant). The
    /// application sees the password, and no second factor can be asked for (RFC 9700 §2.4).
    pub fn dangerous_password_grant(mut self) -> Self {
        self.client.dialect.dangerous_password_grant = true;
        if !self.client.has_grant_type("password") {
            self.client.grant_types.push("password".to_owned());
        }
        self
    }

    /// Weak: it may ask for `response_type=token` (RFC 6749 §4.2), where the server has
    /// [`dangerous_implicit_grant`](crate::server::ServerBuilder::dangerous_implicit_grant). The
    /// access token travels in an address (RFC 9700 §2.1.2).
    pub fn dangerous_implicit_grant(mut self) -> Self {
        self.client.dialect.dangerous_implicit_grant = true;
        if !self.client.has_response_type("token") {
            self.client.response_types.push("token".to_owned());
        }
        self
    }

    /// What else it is forgiven.
    pub fn dialect(mut self, change: impl FnOnce(&mut Dialect)) -> Self {
        change(&mut self.client.dialect);
        self
    }

    /// Sets what has no method of its own.
    pub fn with(mut self, change: impl FnOnce(&mut Client)) -> Self {
        change(&mut self.client);
        self
    }

    /// Whether it has a secret.
    pub(crate) fn has_secret(&self) -> bool {
        !self.client.secrets.is_empty()
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`InvalidClient`] names the first rule that is broken.
    pub fn build(self) -> Result<Client, InvalidClient> {
        let mut client = self.client;
        for uri in &self.redirect_uris {
            client.redirect_uris.push(RedirectUri::register(uri, client.application_type)?);
        }
        if !self.scope.is_empty() {
            client.scope = Scope::parse(&self.scope)?;
        }
        client.check()?;
        Ok(client)
    }
}

impl Client {
    /// The rules that hold between members. The builder calls it; call it after changing a client
    /// by hand.
    ///
    /// # Errors
    /// [`InvalidClient`] names the first rule that is broken.
    pub fn check(&self) -> Result<(), InvalidClient> {
        let id = self.client_id.as_str();
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidClient::ClientId);
        }
        if let Some(name) = &self.client_name
            && !client_name::is_good(name)
        {
            return Err(InvalidClient::ClientName);
        }
        self.about.check()?;
        let keys = self.jwks.as_ref().is_none_or(client_keys::are_public);
        let at = self.jwks_uri.as_deref().is_none_or(client_keys::may_be_at);
        let places = u8::from(self.jwks.is_some()) + u8::from(self.jwks_uri.is_some());
        let needed = u8::from(self.token_endpoint_auth_method == "private_key_jwt");
        if !keys || !at || !(needed..=1).contains(&places) {
            return Err(InvalidClient::Keys);
        }
        let secret_needed = match self.token_endpoint_auth_method.as_str() {
            "none" => Some(false),
            "client_secret_basic" | "client_secret_post" => Some(true),
            _ => None,
        };
        if secret_needed.is_some_and(|needed| needed == self.secrets.is_empty()) {
            return Err(InvalidClient::Secret);
        }
        if self.redirect_uris.len() > REDIRECT_URIS {
            return Err(InvalidClient::RedirectUris);
        }
        if !self.response_types.is_empty() && self.redirect_uris.is_empty() {
            return Err(InvalidClient::NoRedirectUri);
        }
        if self.is_public() && self.has_grant_type("client_credentials") {
            return Err(InvalidClient::PublicClientCredentials);
        }
        let password = self.has_grant_type("password") != self.dialect.dangerous_password_grant;
        let implicit = self.has_response_type("token") != self.dialect.dangerous_implicit_grant;
        if password || implicit {
            return Err(InvalidClient::NotMeant);
        }
        let mut aliases = self.dialect.grant_type_aliases.values();
        if aliases.any(|grant_type| !self.has_grant_type(grant_type)) {
            return Err(InvalidClient::Alias);
        }
        let weak =
            self.dialect.dangerous_pkce_optional || self.refresh_policy.rotation == Rotation::Reuse;
        if self.is_public() && weak {
            return Err(InvalidClient::PublicAndWeak);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, InvalidClient, RefreshPolicy, Rotation, SecretHash};
    use crate::model::Secret;

    #[test]
    fn cla_014_a_public_client_has_no_secret_and_a_confidential_one_has() {
        let hash = SecretHash::of_generated(&Secret::new("s"));
        let confidential = Client::confidential("web", hash).redirect_uri("https://a.example/cb");
        assert!(confidential.clone().build().is_ok());
        let mixed = confidential.token_endpoint_auth_method("none").build();
        assert_eq!(mixed.unwrap_err(), InvalidClient::Secret);
        let bare = Client::public("spa").redirect_uri("https://a.example/cb");
        let mixed = bare.token_endpoint_auth_method("client_secret_basic").build();
        assert_eq!(mixed.unwrap_err(), InvalidClient::Secret);
    }

    #[test]
    fn a_client_that_proves_itself_by_a_key_says_which() {
        let client = || Client::private_key_jwt("pk").redirect_uri("https://a.example/cb");
        assert_eq!(client().build().unwrap_err(), InvalidClient::Keys);
        assert!(client().jwks_uri("https://a.example/jwks").build().is_ok());
    }

    #[test]
    fn what_a_public_client_cannot_have_is_refused() {
        let public = || Client::public("spa").redirect_uri("https://a.example/cb");
        let reuse = RefreshPolicy { rotation: Rotation::Reuse, ..RefreshPolicy::default() };
        assert_eq!(
            public().refresh_policy(reuse).build().unwrap_err(),
            InvalidClient::PublicAndWeak
        );
        assert_eq!(
            public().dangerous_pkce_optional().build().unwrap_err(),
            InvalidClient::PublicAndWeak
        );
        let grant = public().grant_types(["client_credentials"]).build();
        assert_eq!(grant.unwrap_err(), InvalidClient::PublicClientCredentials);
        assert_eq!(Client::public("spa").build().unwrap_err(), InvalidClient::NoRedirectUri);
        assert_eq!(Client::public("a b").build().unwrap_err(), InvalidClient::ClientId);
    }
}
