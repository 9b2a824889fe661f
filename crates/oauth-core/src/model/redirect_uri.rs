//! Redirect URIs: what may be registered, and when a requested one is the registered one.
//!
//! Parsed to validate, compared as the bytes that were registered: `Url` would call
//! `https://a/x/../cb` and `https://a/cb` equal, and an attacker would choose between them.

use std::{fmt, net::IpAddr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use url::{Host, Url};

use super::{ApplicationType, uri};

/// Longer redirect URIs are refused, in bytes.
const LIMIT: usize = 2048;

/// Response parameters that a registered query must not hold (they could be mistaken for ours).
const RESERVED: [&str; 12] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "id_token",
    "access_token",
    "token_type",
    "response",
    "session_state",
    "expires_in",
];

/// A redirect URI that passed every rule (RFC 6749 §3.1.2, RFC 8252, RFC 9700 §4.1), as the bytes
/// that were given. Holding one is the proof that a response may be sent there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RedirectUri(Arc<str>);

/// Why a redirect URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRedirectUri {
    /// Not an absolute URI in its normal spelling.
    #[error("a redirect URI is an absolute URI in its normal spelling")]
    NotNormal,
    /// A fragment (RFC 6749 §3.1.2).
    #[error("a redirect URI has no fragment (RFC 6749 §3.1.2)")]
    Fragment,
    /// A user name or password in front of the host.
    #[error("a redirect URI has no user name or password")]
    UserInfo,
    /// A wildcard.
    #[error("a redirect URI has no wildcard; register each one")]
    Wildcard,
    /// A scheme that is neither https, http on loopback, nor private-use with a dot.
    #[error(
        "a redirect URI is https, http on a loopback address, or for native applications a private-use scheme with a dot (RFC 8252 §7)"
    )]
    Scheme,
    /// A query parameter that is also a response parameter.
    #[error("a redirect URI's query holds no response parameter such as code, state, iss or error")]
    ReservedParameter,
    /// More than 2048 bytes.
    #[error("a redirect URI has at most 2048 bytes")]
    TooLong,
}

impl RedirectUri {
    /// Checks a redirect URI that a client of this type wants to register.
    ///
    /// # Errors
    /// [`InvalidRedirectUri`] names the rule that it breaks.
    pub fn register(
        text: &str,
        application_type: ApplicationType,
    ) -> Result<Self, InvalidRedirectUri> {
        if text.len() > LIMIT {
            return Err(InvalidRedirectUri::TooLong);
        }
        if text.contains('#') {
            return Err(InvalidRedirectUri::Fragment);
        }
        if text.contains('*') {
            return Err(InvalidRedirectUri::Wildcard);
        }
        let url = Url::parse(text).map_err(|_| InvalidRedirectUri::NotNormal)?;
        if !url.username().is_empty() || url.password().is_some() || authority_has_at(text) {
            return Err(InvalidRedirectUri::UserInfo);
        }
        if !scheme_is_allowed(&url, application_type) {
            return Err(InvalidRedirectUri::Scheme);
        }
        // `https://client.example` is as common as it is unambiguous: the one spelling that may
        // differ from what the parser writes is the missing root slash.
        let normal = url.as_str();
        let same = normal == text || normal.strip_suffix('/') == Some(text);
        if !same || !uri::is_plain(text) {
            return Err(InvalidRedirectUri::NotNormal);
        }
        if url.query_pairs().any(|(name, _)| RESERVED.contains(&&*name)) {
            return Err(InvalidRedirectUri::ReservedParameter);
        }
        Ok(Self(Arc::from(text)))
    }

    /// The requested redirect URI, if this registered one admits it: the same bytes, or, for a
    /// native application on a loopback address, the same but for the port (RFC 8252 §7.3).
    pub fn admits(&self, requested: &str, application_type: ApplicationType) -> Option<Self> {
        if *self.0 == *requested {
            return Some(self.clone());
        }
        let native = application_type == ApplicationType::Native;
        (native && requested.len() <= LIMIT && same_but_for_the_port(&self.0, requested))
            .then(|| Self(Arc::from(requested)))
    }

    /// The bytes as they were given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it leads to a program on the resource owner's own machine, whichever that is.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// Whether it leads to a website, and not to a program on the resource owner's own machine.
    pub fn is_website(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.scheme() == "https" && !is_loopback(&url))
    }

    /// The scheme and authority, as a person is shown where the answer goes: `https://a.example`,
    /// or the scheme alone for a private-use one (`com.example.app:`).
    pub fn display_host(&self) -> &str {
        match self.0.split_once("://") {
            Some((scheme, rest)) => {
                let authority = rest.find(['/', '?']).unwrap_or(rest.len());
                &self.0[..scheme.len() + 3 + authority]
            }
            None => self.0.split_inclusive(':').next().unwrap_or(&self.0),
        }
    }
}

/// Whether the host is this machine: `127.0.0.1`, `[::1]` or `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn scheme_is_allowed(url: &Url, application_type: ApplicationType) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        // RFC 8252 §7.1: private-use schemes are reversed domain names, so they hold a dot.
        private => application_type == ApplicationType::Native && private.contains('.'),
    }
}

fn authority_has_at(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        rest.split(['/', '?', '\\']).next().is_some_and(|authority| authority.contains('@'))
    })
}

