//! The server as a process of its own, so that its CPU time is nobody else's.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
};

use crate::{
    cases::Case,
    client::Connection,
    server::{Algorithm, Framework},
    session::{Session, Step},
};

/// How many connections are kept, with one request at a time on each: enough that the server always
/// has something to do.
const CONNECTIONS: usize = 32;

/// A server process and its clients.
pub(crate) struct Node {
    pub(crate) framework: Framework,
    pub(crate) algorithm: Algorithm,
    process: Child,
    sessions: Vec<Session>,
}

impl Node {
    /// Starts this program again as the server.
    pub(crate) fn start(framework: Framework, algorithm: Algorithm) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(["serve", framework.name(), algorithm.name()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("its address");
        let address = line.trim().parse().expect("an address");
        let connect = || Session::new(Connection::open(address));
        let sessions = std::iter::repeat_with(connect).take(CONNECTIONS).collect();
        Self { framework, algorithm, process, sessions }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Runs a case some `times` times, and returns the CPU time of the server process for each time,
    /// in microseconds.
    pub(crate) fn sample(&mut self, case: &Case, times: usize) -> f64 {
        let each = times.div_ceil(CONNECTIONS);
        self.sessions.iter_mut().for_each(Session::forget_unseen);
        if !case.before.is_empty() {
            self.run(case.before, each);
        }
        let before = self.nanoseconds();
        self.run(case.steps, each);
        (self.nanoseconds() - before) as f64 / (each * CONNECTIONS) as f64 / 1000.0
    }

    /// Every session takes the steps `each` times.
    fn run(&mut self, steps: &[Step], each: usize) {
        let mut left = vec![each; self.sessions.len()];
        for session in &mut self.sessions {
            session.begin(steps);
        }
        let mut running = self.sessions.len();
        while running > 0 {
            let mut idle = true;
            for (session, left) in self.sessions.iter_mut().zip(&mut left) {
                if session.advance(steps) {
                    idle = false;
                    *left -= 1;
                    if *left > 0 {
                        session.begin(steps);
                    } else {
                        running -= 1;
                    }
                }
            }
            if idle {
                thread::yield_now();
            }
        }
    }

    /// What the process has run so far: the first number of each thread's `schedstat`, which unlike
    /// `stat` is no count of clock ticks.
    fn nanoseconds(&self) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid())).expect("its threads");
        let of_thread = |thread: std::io::Result<fs::DirEntry>| {
            let path = thread.expect("a thread").path().join("schedstat");
            let text = fs::read_to_string(path).expect("the statistics of the scheduler");
            text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).expect("a number")
        };
        threads.map(of_thread).sum()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}
