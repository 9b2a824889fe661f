//! The host's logo: where the browser fetches it, and what the policy has to admit for that.

use url::Url;

/// The address of the host's logo, which is either a path on the server itself or an https URL.
#[derive(Clone, Debug)]
pub(crate) struct Logo {
    url: String,
    source: String,
}

impl Logo {
    /// Reads a path such as `/static/logo.svg` or an https URL; `None` if it is neither.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > 2048 || !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            return None;
        }
        if text.starts_with('/') && !text.starts_with("//") {
            return Some(Self { url: text.to_owned(), source: "'self'".to_owned() });
        }
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
        let source = url.origin().ascii_serialization();
        // A host may hold characters that end a source in a policy, above all `;`.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b":/.-".contains(&b);
        source.bytes().all(plain).then(|| Self { url: url.into(), source })
    }

    /// What goes into `src`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The source expression that admits it (CSP 3 §2.3.1).
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

#[cfg(test)]
mod tests {
    use super::Logo;

    #[test]
    fn a_logo_is_admitted_by_its_origin() {
        assert_eq!(Logo::parse("/logo.svg").unwrap().source(), "'self'");
        let logo = Logo::parse("https://cdn.example:8443/a/logo.svg?v=2").unwrap();
        assert_eq!(logo.source(), "https://cdn.example:8443");
        assert_eq!(logo.url(), "https://cdn.example:8443/a/logo.svg?v=2");
    }

    #[test]
    fn other_addresses_are_refused() {
        let refused = [
            "",
            "logo.svg",
            "//cdn.example/logo.svg",
            "/\\cdn.example/logo.svg",
            "http://cdn.example/logo.svg",
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "https://a;script-src/logo.svg",
            "https://*/logo.svg",
            "/logo.svg\r\nX: y",
        ];
        for text in refused {
            assert!(Logo::parse(text).is_none(), "{text}");
        }
    }
}
