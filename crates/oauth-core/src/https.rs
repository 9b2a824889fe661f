//! Plain http is refused, and browsers are told to stay with https (RFC 6797).
//!
//! TLS usually ends at a proxy. What a proxy reports of a request is believed if the host has named
//! the proxy; forwarded headers from anyone else are anybody's claims and are not looked at.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};

use crate::{
    http_types::Response,
    wire::{ErrorCode, json},
};

/// For how long a browser stays with https, in seconds: a year.
const MAX_AGE: &str = "max-age=31536000";

/// Admits requests that came over https. Adapters make a layer or a middleware of it.
#[derive(Clone, Debug)]
pub struct HttpsOnly {
    proxies: Vec<IpAddr>,
}

/// What of a request tells how it came.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The address of the peer that opened the connection.
    pub peer: Option<IpAddr>,
    /// Whether the connection itself is TLS.
    pub tls: bool,
    /// The headers.
    pub headers: &'a HeaderMap,
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
    /// TLS ends at these proxies: `X-Forwarded-Proto` and `X-Forwarded-For` are believed from them.
    /// Each must set both itself and not pass on what it received.
    pub fn behind(proxies: impl IntoIterator<Item = IpAddr>) -> Self {
        Self { proxies: proxies.into_iter().map(|proxy| proxy.to_canonical()).collect() }
    }

    /// TLS ends in this process; no forwarded header is believed.
    pub fn here() -> Self {
        Self::behind([])
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

    /// The last address of `X-Forwarded-For` that is not one of the proxies: every one before it
    /// was written by somebody who is not trusted.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let addresses: Vec<_> = lines.flat_map(|line| line.split(',')).collect();
        let parsed = addresses.iter().rev().map(|text| text.trim().parse::<IpAddr>().ok());
        parsed.take_while(Option::is_some).flatten().find(|address| !self.is_proxy(*address))
    }

    /// A socket for IPv6 that takes IPv4, too, sees IPv4 addresses inside of IPv6 ones.
    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.contains(&address.to_canonical())
    }
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
    fn the_client_is_the_last_address_that_is_no_proxy() {
        let https = ("x-forwarded-proto", "https");
        let by = |list| admit(PROXY, false, &[https, ("x-forwarded-for", list)]);
        assert_eq!(by("198.51.100.7, 203.0.113.9"), Ok(STRANGER));
        assert_eq!(by("203.0.113.9, 10.0.0.1"), Ok(STRANGER));
        assert_eq!(by("203.0.113.9, nonsense"), Ok(PROXY), "nothing before it can be trusted");
        let forged = admit(STRANGER, true, &[("x-forwarded-for", "10.9.9.9")]);
        assert_eq!(forged, Ok(STRANGER));
    }
}
