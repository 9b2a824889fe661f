//! A registered client: who it is, how it proves it, what it may do.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    AccessTokenFormat, ClientAbout, ClientId, Dialect, RedirectUri, RefreshPolicy, Registered,
    ResourceId, Scope, SecretHash, Subject,
};
use crate::clock::Timestamp;

/// A registered client. Its members carry the names of RFC 7591 §2 where that has one.
///
/// Made by [`Client::public`], [`Client::confidential`] or [`Client::private_key_jwt`], whose `build()`
/// checks it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Client {
    /// Its identifier.
    pub client_id: ClientId,
    /// What a person is shown.
    #[serde(default)]
    pub client_name: Option<String>,
    /// What else it says about itself to people.
    #[serde(default)]
    pub about: ClientAbout,
    /// How it proves who it is: `none`, `client_secret_basic`, `client_secret_post`,
    /// `private_key_jwt`, `client_secret_jwt`, or the name of a
    /// [`ClientAuth`](crate::client_auth::ClientAuth) of the host's own.
    pub token_endpoint_auth_method: String,
    /// Its secrets; more than one while a new one takes over.
    #[serde(default)]
    pub secrets: Vec<ClientSecret>,
    /// Its public keys, as a JWK set (RFC 7517 §5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where its public keys are, in place of `jwks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The one algorithm that its assertions are signed with; any that its keys are for where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Whether it runs on the resource owner's device.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// Where authorization responses may go.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// The grant types that it may use.
    #[serde(default)]
    pub grant_types: Vec<String>,
    /// The response types that it may ask for.
    #[serde(default)]
    pub response_types: Vec<String>,
    /// The most that it may be granted.
    #[serde(default)]
    pub scope: Scope,
    /// How its refresh tokens live.
    #[serde(default)]
    pub refresh_policy: RefreshPolicy,
    /// Lifetime of its access tokens in seconds, where it differs from the server's.
    #[serde(default)]
    pub access_token_lifetime: Option<u32>,
    /// What its access tokens are, where that differs from the server's; a resource may decide
    /// otherwise.
    #[serde(default)]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Which tokens it may introspect.
    #[serde(default)]
    pub introspects: Introspects,
    /// Whose application it is, where resource owners register their own.
    #[serde(default)]
    pub owner: Option<Subject>,
    /// When it registered itself, if it did.
    #[serde(default)]
    pub registered: Option<Registered>,
    /// Refused everywhere while set; tokens that it holds are inactive.
    #[serde(default)]
    pub disabled: bool,
    /// Tokens issued to it before this moment are inactive.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// What it is forgiven.
    #[serde(default)]
    pub dialect: Dialect,
    /// What the host wants to keep with it.
    #[serde(default)]
    pub extra: Map<String, Value>,
}

/// One secret of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// What is kept of it.
    pub hash: SecretHash,
    /// From this moment on it is no longer accepted.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// Whether a client runs on a server or on the resource owner's device (RFC 8252).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// On a server, or in a browser.
    #[default]
    Web,
    /// On the device: any port on loopback and private-use schemes are allowed.
    Native,
}

/// Which tokens a client may introspect (RFC 7662 §2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Introspects {
    /// Its own only.
    #[default]
    Own,
    /// Its own, and access tokens for these resources.
    Audience(Vec<ResourceId>),
    /// Its own, and every access token.
    Any,
}

impl Client {
    /// Whether it cannot keep a secret.
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == "none"
    }

    /// Whether saying who it is will do. A record of a public client with a secret is one that somebody
    /// has got wrong: it proves nothing.
    pub(crate) fn needs_no_proof(&self) -> bool {
        self.is_public() && self.secrets.is_empty()
    }

    /// Whether it is registered for the grant type.
    pub fn has_grant_type(&self, grant_type: &str) -> bool {
        self.grant_types.iter().any(|own| own == grant_type)
    }

    /// Whether it is registered for the response type.
    pub fn has_response_type(&self, response_type: &str) -> bool {
        self.response_types.iter().any(|own| own == response_type)
    }

    /// The name that a person is shown: the registered name, or the identifier.
    pub fn display_name(&self) -> &str {
        self.client_name.as_deref().unwrap_or(self.client_id.as_str())
    }

    /// The origin of the document that describes it, if its identifier is the URL of one.
    pub fn described_at(&self) -> Option<&str> {
        let id = self.client_id.as_str();
        let authority = id.strip_prefix("https://")?.split(['/', '?']).next()?;
        Some(&id[.."https://".len() + authority.len()])
    }

    /// Whether nobody has looked at it: it registered itself, a user registered it, or a document
    /// describes it; and [`Registered::trusted`](super::Registered::trusted) does not say otherwise.
    pub fn is_unknown(&self) -> bool {
        match &self.registered {
            Some(registered) => !registered.trusted,
            None => self.owner.is_some() || self.described_at().is_some(),
        }
    }

    /// Ends that somebody [trusts](super::Registered::trusted) it, if its redirect URIs are not as they
    /// were `seen`: whoever did has looked at where those lead.
    pub fn keep_trust_of(&mut self, seen: &Self) {
        if let Some(registered) = &mut self.registered {
            registered.trusted &= self.redirect_uris == seen.redirect_uris;
        }
    }

    /// Whether tokens issued to it at `issued_at` are still honoured.
    pub fn honours(&self, issued_at: Timestamp) -> bool {
        !self.disabled && self.not_before.is_none_or(|not_before| issued_at >= not_before)
    }
}
