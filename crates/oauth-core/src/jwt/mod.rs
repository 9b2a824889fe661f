//! JSON Web Tokens (RFC 7519) and keys (RFC 7517): bytes to values and back. Nothing here awaits.
//!
//! Whatever reads a JWT does it in three steps, each of which leaves a value that the next one needs:
//! [`Compact::parse`] takes it apart, [`Compact::verify`] checks the signature by a key that the
//! *caller* chose, and [`Verified::check`] checks what was claimed. A payload is not looked at
//! before its signature has been. The `jwk`, `jku`, `x5u` and `x5c` of a header never choose the key
//! (RFC 8725 §3.10).

mod access_token;
mod claims;
mod compact;
mod jwk;
mod key_set;

pub(crate) use self::claims::moment;
pub use self::{
    access_token::{AccessTokenPayload, RESERVED_CLAIMS},
    claims::{Expected, Verified},
    compact::{Compact, Header, Hs256, InvalidJwt},
    jwk::{private_key, public_key, thumbprint, to_jwk},
    key_set::{InvalidKeySet, KeySet},
};

/// The `typ` of access tokens (RFC 9068 §2.1). Each kind of JWT has its own, so that none is taken
/// for another (RFC 8725 §3.11).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// By how many seconds the clocks of two parties may differ, unless told otherwise.
pub const CLOCK_TOLERANCE: u32 = 10;
