//! Whether the server keeps what it was given.

use redis::{RedisError, cmd};

use crate::{OpenError, link::Link};

/// The only `maxmemory-policy` that keeps everything.
const KEEPS: &str = "noeviction";

/// Refuses a server that may throw keys away.
pub(crate) async fn check(link: &Link) -> Result<(), OpenError> {
    match ask(link).await {
        Ok(Some(policy)) if policy == KEEPS => Ok(()),
        Ok(Some(policy)) => Err(OpenError::Evicts { policy }),
        Ok(None) => Err(OpenError::PolicyUnknown),
        Err(error) => Err(OpenError::Server(error)),
    }
}

/// The `maxmemory-policy`; none if the server does not tell.
async fn ask(link: &Link) -> Result<Option<String>, RedisError> {
    let info = unless_forbidden(link.send::<String>(cmd("INFO").arg("memory")).await)?;
    let told = info.as_deref().and_then(|info| {
        info.lines().find_map(|line| line.strip_prefix("maxmemory_policy:").map(str::to_owned))
    });
    if told.is_some() {
        return Ok(told);
    }
    let config = cmd("CONFIG").arg("GET").arg("maxmemory-policy").to_owned();
    let pairs = unless_forbidden(link.send::<Vec<(String, String)>>(&config).await)?;
    Ok(pairs.into_iter().flatten().next().map(|(_, policy)| policy))
}

/// Managed servers have no such command, or forbid it.
fn unless_forbidden<T>(told: Result<T, RedisError>) -> Result<Option<T>, RedisError> {
    match told {
        Ok(told) => Ok(Some(told)),
        Err(error) if matches!(error.code(), Some("ERR" | "NOPERM")) => Ok(None),
        Err(error) => Err(error),
    }
}
