//! The purge, as a task.

use std::time::Duration;

use oauth_core::AuthorizationServer;
use tokio::time::sleep;

/// How many records are removed at a time.
const BATCH: u32 = 1_000;

/// Purges what is over, now and after every `period`, for as long as the period at most: a future
/// that never ends, for the host to spawn.
///
/// ```no_run
/// # use std::time::Duration;
/// # fn spawn(server: oauth_core::AuthorizationServer) {
/// tokio::spawn(oauth_core_axum::purge_every(Duration::from_secs(300), server));
/// # }
/// ```
///
/// A purge that fails is heard by the server's [`Events`](oauth_core::events::Events) and tried
/// again after the period.
pub async fn purge_every(period: Duration, server: AuthorizationServer) {
    let period = period.max(Duration::from_secs(1));
    let deadline = u32::try_from(period.as_secs()).unwrap_or(u32::MAX);
    loop {
        // The operator has heard of an error.
        let _heard = server.purge_expired(BATCH, deadline).await;
        sleep(period).await;
    }
}
