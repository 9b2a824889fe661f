//! A Redis of the test's own, that may be killed. It answers when the disk has what it was told.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use oauth_core_tests::postgres::left_out;

/// How long it may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A server in a directory of its own, behind a socket there, and on a port where others are to find
/// it, else 0.
pub(crate) struct Redis {
    directory: tempfile::TempDir,
    pub(crate) port: u16,
    server: Option<Child>,
}

impl Redis {
    /// A new server; none where there is no program, which one line says.
    ///
    /// # Panics
    /// If there is none and `OAUTH_TEST_REQUIRE_SERVICES` is set.
    pub(crate) async fn create() -> Option<Self> {
        Self::create_on(0).await
    }

    /// A new server on a port that nobody has.
    pub(crate) async fn create_on_a_port() -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        Self::create_on(port).await
    }

    async fn create_on(port: u16) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let mut own = Self { directory, port, server: None };
        own.server = own.spawn();
        if own.server.is_none() {
            left_out("Redis not killed: there is no redis-server");
            return None;
        }
        own.answers().await;
        Some(own)
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.directory.path().join("socket").display())
    }

    /// Starts it, and waits until it has read its file.
    pub(crate) async fn start(&mut self) {
        self.server = self.spawn();
        self.answers().await;
    }

    /// SIGKILL: it learns nothing of it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("killed");
            server.wait().expect("gone");
        }
    }

    fn spawn(&self) -> Option<Child> {
        let start = |program| {
            let mut command = Command::new(program);
            command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
            command.args(["--unixsocket", "socket", "--save", ""]);
            command.args(["--repl-diskless-sync-delay", "0"]);
            command.args(["--appendonly", "yes", "--appendfsync", "always"]);
            command.current_dir(self.directory.path());
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
        };
        start("redis-server").or_else(|| start("valkey-server"))
    }

    async fn answers(&self) {
        let up = async {
            while !oauth_core_tests::redis::answers(&self.url()).await {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, up).await.expect("the server comes up");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
