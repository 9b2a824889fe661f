//! Whether the server keeps what it was given.

use redis::{ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd, from_redis_value};

use crate::{OpenError, link::Link};

/// The only `maxmemory-policy` that keeps everything.
const KEEPS: &str = "noeviction";

/// Refuses a server, or a cluster with a master, that may throw keys away.
pub(crate) async fn check(link: &Link) -> Result<(), OpenError> {
    let policies = ask(link).await.map_err(OpenError::Server)?;
    match policies.into_iter().find(|policy| policy.as_deref() != Some(KEEPS)) {
        None => Ok(()),
        Some(Some(policy)) => Err(OpenError::Evicts { policy }),
        Some(None) => Err(OpenError::PolicyUnknown),
    }
}

/// The `maxmemory-policy` of each master; none where it does not tell.
async fn ask(link: &Link) -> Result<Vec<Option<String>>, RedisError> {
    let infos: Vec<String> = told(link, &["INFO", "memory"]).await?;
    let of = |info: &String| {
        info.lines().find_map(|line| line.strip_prefix("maxmemory_policy:").map(str::to_owned))
    };
    let policies: Vec<_> = infos.iter().map(of).collect();
    if !policies.is_empty() && policies.iter().all(Option::is_some) {
        return Ok(policies);
    }
    let configs: Vec<Vec<(String, String)>> =
        told(link, &["CONFIG", "GET", "maxmemory-policy"]).await?;
    let policies = configs.into_iter().map(|pairs| pairs.into_iter().next().map(|(_, own)| own));
    let policies: Vec<_> = policies.collect();
    Ok(if policies.is_empty() { vec![None] } else { policies })
}

/// What each master answers; nothing where the command is not there or forbidden, as on managed
/// servers.
async fn told<T: FromRedisValue>(link: &Link, words: &[&str]) -> Result<Vec<T>, RedisError> {
    let (name, arguments) = words.split_first().unwrap_or((&"", &[]));
    match link.everywhere(cmd(name).arg(arguments)).await {
        Ok(told) => Ok(told.into_iter().map(from_redis_value).collect::<Result<_, _>>()?),
        Err(error) => match error.kind() {
            ErrorKind::Server(ServerErrorKind::ResponseError | ServerErrorKind::NoPerm) => {
                Ok(Vec::new())
            }
            _ => Err(error),
        },
    }
}
