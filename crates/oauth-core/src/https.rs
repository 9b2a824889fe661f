//! Plain http is refused, and browsers are told to stay with https (RFC 6797).
//!
//! TLS usually ends at a proxy. What a proxy reports of a request is believed if the host has named
//! the proxy; forwarded headers from anyone else are anybody's claims and are not looked at.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use http::{HeaderMap, HeaderValue};
pub use ipnet::IpNet;
use ipnet::Ipv4Net;

use crate::{
    http_types::{HeaderNames, Response},
    wire::{ErrorCode, json},
};

/// For how long a browser stays with https, in seconds: a year.
const MAX_AGE: &str = "max-age=31536000";

/// Admits requests that came over https. Adapters make a layer or a middleware of it.
#[derive(Clone, Debug)]
pub struct HttpsOnly {
    proxies: Vec<IpNet>,
}

/// What of a request tells how it came.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    /// The address of the peer that opened the connection.
    pub peer: Option<IpAddr>,
    /// Whether the connection itself is TLS.
    pub tls: bool,
    /// The headers.
    pub headers: &'a HeaderMap,
}

/// Without what the headers say.
impl fmt::Debug for Arrival<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("peer", &self.peer)
            .field("tls", &self.tls)
            .field("headers", &HeaderNames(self.headers))
            .finish()
    }
}

/// The request came over plain http.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("https is required")]
pub struct PlainHttp;

impl PlainHttp {
    /// The answer: 400, without a redirect, since what was sent in clear has been sent.
    pub fn to_response(self) -> Response {
        let code = ErrorCode::InvalidRequest;
        json::error(code.status(), code, "https is required")
    }
}

impl HttpsOnly {
    /// TLS ends at these proxies, which are addresses or networks: `X-Forwarded-Proto` and
    /// `X-Forwarded-For` are believed from them. Each must set both itself and not pass on what it
    /// received, and who else connects from such a network is believed, too.
    ///
    /// ```
    /// use oauth_core::https::{HttpsOnly, IpNet};
    ///
    /// let https = HttpsOnly::behind(["10.0.0.0/8".parse::<IpNet>()?]);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn behind<P: Into<IpNet>>(proxies: impl IntoIterator<Item = P>) -> Self {
        Self { proxies: proxies.into_iter().map(|proxy| canonical(proxy.into())).collect() }
    }

    /// TLS ends in this process; no forwarded header is believed.
    pub fn here() -> Self {
        Self { proxies: Vec::new() }
    }

    /// Admits a request, and says from which address it really came.
    ///
    /// # Errors
    /// [`PlainHttp`] if it did not come over https.
    pub fn admit(&self, arrival: &Arrival<'_>) -> Result<Option<IpAddr>, PlainHttp> {
        let from_proxy = arrival.peer.is_some_and(|peer| self.is_proxy(peer));
        let forwarded = |name| last(arrival.headers, name).filter(|_| from_proxy);
        if arrival.tls || forwarded("x-forwarded-proto").is_some_and(|proto| proto == "https") {
            let client = if from_proxy { self.client(arrival.headers) } else { None };
            return Ok(client.or(arrival.peer));
        }
        Err(PlainHttp)
    }

    /// The value of `Strict-Transport-Security`.
    pub fn hsts(&self) -> HeaderValue {
        HeaderValue::from_static(MAX_AGE)
    }

    /// The last address of `X-Forwarded-For` that is not one of the proxies, or the first one: every one
    /// before it was written by somebody who is not trusted.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let addresses: Vec<_> = lines.flat_map(|line| line.split(',')).collect();
        let parsed = addresses.iter().rev().map(|text| address(text.trim()));
        let mut written = parsed.take_while(Option::is_some).flatten();
        let mut last = None;
        let client = written.find(|address| {
            last = Some(*address);
            !self.is_proxy(*address)
        });
        // Where all are proxies, one of the same network is the client; a proxy wrote it.
        client.or(last)
    }

    /// A socket for IPv6 that takes IPv4, too, sees IPv4 addresses inside of IPv6 ones.
    fn is_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.proxies.iter().any(|proxies| proxies.contains(&address))
    }
}

/// IPv4 for what is IPv4 inside of IPv6.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(inside) = network else { return network };
    let mapped = inside.addr().to_ipv4_mapped().zip(inside.prefix_len().checked_sub(96));
    let mapped = mapped.and_then(|(address, length)| Ipv4Net::new(address, length).ok());
    mapped.map_or(network, IpNet::V4)
}

