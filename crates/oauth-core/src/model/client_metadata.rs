//! Client metadata as it travels (RFC 7591 §2), and the client that it describes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    ApplicationType, Client, ClientAbout, ClientBuilder, InvalidClient, Scope, SecretHash,
};

/// The members of RFC 7591 §2 that the server acts on, and OpenID's `application_type`. Absent
/// members mean what that section says they mean.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// What a person is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// What else it says about itself to people.
    #[serde(flatten)]
    pub about: ClientAbout,
    /// How it proves who it is; `client_secret_basic` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// Its public keys, as a JWK set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The one algorithm that its assertions are signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Whether it runs on the resource owner's device; on a server or in a browser where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_type: Option<ApplicationType>,
    /// Where authorization responses may go.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The grant types that it may use; `authorization_code` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<String>>,
    /// The response types that it may ask for; `code` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    /// The most that it may be granted, as a space-separated list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

impl ClientMetadata {
    /// What a client has registered.
    pub fn of(client: &Client) -> Self {
        Self {
            client_name: client.client_name.clone(),
            about: client.about.clone(),
            token_endpoint_auth_method: Some(client.token_endpoint_auth_method.clone()),
            jwks: client.jwks.clone(),
            jwks_uri: client.jwks_uri.clone(),
            token_endpoint_auth_signing_alg: client.token_endpoint_auth_signing_alg.clone(),
            application_type: Some(client.application_type),
            redirect_uris: client.redirect_uris.iter().map(ToString::to_string).collect(),
            grant_types: Some(client.grant_types.clone()),
            response_types: Some(client.response_types.clone()),
            scope: client.scope.as_str().to_owned(),
        }
    }

    /// How it proves who it is.
    pub fn method(&self) -> &str {
        self.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic")
    }

    /// Whether that takes a secret that both sides know.
    pub fn needs_secret(&self) -> bool {
        self.method().starts_with("client_secret_")
    }

    /// Begins the client that the metadata describes, under this identifier and, where the method
    /// needs one, with this secret.
    ///
    /// # Errors
    /// [`InvalidClient::Secret`] if the authentication method needs a secret and there is none, or
    /// the other way round.
    pub fn client(
        &self,
        client_id: &str,
        secret: Option<SecretHash>,
    ) -> Result<ClientBuilder, InvalidClient> {
        let public = self.method() == "none";
        let builder = match secret {
            Some(hash) if !public => Client::confidential(client_id, hash),
            None if !self.needs_secret() => Client::public(client_id),
            _ => return Err(InvalidClient::Secret),
        };
        Ok(self.say(builder))
    }

    /// Begins anew with what no client says of itself.
    pub(crate) fn kept(client: &Client) -> ClientBuilder {
        let mut same = client.clone();
        same.redirect_uris.clear();
        same.scope = Scope::default();
        Client::public(client.client_id.as_str()).with(|begun| *begun = same)
    }

    /// Lets the client that is begun say this.
    pub(crate) fn say(&self, builder: ClientBuilder) -> ClientBuilder {
        let default = |name: &str| vec![name.to_owned()];
        let builder = builder.scope(&self.scope).with(|client| {
            client.client_name.clone_from(&self.client_name);
            client.about.clone_from(&self.about);
            self.method().clone_into(&mut client.token_endpoint_auth_method);
            client.jwks.clone_from(&self.jwks);
            client.jwks_uri.clone_from(&self.jwks_uri);
            let alg = &self.token_endpoint_auth_signing_alg;
            client.token_endpoint_auth_signing_alg.clone_from(alg);
            client.application_type = self.application_type.unwrap_or_default();
            client.grant_types =
                self.grant_types.clone().unwrap_or_else(|| default("authorization_code"));
            client.response_types = self.response_types.clone().unwrap_or_else(|| default("code"));
        });
        self.redirect_uris.iter().fold(builder, |builder, uri| builder.redirect_uri(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::ClientMetadata;
    use crate::model::{Secret, SecretHash};

    #[test]
    fn absent_members_have_the_defaults_of_the_rfc() {
        let metadata: ClientMetadata =
            serde_json::from_str(r#"{"redirect_uris":["https://a.example/cb"]}"#).unwrap();
        assert!(metadata.client("web", None).is_err());
        let hash = SecretHash::of_generated(&Secret::new("s"));
        let client = metadata.client("web", Some(hash)).unwrap().build().unwrap();
        assert_eq!(client.token_endpoint_auth_method, "client_secret_basic");
        assert_eq!(client.grant_types, ["authorization_code"]);
        assert_eq!(client.response_types, ["code"]);
    }
}
