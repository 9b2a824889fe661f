//! The neutral request and response that every endpoint speaks.
//!
//! Adapters translate a framework's types to these and back, and know nothing else.

use std::{fmt, net::IpAddr};

use bytes::Bytes;
use http::HeaderMap;

/// A request whose body has been read, within the limit of its endpoint.
pub type Request = http::Request<Bytes>;

/// A response whose body is complete.
pub type Response = http::Response<Bytes>;

/// The largest request body that an endpoint accepts, in bytes, unless it says
/// [otherwise](crate::endpoint::Endpoint::body_limit). Adapters stop reading there.
pub const BODY_LIMIT: usize = 32 * 1024;

/// The largest client metadata that is read (RFC 7591), in bytes: keys and certificates come in it.
pub(crate) const METADATA_LIMIT: usize = 2 * BODY_LIMIT;

/// The longest that an adapter waits for a request body, in seconds.
pub const BODY_DEADLINE: u32 = 10;

/// The address of the peer that opened the connection, put into a request's extensions by an
/// adapter. Taken from a forwarded header only if the connection came from a proxy that
/// [`HttpsOnly`](crate::https::HttpsOnly) names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// The names of headers, whose values may be credentials, for `Debug`.
pub(crate) struct HeaderNames<'a>(pub(crate) &'a HeaderMap);

impl fmt::Debug for HeaderNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// The peer's address, where the adapter knows it.
pub(crate) fn peer(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get::<PeerAddress>().map(|peer| peer.0)
}
