//! What can go wrong, and what the roles call it.

use std::time::Duration;

use oauth_core::store::StoreError;
use redis::RedisError;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address is wrong, or the server cannot be reached, refuses the password or does not
    /// answer in time.
    #[error("the server cannot be reached or does not let us in")]
    Server(#[source] RedisError),
    /// The server may throw keys away when its memory is full, and with them that a code was spent
    /// or a grant revoked.
    #[error(
        "the server throws keys away when its memory is full (maxmemory-policy {policy}): set `maxmemory-policy noeviction`"
    )]
    Evicts {
        /// Its `maxmemory-policy`.
        policy: String,
    },
    /// The server tells its `maxmemory-policy` neither by `INFO memory` nor by `CONFIG GET`.
    #[error(
        "the server does not tell its maxmemory-policy: allow `INFO` or `CONFIG GET`, or make sure that it is `noeviction` and call `dangerous_trust_maxmemory_policy`"
    )]
    PolicyUnknown,
}

/// What a store role calls an error of the server.
pub(crate) fn failed(error: RedisError) -> StoreError {
    // Before version 7 the error of a command is in the middle of that of the script.
    let in_detail = || error.detail().is_some_and(|detail| detail.contains("WRONGTYPE"));
    if error.code() == Some("WRONGTYPE") || in_detail() {
        StoreError::corrupt(error)
    } else {
        StoreError::unavailable(error)
    }
}

/// What a server that does not answer in time is called.
pub(crate) fn late(limit: Duration) -> RedisError {
    let what = format!("waited {limit:?} for the server");
    std::io::Error::new(std::io::ErrorKind::TimedOut, what).into()
}
