//! A server of the test's own, to be killed, filled and misconfigured.

use std::{
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use oauth_core_redis::{RedisOptions, RedisStore};
use redis::{Client, Cmd, FromRedisValue};
use tempfile::TempDir;

/// How often it is looked whether the server answers, 20 milliseconds apart.
const LOOKS: u32 = 1_000;

pub(crate) struct Private {
    child: Child,
    directory: TempDir,
    arguments: Vec<String>,
}

impl Private {
    /// Starts a server with these settings; none where the program is not installed.
    pub(crate) async fn start(arguments: &[&str]) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let Some(child) = spawn(directory.path(), &arguments) else {
            let line = "tests with a Redis of their own left out: there is no redis-server";
            assert!(std::env::var_os("OAUTH_TEST_REQUIRE_SERVICES").is_none(), "{line}");
            std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
            return None;
        };
        let server = Self { child, directory, arguments };
        server.answers().await;
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.directory.path().join("socket").display())
    }

    /// A store that gives up soon.
    pub(crate) async fn store(&self) -> RedisStore {
        soon().connect(&self.url()).await.unwrap()
    }

    /// Runs a command.
    pub(crate) async fn run<T: FromRedisValue>(&self, command: &Cmd) -> T {
        command.query_async(&mut crate::rig::connection(&self.url()).await).await.unwrap()
    }

    /// Ends the process as a crash of the machine would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same files.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(self.directory.path(), &self.arguments).unwrap();
        self.answers().await;
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(name).arg(self.child.id().to_string()).status();
        assert!(status.unwrap().success());
    }

    async fn answers(&self) {
        let client = Client::open(self.url()).unwrap();
        for _ in 0..LOOKS {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await
                && redis::cmd("PING").query_async::<()>(&mut connection).await.is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not answer");
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Options of a store that gives up soon.
pub(crate) fn soon() -> RedisOptions {
    let soon = Duration::from_millis(250);
    RedisStore::options().connection_timeout(soon).response_timeout(soon)
}

fn spawn(directory: &Path, arguments: &[String]) -> Option<Child> {
    let start = |program: &str| {
        let mut command = Command::new(program);
        command.args(["--port", "0", "--unixsocket", "socket", "--save", ""]).args(arguments);
        command.current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
    };
    start("redis-server").or_else(|| start("valkey-server"))
}
