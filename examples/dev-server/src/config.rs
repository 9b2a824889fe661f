//! The configuration file. What is in it and has no use here is not dropped silently: it is named.

use std::{collections::BTreeMap, error::Error, net::SocketAddr, path::Path};

use oauth_core::model::{AccessTokenFormat, ClientMetadata, ResourceId};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Keys that nothing reads.
type Rest = BTreeMap<String, Value>;

#[derive(Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) issuer: String,
    #[serde(default)]
    pub(crate) users: Vec<User>,
    #[serde(default)]
    pub(crate) clients: Vec<RegisteredClient>,
    /// Clients that may introspect every access token.
    #[serde(default)]
    pub(crate) may_introspect: Vec<String>,
    #[serde(default)]
    pub(crate) resources: Vec<ProtectedResource>,
    /// `opaque`, or `jwt`.
    #[serde(default)]
    pub(crate) access_token_format: AccessTokenFormat,
    #[serde(default)]
    pub(crate) browser_origins: Vec<String>,
    #[serde(default)]
    pub(crate) development: Development,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) password: String,
    #[serde(flatten)]
    rest: Rest,
}

/// A client as RFC 7591 describes it, with the identifier and secret that it was given.
#[derive(Debug, Deserialize)]
pub(crate) struct RegisteredClient {
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
    #[serde(flatten)]
    members: Rest,
}

/// A protected resource and its scope tokens.
#[derive(Debug, Deserialize)]
pub(crate) struct ProtectedResource {
    pub(crate) identifier: ResourceId,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    /// `opaque` or `jwt`; what the server says, if it says nothing.
    pub(crate) access_token_format: Option<AccessTokenFormat>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Development {
    /// Whether failed guesses are counted.
    #[serde(default = "yes")]
    pub(crate) throttle: bool,
    /// Whether what clients name is fetched from loopback addresses, too.
    #[serde(default)]
    pub(crate) allow_loopback_fetch: bool,
    /// URLs of metadata documents, and what on loopback stands for them.
    #[serde(default)]
    pub(crate) client_metadata_map: BTreeMap<String, String>,
    #[serde(flatten)]
    rest: Rest,
}

impl Default for Development {
    fn default() -> Self {
        Self {
            throttle: true,
            allow_loopback_fetch: false,
            client_metadata_map: BTreeMap::new(),
            rest: Rest::new(),
        }
    }
}

fn yes() -> bool {
    true
}

/// The members of [`ClientMetadata`].
const CLIENT_MEMBERS: [&str; 17] = [
    "application_type",
    "client_name",
    "client_uri",
    "contacts",
    "grant_types",
    "jwks",
    "jwks_uri",
    "logo_uri",
    "policy_uri",
    "redirect_uris",
    "response_types",
    "scope",
    "software_id",
    "software_version",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "tos_uri",
];

impl Config {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// The host and port of the issuer.
    pub(crate) fn address(&self) -> Result<SocketAddr, Box<dyn Error>> {
        let url = Url::parse(&self.issuer)?;
        let addresses = url.socket_addrs(|| None)?;
        addresses.first().copied().ok_or_else(|| "the issuer has no address; use --listen".into())
    }

    /// The keys that nothing reads, each with its place.
    pub(crate) fn unused_keys(&self) -> Vec<String> {
        let mut unused: Vec<_> = self.rest.keys().cloned().collect();
        unused.extend(self.development.rest.keys().map(|key| format!("development.{key}")));
        for user in &self.users {
            unused.extend(user.rest.keys().map(|key| format!("users[{}].{key}", user.username)));
        }
        for client in &self.clients {
            let unknown =
                client.members.keys().filter(|key| !CLIENT_MEMBERS.contains(&key.as_str()));
            unused.extend(unknown.map(|key| format!("clients[{}].{key}", client.client_id)));
        }
        for resource in &self.resources {
            let place = |key| format!("resources[{}].{key}", resource.identifier);
            unused.extend(resource.rest.keys().map(place));
        }
        unused
    }
}

impl RegisteredClient {
    pub(crate) fn metadata(&self) -> Result<ClientMetadata, serde_json::Error> {
        let known = self.members.iter().filter(|(key, _)| CLIENT_MEMBERS.contains(&key.as_str()));
        let known = known.map(|(key, value)| (key.clone(), value.clone()));
        serde_json::from_value(Value::Object(known.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn what_nothing_reads_is_named() {
        let config: Config = serde_json::from_str(
            r#"{ "issuer": "http://127.0.0.1:4000", "colour": "blue",
                 "users": [{ "username": "demo", "password": "demo", "claims": {} }],
                 "clients": [{ "client_id": "spa", "token_endpoint_auth_method": "none", "keys": {} }],
                 "development": { "throttle": false, "allow_everything": true } }"#,
        )
        .unwrap();
        let named = config.unused_keys();
        let expected =
            ["colour", "development.allow_everything", "users[demo].claims", "clients[spa].keys"];
        assert_eq!(named, expected);
        assert!(!config.development.throttle);
        assert_eq!(config.address().unwrap().port(), 4000);
    }
}
