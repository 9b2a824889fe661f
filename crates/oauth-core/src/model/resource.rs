//! Protected resources and their identifiers (RFC 8707).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use url::Url;

use super::{AccessTokenFormat, ClientId, Scope, uri};

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
    /// [`InvalidResource`] if it is not absolute, has a fragment, or a character that no URI has.
    pub fn parse(text: &str) -> Result<Self, InvalidResource> {
        // The parser decodes escapes in a host.
        let absolute = Url::parse(text)
            .is_ok_and(|url| url.fragment().is_none() && uri::is_plain(url.as_str()));
        if absolute && uri::is_plain(text) {
            Ok(Self(Arc::from(text)))
        } else {
            Err(InvalidResource)
        }
    }

    /// Where it says what it is (RFC 9728 §3.1): the well-known path comes between host and path.
    /// `None` if it is not at an http address.
    pub fn metadata_url(&self) -> Option<String> {
        let url =
            Url::parse(&self.0).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("{}{}{query}", url.origin().ascii_serialization(), metadata_path(&url)))
    }

    /// The path of [`metadata_url`](Self::metadata_url).
    pub(crate) fn metadata_path(&self) -> Option<String> {
        self.metadata_url()?;
        Url::parse(&self.0).ok().as_ref().map(metadata_path)
    }

    /// Whether it is at this origin, and with it in the application that serves it.
    pub(crate) fn is_at(&self, origin: &str) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.origin().ascii_serialization() == origin)
    }

    /// How much of a path is the resource's own: the length of its path, if that comes first.
    pub(crate) fn reach(&self, path: &str) -> Option<usize> {
        let url = Url::parse(&self.0).ok()?;
        let own = url.path().trim_end_matches('/');
        let rest = path.strip_prefix(own)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(own.len())
    }

    /// Whether a client means it: byte by byte, but that `https://a.example` may be spelled with the
    /// slash that is its path (RFC 3986 §6.2.3), which clients add that keep it as a URL.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        let without_path = |own: &str| {
            let authority = own.strip_prefix("https://").or_else(|| own.strip_prefix("http://"));
            authority.is_some_and(|authority| !authority.contains(['/', '?']))
        };
        text == self.as_str()
            || text.strip_suffix('/') == Some(self.as_str()) && without_path(&self.0)
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

/// Only the slash behind the host is left out.
fn metadata_path(url: &Url) -> String {
    let path = if url.path() == "/" { "" } else { url.path() };
    format!("/.well-known/oauth-protected-resource{path}")
}

/// A protected resource that the server knows: clients may name it in `resource`, and tokens asked
/// for it are good nowhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resource {
    /// Its identifier.
    pub identifier: ResourceId,
    /// The scope tokens that mean something there.
    #[serde(default)]
    pub scopes: Scope,
    /// What people call it (`resource_name`).
    #[serde(default)]
    pub name: Option<String>,
    /// Where developers read about it (`resource_documentation`).
    #[serde(default)]
    pub documentation: Option<String>,
    /// The clients, resource servers, that may introspect the tokens meant for it.
    #[serde(default)]
    pub introspected_by: Vec<ClientId>,
    /// What tokens for it are; `None` leaves it to the client and the server.
    #[serde(default)]
    pub access_token_format: Option<AccessTokenFormat>,
}

impl Resource {
    /// A resource with nothing but its identifier.
    pub fn new(identifier: ResourceId) -> Self {
        Self {
            identifier,
            scopes: Scope::default(),
            name: None,
            documentation: None,
            introspected_by: Vec::new(),
            access_token_format: None,
        }
    }

    /// The scope tokens that mean something there.
    #[must_use]
    pub fn scopes(mut self, scopes: Scope) -> Self {
        self.scopes = scopes;
        self
    }

    /// What people call it.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Where developers read about it.
    #[must_use]
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// Decides what tokens for it are, whatever client asks.
    #[must_use]
    pub fn access_token_format(mut self, format: AccessTokenFormat) -> Self {
        self.access_token_format = Some(format);
        self
    }

    /// Adds a client, the resource server, that may introspect the tokens meant for it.
    #[must_use]
    pub fn introspected_by(mut self, client: impl Into<ClientId>) -> Self {
        self.introspected_by.push(client.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::ResourceId;

    #[test]
    fn the_root_may_be_named_with_its_slash_and_nothing_else_may_differ() {
        let is_named = |own: &str, text: &str| ResourceId::parse(own).unwrap().is_named(text);
        assert!(is_named("https://a.example", "https://a.example/"));
        assert!(is_named("http://127.0.0.1:3000", "http://127.0.0.1:3000/"));
        for (own, text) in [
            ("https://a.example", "https://a.example//"),
            ("https://a.example", "https://A.example/"),
            ("https://a.example/", "https://a.example"),
            ("https://a.example/mcp", "https://a.example/mcp/"),
            ("https://a.example/mcp/", "https://a.example/mcp"),
            ("https://a.example?a", "https://a.example?a/"),
            ("urn:example:a", "urn:example:a/"),
        ] {
            assert!(!is_named(own, text), "{own} {text}");
        }
    }

    #[test]
    fn an_indicator_is_absolute_and_has_no_fragment() {
        assert!(ResourceId::parse("https://api.example/photos?x=1").is_ok());
        for text in ["/photos", "", "https://api.example/#f", "api.example"] {
            assert!(ResourceId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_indicator_has_the_characters_of_a_uri() {
        for text in [
            " https://a.example",
            "https://a.example/\n",
            "https://a.ex\tample",
            "urn:a b",
            "https://%22a/",
        ] {
            assert!(ResourceId::parse(text).is_err(), "{text:?}");
        }
    }

    /// RFC 9728 §3.1, with its own examples.
    #[test]
    fn the_well_known_path_comes_between_host_and_path() {
        let of = |text| ResourceId::parse(text).unwrap().metadata_url();
        let url = |text: &str| Some(text.to_owned());
        let root = "https://resource.example.com/.well-known/oauth-protected-resource";
        assert_eq!(of("https://resource.example.com"), url(root));
        assert_eq!(of("https://resource.example.com/"), url(root));
        assert_eq!(of("https://resource.example.com/resource1"), url(&format!("{root}/resource1")));
        assert_eq!(
            of("http://127.0.0.1:3000/mcp?x=1"),
            url("http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp?x=1")
        );
        assert_eq!(of("urn:example:photos"), None);
    }

    #[test]
    fn a_resource_reaches_as_far_as_its_path() {
        let mcp = ResourceId::parse("https://a.example/mcp").unwrap();
        assert_eq!((mcp.reach("/mcp"), mcp.reach("/mcp/sse")), (Some(4), Some(4)));
        assert_eq!((mcp.reach("/mcpx"), mcp.reach("/")), (None, None));
        assert_eq!(ResourceId::parse("https://a.example/").unwrap().reach("/x"), Some(0));
    }
}