/// RFC 8252 §7.3, on the raw bytes: `http://` + loopback host + any port + the very same rest.
fn same_but_for_the_port(registered: &str, requested: &str) -> bool {
    let split = |text: &str| -> Option<(usize, usize)> {
        let host = ["http://127.0.0.1", "http://[::1]", "http://localhost"]
            .into_iter()
            .find(|host| text.starts_with(host))?
            .len();
        let rest = &text[host..];
        let Some(port) = rest.strip_prefix(':') else { return Some((host, host)) };
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = port[..digits].parse().ok()?;
        (digits <= 5 && (1..=65535).contains(&number)).then_some((host, host + 1 + digits))
    };
    match (split(registered), split(requested)) {
        (Some((host_a, rest_a)), Some((host_b, rest_b))) => {
            registered[..host_a] == requested[..host_b]
                && registered[rest_a..] == requested[rest_b..]
                && matches!(requested.as_bytes().get(rest_b), None | Some(b'/' | b'?'))
        }
        _ => false,
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for RedirectUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Reads what a store kept; it was checked when it was registered, so only its shape is.
impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Url::parse(&text) {
            Ok(_) if !text.contains('#') => Ok(Self(Arc::from(text))),
            _ => Err(D::Error::custom("not a redirect URI")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ApplicationType::{Native, Web},
        InvalidRedirectUri, RedirectUri,
    };

    #[test]
    fn red_020_red_021_red_033_only_safe_schemes_are_registered() {
        let bad = [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://a/b",
            "about:blank",
            "urn:ietf:wg:oauth:2.0:oob",
            "http://client.example/cb",
            "myapp:/cb",
        ];
        for text in bad {
            assert_eq!(
                RedirectUri::register(text, Native),
                Err(InvalidRedirectUri::Scheme),
                "{text}"
            );
        }
        assert_eq!(
            RedirectUri::register("https://client.example/*", Web),
            Err(InvalidRedirectUri::Wildcard)
        );
        assert!(RedirectUri::register("com.example.app:/cb", Native).is_ok());
        assert!(RedirectUri::register("com.example.app:/cb", Web).is_err());
        // What such a scheme leaves as it is, and a header or a page should not get.
        for text in ["com.example.app:a b", "com.example.app:\"", "com.example.app:<b>"] {
            assert_eq!(
                RedirectUri::register(text, Native),
                Err(InvalidRedirectUri::NotNormal),
                "{text}"
            );
        }
        assert!(RedirectUri::register("https://client.example", Web).is_ok());
    }

    #[test]
    fn red_006_red_009_red_012_aut_030_extras_are_refused() {
        use InvalidRedirectUri::{Fragment, NotNormal, ReservedParameter, TooLong, UserInfo};
        let long = format!("https://client.example/{}", "a".repeat(3000));
        let cases = [
            ("https://client.example/cb#f", Fragment),
            ("https://client.example/cb#", Fragment),
            ("https://client@evil.example/cb", UserInfo),
            ("https://@evil.example/cb", UserInfo),
            ("https://client.example/a/../cb", NotNormal),
            ("https://CLIENT.example/cb", NotNormal),
            ("https://client.example:443/cb", NotNormal),
            ("https://client.example\\cb", NotNormal),
            ("https://client.example/cb\t", NotNormal),
            ("https://client.example/cb?x=a|b", NotNormal),
            ("https://client.example/cb?iss=x", ReservedParameter),
            (&long, TooLong),
        ];
        for (text, why) in cases {
            assert_eq!(RedirectUri::register(text, Web), Err(why), "{text}");
        }
    }

    #[test]
    fn red_024_red_026_red_027_the_loopback_port_is_free_for_native_applications_only() {
        let native = RedirectUri::register("http://127.0.0.1/cb", Native).unwrap();
        assert!(native.admits("http://127.0.0.1:51004/cb", Native).is_some());
        assert!(native.admits("http://127.0.0.1:51004/cb", Web).is_none());
        let refused = [
            "http://127.0.0.1:51004/cb?x=1",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:70000/cb",
            "http://attacker@127.0.0.1:5000/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://localhost:5/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://127.0.0.1:5/cb",
            "http://127.0.0.1:00080/cb2",
        ];
        for text in refused {
            assert!(native.admits(text, Native).is_none(), "{text}");
        }
        let localhost = RedirectUri::register("http://localhost/cb", Native).unwrap();
        assert!(localhost.admits("http://localhost:43117/cb", Native).is_some());
        assert!(localhost.admits("http://localhost:80@evil.example/cb", Native).is_none());
        let bare = RedirectUri::register("http://127.0.0.1", Native).unwrap();
        assert!(bare.admits("http://127.0.0.1:8080", Native).is_some());
        assert!(bare.admits("http://127.0.0.1:8080.evil.example", Native).is_none());
    }

    #[test]
    fn a_person_is_shown_where_the_answer_goes() {
        let shown = |text| RedirectUri::register(text, Native).unwrap().display_host().to_owned();
        assert_eq!(shown("https://a.example/cb?x=1"), "https://a.example");
        assert_eq!(shown("https://a.example:8443"), "https://a.example:8443");
        assert_eq!(shown("com.example.app:/cb"), "com.example.app:");
        let website = |text| RedirectUri::register(text, Native).unwrap().is_website();
        assert!(website("https://a.example/cb") && website("https://localhost.example/cb"));
        for own in ["http://127.0.0.1/cb", "https://localhost/cb", "com.example.app:/cb"] {
            assert!(!website(own), "{own}");
        }
    }
}
