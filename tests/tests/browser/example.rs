//! An example, run as the manual says.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{net::TcpStream, time};

/// How long a build and a start may take.
const PATIENCE: Duration = Duration::from_secs(900);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// An example that runs until it is dropped, in an empty directory, so that its database is new.
pub(crate) struct Example {
    process: Child,
    _directory: tempfile::TempDir,
}

impl Drop for Example {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _status = self.process.wait();
    }
}

impl Example {
    /// Builds and starts it.
    pub(crate) async fn start(package: &str, arguments: &[&str], address: &str) -> Self {
        // What else listened there would be tested in its place.
        drop(TcpListener::bind(address).expect("nothing else listens there"));
        let directory = tempfile::tempdir().expect("a directory for its database");
        let process = Command::new(env!("CARGO"))
            .args(["run", "-q", "-p", package, "--manifest-path"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
            .arg("--")
            .args(arguments)
            .current_dir(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("cargo starts");
        let mut own = Self { process, _directory: directory };
        time::timeout(PATIENCE, own.listens(address)).await.expect("the example listens in time");
        own
    }

    async fn listens(&mut self, address: &str) {
        let mut looks = time::interval(LOOK_EVERY);
        while TcpStream::connect(address).await.is_err() {
            let ended = self.process.try_wait().expect("the state of the example");
            assert!(ended.is_none(), "the example ended: {ended:?}");
            looks.tick().await;
        }
    }
}
