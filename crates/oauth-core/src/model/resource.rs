//! Protected resources and their identifiers (RFC 8707).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use url::Url;

use super::{AccessTokenFormat, Scope};

/// A resource indicator: an absolute URI without fragment, the `aud` of the tokens meant for it
/// (RFC 8707 §2). Compared byte by byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(Arc<str>);

/// The text is no resource indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a resource indicator is an absolute URI without a fragment (RFC 8707 §2)")]
pub struct InvalidResource;

impl ResourceId {
    /// Reads a resource indicator.
    ///
    /// # Errors
    /// [`InvalidResource`] if it is not absolute or has a fragment.
    pub fn parse(text: &str) -> Result<Self, InvalidResource> {
        let absolute = Url::parse(text).is_ok_and(|url| url.fragment().is_none());
        if absolute { Ok(Self(Arc::from(text))) } else { Err(InvalidResource) }
    }

    /// The identifier as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A protected resource that the server knows: clients may name it in `resource`, and tokens asked
/// for it are good nowhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    /// Its identifier.
    pub identifier: ResourceId,
    /// The scope tokens that mean something there.
    #[serde(default)]
    pub scopes: Scope,
    /// What tokens for it are; `None` leaves it to the client and the server.
    #[serde(default)]
    pub access_token_format: Option<AccessTokenFormat>,
}

impl Resource {
    /// A resource with these scope tokens.
    pub fn new(identifier: ResourceId, scopes: Scope) -> Self {
        Self { identifier, scopes, access_token_format: None }
    }

    /// Decides what tokens for it are, whatever client asks.
    #[must_use]
    pub fn access_token_format(mut self, format: AccessTokenFormat) -> Self {
        self.access_token_format = Some(format);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::ResourceId;

    #[test]
    fn an_indicator_is_absolute_and_has_no_fragment() {
        assert!(ResourceId::parse("https://api.example/photos?x=1").is_ok());
        for text in ["/photos", "", "https://api.example/#f", "api.example"] {
            assert!(ResourceId::parse(text).is_err(), "{text}");
        }
    }
}
