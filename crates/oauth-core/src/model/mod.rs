//! Nouns with their own rules. Nothing here reads a request or a store.

mod access_token_format;
mod client;
mod client_builder;
mod client_metadata;
mod dialect;
mod digest;
mod grant;
mod identifier;
mod issued;
mod issuer;
mod redirect_uri;
mod refresh_policy;
mod resource;
mod scope;
mod secret;
mod stored_key;

pub use access_token_format::AccessTokenFormat;
pub use client::{ApplicationType, Client, ClientSecret, Introspects};
pub use client_builder::{ClientBuilder, InvalidClient};
pub use client_metadata::ClientMetadata;
pub use dialect::Dialect;
pub use digest::Digest;
pub use grant::Grant;
pub use identifier::{ClientId, GrantId, KeyId, Subject, Tenant};
pub use issued::{AccessToken, Artefact, AuthorizationCode, Issued, RefreshToken};
pub use issuer::{InvalidIssuer, Issuer};
pub use redirect_uri::{InvalidRedirectUri, RedirectUri};
pub use refresh_policy::{IssueRefreshToken, RefreshPolicy, Rotation};
pub use resource::{InvalidResource, Resource, ResourceId};
pub use scope::{InvalidScope, Scope};
pub use secret::{Secret, SecretHash};
pub use stored_key::StoredKey;
