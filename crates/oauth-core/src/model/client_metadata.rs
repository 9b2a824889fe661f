//! Client metadata as it travels (RFC 7591 §2), and the client that it describes.

use serde::{Deserialize, Serialize};

use super::{ApplicationType, Client, ClientBuilder, InvalidClient, SecretHash};

/// The members of RFC 7591 §2 that the server acts on, and OpenID's `application_type`. Absent
/// members mean what that section says they mean.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// What a person is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// How it proves who it is; `client_secret_basic` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// Whether it runs on the resource owner's device.
    #[serde(default)]
    pub application_type: ApplicationType,
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
    #[serde(default)]
    pub scope: String,
}

impl ClientMetadata {
    /// Begins the client that the metadata describes, under this identifier and, for a
    /// confidential one, with this secret.
    ///
    /// # Errors
    /// [`InvalidClient::Secret`] if the authentication method needs a secret and there is none, or
    /// the other way round.
    pub fn client(
        &self,
        client_id: &str,
        secret: Option<SecretHash>,
    ) -> Result<ClientBuilder, InvalidClient> {
        let method = self.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic");
        let mut builder = match secret {
            Some(hash) if method != "none" => {
                Client::confidential(client_id, hash).token_endpoint_auth_method(method)
            }
            None if method == "none" => Client::public(client_id),
            _ => return Err(InvalidClient::Secret),
        };
        builder = builder.scope(&self.scope).with(|client| {
            client.client_name.clone_from(&self.client_name);
            client.application_type = self.application_type;
            client.grant_types =
                self.grant_types.clone().unwrap_or_else(|| vec!["authorization_code".to_owned()]);
            client.response_types =
                self.response_types.clone().unwrap_or_else(|| vec!["code".to_owned()]);
        });
        Ok(self.redirect_uris.iter().fold(builder, |builder, uri| builder.redirect_uri(uri)))
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
