//! Chromium, driven by chromedriver.
#![expect(clippy::panic, reason = "a driver that does not answer ends the test")]

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Once},
    time::Duration,
};

use thirtyfour::{
    ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver,
    extensions::query::ElementPollerWithTimeout,
};

use crate::visitor::Visitor;

const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// How long something may take to appear, and how often it is looked for.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whether the missing browser was told about.
static TOLD: Once = Once::new();

/// A chromedriver, which starts browsers until it is dropped.
pub(crate) struct Chromium {
    chromedriver: Child,
    address: String,
    chromium: PathBuf,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _gone = self.chromedriver.kill();
        let _status = self.chromedriver.wait();
    }
}

impl Chromium {
    /// Starts it, if it is installed.
    pub(crate) fn start() -> Option<Self> {
        let (Some(chromedriver), Some(chromium)) = (found("chromedriver"), found("chromium"))
        else {
            let missing = "chromedriver or chromium is not installed";
            let required = env::var("OAUTH_TEST_REQUIRE_BROWSER").is_ok_and(|value| value == "1");
            assert!(!required, "{missing}");
            // Not with `eprintln`, which the test harness keeps to itself.
            TOLD.call_once(|| writeln!(io::stderr(), "skipped: {missing}").unwrap_or_default());
            return None;
        };
        let mut chromedriver = Command::new(chromedriver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver starts");
        let said = BufReader::new(chromedriver.stdout.take().expect("its output"));
        // "ChromeDriver was started successfully on port 41234."
        let port = said.lines().map_while(Result::ok).find_map(|line| {
            Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned())
        });
        let Some(port) = port else { panic!("chromedriver does not say where it listens") };
        Some(Self { chromedriver, address: format!("http://127.0.0.1:{port}"), chromium })
    }

    /// A visit with a browser that has never been anywhere.
    pub(crate) async fn visit(&self, visit: impl AsyncFnOnce(Visitor)) {
        let profile = tempfile::tempdir().expect("a directory for the profile");
        let mut capabilities = DesiredCapabilities::chrome();
        let chromium = self.chromium.to_str().expect("a path that is text");
        capabilities.set_binary(chromium).expect("a path");
        let directory = format!("--user-data-dir={}", profile.path().display());
        for argument in ARGUMENTS.into_iter().chain([directory.as_str()]) {
            capabilities.add_arg(argument).expect("an argument");
        }
        let poller = ElementPollerWithTimeout::new(PATIENCE, LOOK_EVERY);
        let driver = WebDriver::builder(&self.address, capabilities).poller(Arc::new(poller)).await;
        let visited = driver.expect("a browser").run_and_quit(async |driver| {
            visit(Visitor::new(driver)).await;
            Ok::<(), std::convert::Infallible>(())
        });
        visited.await.expect("the browser ends");
    }
}

/// A program on the path.
fn found(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}
