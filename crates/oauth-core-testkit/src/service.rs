//! A server to test with, such as a database: where it is, or that it is left out.

use std::{io::Write as _, sync::OnceLock, time::Duration};

/// How long a place has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server that tests need and that may not be there. It is looked for once: where a variable of the
/// environment says, else in the usual places.
#[derive(Debug)]
pub struct Service {
    name: &'static str,
    variable: &'static str,
    usual: &'static [&'static str],
    found: OnceLock<Option<String>>,
}

impl Service {
    /// A service of this name, with the variable that says where it is, and the usual places.
    pub const fn new(
        name: &'static str,
        variable: &'static str,
        usual: &'static [&'static str],
    ) -> Self {
        Self { name, variable, usual, found: OnceLock::new() }
    }

    /// PostgreSQL, in its usual places: a database `test`, by TCP or by a socket.
    pub const fn postgres(variable: &'static str) -> Self {
        let usual = &[
            "postgres://postgres@127.0.0.1:5432/test",
            "postgres://root@127.0.0.1:5432/test",
            "postgres:///test?host=/var/run/postgresql&user=postgres",
            "postgres:///test?host=/var/run/postgresql&user=root",
        ];
        Self::new("PostgreSQL", variable, usual)
    }

    /// The address of the first place that `answers`. If there is none, one line says so.
    ///
    /// # Panics
    /// If there is none and `OAUTH_TEST_REQUIRE_SERVICES` is set.
    pub fn address(&self, answers: impl AsyncFn(&str) -> bool + Sync) -> Option<&str> {
        self.found.get_or_init(|| self.search(answers)).as_deref()
    }

    fn search(&self, answers: impl AsyncFn(&str) -> bool + Sync) -> Option<String> {
        let told = std::env::var(self.variable).ok();
        let usual = || self.usual.iter().map(|place| (*place).to_owned()).collect();
        let places: Vec<String> = told.map_or_else(usual, |place| vec![place]);
        let found = Self::elsewhere(async || {
            for place in &places {
                let told = tokio::time::timeout(PATIENCE, answers(place)).await;
                if told.unwrap_or(false) {
                    return Some(place.clone());
                }
            }
            None
        });
        if found.is_none() {
            let (name, variable) = (self.name, self.variable);
            let line = format!("{name} left out: no server answers; {variable} names one");
            assert!(std::env::var_os("OAUTH_TEST_REQUIRE_SERVICES").is_none(), "{line}");
            // Not captured, as `println!` would be. That it cannot be written is no failure.
            let _written = std::io::stderr().write_all(format!("{line}\n").as_bytes());
        }
        found
    }

    /// Does async work on a thread and a runtime of its own and waits for it: also where nothing is
    /// async, as in `drop`.
    ///
    /// # Panics
    /// If the work does.
    #[expect(clippy::expect_used, reason = "a test without its runtime has failed")]
    pub fn elsewhere<T: Send>(work: impl AsyncFnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(work())
            });
            thread.join().expect("the service does what the test needs")
        })
    }
}
