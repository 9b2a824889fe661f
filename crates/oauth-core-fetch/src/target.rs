//! Where a request may go, as far as its URL says.

use std::{collections::BTreeMap, net::IpAddr};

use oauth_core::fetch::FetchFailed;
use url::{Host, Url};

use crate::address::{is_private, is_public};

/// An address on the inside was named, or a name led to one.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the address is not public")]
pub(crate) struct Inside;

/// Which addresses may be asked besides public ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) loopback: bool,
    pub(crate) private: bool,
}

impl Reach {
    /// Whether the address may be asked.
    pub(crate) fn includes(self, address: IpAddr) -> bool {
        is_public(address)
            || (self.loopback && address.is_loopback())
            || (self.private && is_private(address))
    }
}

/// What of a URL is allowed.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    pub(crate) reach: Reach,
    /// The ports, besides those of loopback where that may be asked.
    pub(crate) ports: Vec<u16>,
    /// URLs that stand for others, on loopback.
    pub(crate) map: BTreeMap<String, Url>,
}

impl Targets {
    /// The URL to ask. What is returned is what was checked: it is not parsed again.
    pub(crate) fn check(&self, uri: &http::Uri) -> Result<Url, FetchFailed> {
        let text = uri.to_string();
        if let Some(stand_in) = self.map.get(&text) {
            return Ok(stand_in.clone());
        }
        let url = Url::parse(&text).map_err(|_| FetchFailed::Refused("the URL cannot be read"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchFailed::Refused("the URL holds a user name"));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchFailed::Refused("the URL has no host")),
        };
        // The client connects to an address without looking it up.
        if address.is_some_and(|address| !self.reach.includes(address)) {
            return Err(FetchFailed::Refused("the address is not public"));
        }
        let loopback = self.reach.loopback
            && address.map_or(url.domain() == Some("localhost"), |address| address.is_loopback());
        if url.scheme() != "https" && !(loopback && url.scheme() == "http") {
            return Err(FetchFailed::Refused("the URL is not https"));
        }
        let port = url.port_or_known_default();
        if !loopback && port.is_none_or(|port| !self.ports.contains(&port)) {
            return Err(FetchFailed::Refused("the port may not be asked"));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Reach, Targets};

    const PUBLIC: Reach = Reach { loopback: false, private: false };
    const LOOPBACK: Reach = Reach { loopback: true, private: false };
    const PRIVATE: Reach = Reach { loopback: false, private: true };

    fn targets(reach: Reach) -> Targets {
        Targets { reach, ports: vec![443], map: BTreeMap::new() }
    }

    fn allows(reach: Reach, text: &str) -> bool {
        // What `http` cannot read cannot be in a request.
        text.parse().is_ok_and(|uri| targets(reach).check(&uri).is_ok())
    }

    #[test]
    fn aut_043_every_spelling_of_an_address_is_understood() {
        let refused = [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://127.0.0.1./",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[fe80::1]/",
            "https://169.254.169.254/latest",
            "https://%31%32%37.0.0.1/",
            "https://\u{2460}27.0.0.1/",
        ];
        for text in refused {
            assert!(!allows(PUBLIC, text), "{text}");
        }
        assert!(allows(PUBLIC, "https://1.1.1.1/x"));
    }

    #[test]
    fn https_on_the_usual_port_without_a_user_name() {
        assert!(allows(PUBLIC, "https://a.example/x?y=z"));
        assert!(allows(PUBLIC, "https://a.example:443/x"));
        for text in [
            "http://a.example/",
            "http://a.example:443/",
            "https://a.example:8443/",
            "https://a.example:22/",
            "https://u@a.example/",
            "https://u:p@a.example/",
            "ftp://a.example/",
            "/path",
            "a.example:443",
        ] {
            assert!(!allows(PUBLIC, text), "{text}");
            assert!(!allows(LOOPBACK, text), "{text}");
        }
    }

    #[test]
    fn loopback_where_it_is_switched_on_and_nothing_else_on_the_inside() {
        let both = LOOPBACK;
        for text in ["http://127.0.0.1:5173/x", "http://localhost:1/", "https://[::1]:8/"] {
            assert!(allows(both, text), "{text}");
            assert!(!allows(PUBLIC, text), "{text}");
        }
        for text in ["http://10.0.0.1/", "https://169.254.169.254/", "http://localhost.example/"] {
            assert!(!allows(both, text), "{text}");
        }
    }

    #[test]
    fn private_networks_where_they_are_switched_on_and_nothing_else_on_the_inside() {
        for text in ["https://10.0.0.1/", "https://100.64.0.1/", "https://[fd00::1]/"] {
            assert!(allows(PRIVATE, text), "{text}");
            assert!(!allows(PUBLIC, text) && !allows(LOOPBACK, text), "{text}");
        }
        for text in [
            "http://10.0.0.1/",
            "https://10.0.0.1:8443/",
            "https://127.0.0.1/",
            "https://169.254.169.254/latest",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
        ] {
            assert!(!allows(PRIVATE, text), "{text}");
        }
    }
}
