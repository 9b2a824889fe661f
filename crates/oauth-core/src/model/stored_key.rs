//! A signing key as a store keeps it.

use super::{KeyId, Secret};
use crate::clock::Timestamp;

/// A signing key, and when it signs. A store takes the material as it comes: it is the server that
/// knows what it means, and that seals it if it was given a key to do so.
#[derive(Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its name in the headers of what it signs (RFC 7517 §4.5).
    pub kid: KeyId,
    /// The algorithm that it signs with (RFC 7518 §3.1), such as `ES256`.
    pub alg: String,
    /// The private key as text.
    pub material: Secret,
    /// When it was made. From then on it is published.
    pub created_at: Timestamp,
    /// From then on it signs, in place of its predecessor. Others have had the time to fetch it.
    pub signs_from: Timestamp,
}
