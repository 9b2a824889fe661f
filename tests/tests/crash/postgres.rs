//! A PostgreSQL of the test's own, that may be killed.

use std::{
    fs, io,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use oauth_core_tests::postgres::left_out;
use sqlx::{Connection as _, PgConnection};

/// Where the server's programs may be.
const USUAL: &str = "/usr/lib/postgresql";

/// How long it may take to come up, recovery included.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A server in a directory of its own, behind a socket there.
pub(crate) struct Postgres {
    directory: tempfile::TempDir,
    programs: PathBuf,
    server: Option<Child>,
}

impl Postgres {
    /// A new server; none where its programs are not found, which one line says.
    ///
    /// # Panics
    /// If they are not found and `OAUTH_TEST_REQUIRE_SERVICES` is set.
    pub(crate) async fn create() -> Option<Self> {
        let Some(programs) = programs() else {
            left_out(&format!("PostgreSQL not killed: no server's programs below {USUAL}"));
            return None;
        };
        let directory = tempfile::tempdir().expect("a directory");
        let mut own = Self { directory, programs, server: None };
        fs::create_dir(own.data()).expect("a directory");
        if let Some(user) = user() {
            // The server does not run as root.
            let passable = fs::Permissions::from_mode(0o711);
            fs::set_permissions(own.directory.path(), passable).expect("permissions");
            for path in [own.directory.path(), &own.data()] {
                chown(path, Some(user.0), Some(user.1)).expect("an owner");
            }
        }
        let mut init = own.program("initdb");
        init.args(["--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8"]);
        assert!(init.stdout(Stdio::null()).status().expect("initdb runs").success());
        own.start().await;
        Some(own)
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        let host = self.directory.path().display();
        format!("postgres:///postgres?user=postgres&host={host}")
    }

    /// Starts it, and waits until it has recovered.
    pub(crate) async fn start(&mut self) {
        let mut server = self.program("postgres");
        server.arg("-k").arg(self.directory.path());
        for setting in ["listen_addresses=", "shared_buffers=16MB", "log_min_messages=panic"] {
            server.args(["-c", setting]);
        }
        self.server = Some(server.stderr(Stdio::null()).spawn().expect("postgres runs"));
        let up = async {
            while PgConnection::connect(&self.url()).await.is_err() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, up).await.expect("the database recovers");
    }

    /// SIGKILL to each of its processes, which learn nothing of it.
    pub(crate) fn kill(&mut self) {
        let data = fs::canonicalize(self.data()).expect("its directory");
        loop {
            let alive = processes_in(&data);
            if alive.is_empty() {
                break;
            }
            let mut kill = Command::new("kill");
            // Some of them may have ended by themselves meanwhile.
            let _told =
                kill.arg("-9").args(alive).stderr(Stdio::null()).status().expect("kill runs");
            if let Some(mut server) = self.server.take() {
                server.wait().expect("gone");
            }
        }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.arg("-D").arg(self.data()).current_dir("/").stdin(Stdio::null());
        if let Some((user, group)) = user() {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The programs of the newest server that is installed.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(USUAL).ok()?.filter_map(Result::ok);
    let found = versions.map(|version| version.path().join("bin"));
    found.filter(|path| path.join("postgres").exists()).max()
}

/// User and group of `postgres`, where the test runs as root.
fn user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The processes that work in a directory, as all processes of a server do.
fn processes_in(directory: &Path) -> Vec<String> {
    let works_there = |entry: &io::Result<fs::DirEntry>| {
        let place =
            entry.as_ref().ok().and_then(|entry| fs::read_link(entry.path().join("cwd")).ok());
        place.is_some_and(|place| place == directory)
    };
    let processes =
        fs::read_dir("/proc").expect("/proc").filter(works_there).filter_map(Result::ok);
    processes.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
}
