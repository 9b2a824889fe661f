//! The neutral request and response that every endpoint speaks.
//!
//! Adapters translate a framework's types to these and back, and know nothing else.

use std::net::IpAddr;

use bytes::Bytes;

/// A request whose body has been read, within [`BODY_LIMIT`].
pub type Request = http::Request<Bytes>;

/// A response whose body is complete.
pub type Response = http::Response<Bytes>;

/// The largest request body that an endpoint accepts, in bytes. Adapters stop reading there.
pub const BODY_LIMIT: usize = 32 * 1024;

/// The longest that an adapter waits for a request body, in seconds.
pub const BODY_DEADLINE: u32 = 10;

/// The address of the peer that opened the connection, put into a request's extensions by an
/// adapter. Taken from a forwarded header only if the connection came from a proxy that
/// [`HttpsOnly`](crate::https::HttpsOnly) names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// The peer's address, where the adapter knows it.
pub(crate) fn peer(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get::<PeerAddress>().map(|peer| peer.0)
}