/// Some proxies write the port, too, and IPv6 in brackets then (RFC 7239 §6 has both spellings).
fn address(text: &str) -> Option<IpAddr> {
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    inside.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// The last value of a header, the one that the nearest proxy wrote.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http::{HeaderMap, HeaderValue};

    use super::{Arrival, HttpsOnly, PlainHttp};

    const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

    fn admit(
        peer: IpAddr,
        tls: bool,
        sent: &[(&'static str, &'static str)],
    ) -> Result<IpAddr, PlainHttp> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let https = HttpsOnly::behind([PROXY]);
        let admitted = https.admit(&Arrival { peer: Some(peer), tls, headers: &headers });
        admitted.map(|client| client.unwrap())
    }

    #[test]
    fn dos_027_only_a_named_proxy_is_believed() {
        let https = ("x-forwarded-proto", "https");
        assert_eq!(admit(PROXY, false, &[https]), Ok(PROXY));
        assert_eq!(admit(STRANGER, false, &[https]), Err(PlainHttp));
        assert_eq!(admit(PROXY, false, &[]), Err(PlainHttp));
        assert_eq!(admit(PROXY, false, &[("x-forwarded-proto", "http")]), Err(PlainHttp));
        assert_eq!(admit(PROXY, false, &[("x-forwarded-proto", "https, http")]), Err(PlainHttp));
        assert_eq!(admit(STRANGER, true, &[]), Ok(STRANGER));
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(
            admit(mapped, false, &[https, ("x-forwarded-for", "203.0.113.9")]),
            Ok(STRANGER)
        );
        assert_eq!(admit("::ffff:10.0.0.2".parse().unwrap(), false, &[https]), Err(PlainHttp));
    }

    #[test]
    fn a_network_of_proxies_is_believed_as_a_whole() {
        let is_proxy = |network: &str, peer: &str| {
            let https = HttpsOnly::behind([network.parse::<super::IpNet>().unwrap()]);
            https.is_proxy(peer.parse().unwrap())
        };
        assert!(is_proxy("10.1.0.0/16", "10.1.2.3") && is_proxy("10.1.0.0/16", "::ffff:10.1.2.3"));
        assert!(!is_proxy("10.1.0.0/16", "10.2.0.1") && !is_proxy("10.1.0.0/16", "::1"));
        assert!(is_proxy("::ffff:10.1.0.0/112", "10.1.2.3"));
        assert!(is_proxy("2001:db8::/32", "2001:db8::9") && !is_proxy("2001:db8::/32", "10.1.2.3"));
        // A client inside of the network is told apart all the same.
        let https = HttpsOnly::behind(["10.0.0.0/8".parse::<super::IpNet>().unwrap()]);
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        headers.insert("x-forwarded-for", HeaderValue::from_static("10.5.5.5, 10.0.0.2"));
        let admitted = https.admit(&Arrival { peer: Some(PROXY), tls: false, headers: &headers });
        assert_eq!(admitted, Ok(Some("10.5.5.5".parse().unwrap())));
    }

    #[test]
    fn the_client_is_the_last_address_that_is_no_proxy() {
        let https = ("x-forwarded-proto", "https");
        let by = |list| admit(PROXY, false, &[https, ("x-forwarded-for", list)]);
        assert_eq!(by("198.51.100.7, 203.0.113.9"), Ok(STRANGER));
        assert_eq!(by("203.0.113.9, 10.0.0.1"), Ok(STRANGER));
        assert_eq!(by("203.0.113.9, nonsense"), Ok(PROXY), "nothing before it can be trusted");
        assert_eq!(by("10.0.0.1, 10.0.0.1"), Ok(PROXY));
        for with_port in ["203.0.113.9:51324", "10.0.0.9, 203.0.113.9:443, 10.0.0.1:80"] {
            assert_eq!(by(with_port), Ok(STRANGER));
        }
        let bracketed = ["[2001:db8::1]:443", "[2001:db8::1]", "2001:db8::1"];
        assert!(bracketed.into_iter().all(|text| by(text) == Ok("2001:db8::1".parse().unwrap())));
        let forged = admit(STRANGER, true, &[("x-forwarded-for", "10.9.9.9")]);
        assert_eq!(forged, Ok(STRANGER));
    }
}
