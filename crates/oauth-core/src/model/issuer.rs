//! The issuer identifier (RFC 8414 §2) and the URLs that follow from it.

use std::{fmt, sync::Arc};

use url::Url;

/// An issuer: an https URL (http on loopback) without query and fragment, and without a trailing slash
/// unless it is [elsewhere](Self::elsewhere). Known from configuration, never from a `Host` header, and compared byte by byte by clients.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Issuer {
    text: Arc<str>,
    path_from: usize,
}

/// The text is no issuer identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIssuer {
    /// Not an absolute URL in its normal spelling.
    #[error(
        "an issuer is an absolute URL in its normal spelling: lower-case host, no default port"
    )]
    NotNormal,
    /// Plain http towards something that is not this machine.
    #[error("an issuer is https, or http on a loopback address (RFC 8414 §2)")]
    NotHttps,
    /// A query, a fragment, a user or a trailing slash.
    #[error("an issuer has no query, fragment or user name (RFC 8414 §2), nor a trailing slash")]
    HasExtras,
}

impl Issuer {
    /// Reads an issuer identifier such as `https://example.com/oauth`.
    ///
    /// # Errors
    /// [`InvalidIssuer`] says which rule of RFC 8414 §2 is broken.
    pub fn parse(text: &str) -> Result<Self, InvalidIssuer> {
        if text.ends_with('/') {
            return Err(InvalidIssuer::HasExtras);
        }
        Self::elsewhere(text)
    }

    /// Reads the identifier of an authorization server that is not this one, and that may end with a
    /// slash, as some do: RFC 8414 §2 does not forbid it, and it is compared to the letter.
    ///
    /// # Errors
    /// [`InvalidIssuer`] says which rule of RFC 8414 §2 is broken.
    pub fn elsewhere(text: &str) -> Result<Self, InvalidIssuer> {
        let url = Url::parse(text).map_err(|_| InvalidIssuer::NotNormal)?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if url.query().is_some() || url.fragment().is_some() || has_user {
            return Err(InvalidIssuer::HasExtras);
        }
        match url.scheme() {
            "https" => {}
            "http" if super::redirect_uri::is_loopback(&url) => {}
            _ => return Err(InvalidIssuer::NotHttps),
        }
        let path = if text.ends_with('/') { url.path() } else { url.path().trim_end_matches('/') };
        let path_from = text.len().saturating_sub(path.len());
        if url.as_str().trim_end_matches('/') != text.trim_end_matches('/')
            || text.get(path_from..) != Some(path)
            || text.ends_with("//")
        {
            return Err(InvalidIssuer::NotNormal);
        }
        Ok(Self { text: Arc::from(text), path_from })
    }

    /// The identifier as clients compare it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path of the issuer, empty or beginning with `/`: `/oauth` of
    /// `https://example.com/oauth`.
    pub fn path(&self) -> &str {
        &self.text[self.path_from..]
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.text[..self.path_from]
    }

    /// Whether browsers reach it over TLS.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The absolute URL of an endpoint whose path, below the issuer's, is `path`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidIssuer, Issuer};

    #[test]
    fn an_issuer_has_a_path_and_an_origin() {
        let issuer = Issuer::parse("https://example.com/a/b").unwrap();
        assert_eq!((issuer.origin(), issuer.path()), ("https://example.com", "/a/b"));
        assert_eq!(issuer.url("/token"), "https://example.com/a/b/token");
        assert_eq!(Issuer::parse("http://127.0.0.1:3000").unwrap().path(), "");
        assert!(Issuer::parse("http://localhost:3000").is_ok());
    }

    #[test]
    fn an_issuer_elsewhere_may_end_with_a_slash() {
        let issuer = Issuer::elsewhere("https://tenant.example.com/").unwrap();
        assert_eq!(issuer.as_str(), "https://tenant.example.com/");
        assert_eq!((issuer.origin(), issuer.path()), ("https://tenant.example.com", "/"));
        assert_eq!(Issuer::elsewhere("https://example.com/a/").unwrap().path(), "/a/");
        assert_eq!(Issuer::elsewhere("https://example.com/a").unwrap().path(), "/a");
        for text in ["https://example.com//", "https://example.com/a//", "https://example.com/?x"] {
            assert!(Issuer::elsewhere(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_clients_could_read_differently_is_refused() {
        for text in [
            "https://example.com/",
            "https://example.com/a/",
            "https://example.com?x",
            "https://u@example.com",
            "https://example.com#f",
        ] {
            assert_eq!(Issuer::parse(text), Err(InvalidIssuer::HasExtras), "{text}");
        }
        for text in [
            "HTTPS://example.com",
            "https://EXAMPLE.com",
            "https://example.com:443",
            "https://example.com/a/../b",
            "example.com",
        ] {
            assert_eq!(Issuer::parse(text), Err(InvalidIssuer::NotNormal), "{text}");
        }
        assert_eq!(Issuer::parse("http://example.com"), Err(InvalidIssuer::NotHttps));
    }
}
