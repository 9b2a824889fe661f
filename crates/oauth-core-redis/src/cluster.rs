//! A cluster: what a node refuses without running it is sent again, to the node that it names.
//!
//! The library underneath would also send again what may have run, such as after a lost answer; it is
//! told not to send anything again by itself.

use std::time::Duration;

pub(crate) use redis::cluster_async::ClusterConnection;
use redis::{
    Cmd, ErrorKind, ProtocolVersion, RedisError, RedisResult, ServerErrorKind, Value,
    cluster::ClusterClient,
    cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo, SingleNodeRoutingInfo},
    cmd,
    io::tcp::TcpSettings,
    pipe,
};
use tokio::time::sleep;

/// How often a command is sent.
const ATTEMPTS: u32 = 20;

/// How long it is waited before the second attempt; then longer each time.
const PAUSE: Duration = Duration::from_millis(5);

/// A connection to the cluster that these nodes belong to.
pub(crate) async fn connect(
    urls: &[&str],
    connection_timeout: Duration,
    response_timeout: Duration,
) -> RedisResult<ClusterConnection> {
    let client = ClusterClient::builder(urls.iter().copied())
        .connection_timeout(connection_timeout)
        .response_timeout(response_timeout)
        .tcp_settings(given_up_after(connection_timeout.saturating_add(response_timeout)))
        .use_protocol(ProtocolVersion::RESP3)
        .retries(0);
    client.build()?.get_async_connection().await
}

/// A node that has gone without a word is never cut off, and its slots would be asked for there until the
/// system gives up by itself, after a quarter of an hour: so it gives up earlier, where it can be told to.
fn given_up_after(limit: Duration) -> TcpSettings {
    let settings = TcpSettings::default();
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout(limit);
    #[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
    let _ = limit;
    settings
}

/// Sends a command to the node that has its keys.
pub(crate) async fn send(mut connection: ClusterConnection, command: &Cmd) -> RedisResult<Value> {
    use ServerErrorKind as E;
    let mut told = command.query_async(&mut connection).await;
    for attempt in 1..ATTEMPTS {
        let Err(error) = &told else { return told };
        match error.kind() {
            ErrorKind::Server(E::Ask) => told = ask(&mut connection, command, error).await,
            // None of these has run anything.
            ErrorKind::Server(
                E::Moved | E::TryAgain | E::ClusterDown | E::MasterDown | E::BusyLoading,
            )
            | ErrorKind::ClusterConnectionNotFound => {
                sleep(PAUSE * attempt).await;
                told = command.query_async(&mut connection).await;
            }
            _ => return told,
        }
    }
    told
}

/// Sends a command to every master, and returns what each said.
pub(crate) async fn everywhere(
    mut connection: ClusterConnection,
    command: &Cmd,
) -> RedisResult<Vec<Value>> {
    let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
    match connection.route_command(command.clone(), masters).await? {
        Value::Map(told) => told.into_iter().map(|(_, told)| told.extract_error()).collect(),
        told => Ok(vec![told]),
    }
}

/// While a slot moves, a key that is gone already is at the node that the error names.
async fn ask(
    connection: &mut ClusterConnection,
    command: &Cmd,
    told: &RedisError,
) -> RedisResult<Value> {
    let place = told.redirect_node().and_then(|(address, _)| address.rsplit_once(':'));
    let Some((host, port)) = place.and_then(|(host, port)| Some((host, port.parse().ok()?))) else {
        return Err(told.clone());
    };
    let node = SingleNodeRoutingInfo::ByAddress { host: host.to_owned(), port };
    let asking = pipe().add_command(cmd("ASKING")).add_command(command.clone()).to_owned();
    let told = connection.route_pipeline(asking, 1, 1, node).await?;
    told.into_iter().next().unwrap_or(Value::Nil).extract_error()
}
