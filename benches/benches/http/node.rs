//! The server as a process of its own, so that its CPU time is nobody else's.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
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

/// The allocator gives nothing back to the operating system. A virtual machine may take 13 µs to hand
/// out a page of memory for the first time, which is nobody's work here.
const KEEPS_MEMORY: [(&str, &str); 2] =
    [("MALLOC_TRIM_THRESHOLD_", "4294967296"), ("MALLOC_MMAP_THRESHOLD_", "33554432")];

/// A server process and its clients.
pub(crate) struct Node {
    pub(crate) framework: Framework,
    pub(crate) algorithm: Algorithm,
    process: Child,
    orders: ChildStdin,
    told: BufReader<ChildStdout>,
    sessions: Vec<Session>,
}

impl Node {
    /// Starts this program again as the server.
    pub(crate) fn start(framework: Framework, algorithm: Algorithm) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(["serve", framework.name(), algorithm.name()]);
        command.envs(KEEPS_MEMORY).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let orders = process.stdin.take().expect("its input");
        let mut told = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        told.read_line(&mut line).expect("its address");
        let address = line.trim().parse().expect("an address");
        let connect = || Session::new(Connection::open(address));
        let sessions = std::iter::repeat_with(connect).take(CONNECTIONS).collect();
        Self { framework, algorithm, process, orders, told, sessions }
    }

    /// Empties the store of the server; everybody begins anew.
    fn empty(&mut self) {
        self.orders.write_all(b"\n").expect("a server that listens");
        self.told.read_line(&mut String::new()).expect("that it is done");
        self.sessions.iter_mut().for_each(Session::prepare);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Runs a case some `times` times, and returns the CPU time of the server process for each time,
    /// in microseconds.
    pub(crate) fn sample(&mut self, case: &Case, times: usize) -> f64 {
        let each = times.div_ceil(CONNECTIONS);
        let warming_up = each.div_ceil(4);
        self.empty();
        self.sessions.iter_mut().for_each(Session::forget_unseen);
        if !case.before.is_empty() {
            self.run(case.before, warming_up + each);
        }
        self.run(case.steps, warming_up);
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
