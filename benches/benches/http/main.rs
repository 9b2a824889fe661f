//! What a request costs: CPU time of the server process for each request over HTTP, on axum and on
//! actix-web, next to the framework's own hello-world.
//!
//! `cargo bench -p oauth-core-benches --bench http` measures, or only the cases that are named behind
//! `--`, and their floors; without `--bench`, as under `cargo test`, every case is run once to see that
//! it works. `BENCHMARKS.md` has the method and the figures.
#![expect(clippy::panic, reason = "a connection that breaks ends the measurement")]
#![expect(clippy::print_stdout, reason = "the figures")]

mod cases;
mod client;
mod node;
mod raw;
mod report;
mod requests;
mod server;
mod session;

use cases::{CASES, Case};
use node::Node;
use report::Report;
use server::{Algorithm, Framework};

/// How often everything is measured, in turns.
const ROUNDS: usize = 31;

/// How many requests make a sample.
const REQUESTS: usize = 2_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("serve") => server::run(
            arguments.next().as_deref().and_then(Framework::named),
            arguments.next().as_deref().and_then(Algorithm::named),
        ),
        Some("spin") => spin(arguments.next(), arguments.next()),
        _ => {
            let measured = std::env::args().any(|argument| argument == "--bench");
            if measured { measure(ROUNDS, REQUESTS) } else { measure(1, 64) }
        }
    }
}

fn measure(rounds: usize, requests: usize) {
    let cases = wanted();
    let start = |framework| Algorithm::BOTH.map(|algorithm| Node::start(framework, algorithm));
    let mut nodes: Vec<_> = Framework::BOTH.into_iter().flat_map(start).collect();
    let mut report = Report::default();
    // The first round warms up.
    for round in 0..=rounds {
        for case in &cases {
            for node in nodes.iter_mut().filter(|node| node.algorithm == case.algorithm) {
                let microseconds = node.sample(case, requests);
                if round > 0 {
                    report.add(node.framework, case, microseconds);
                }
            }
        }
    }
    println!("{report}");
}

/// The cases that the command line names and their floors; all of them if it names none.
fn wanted() -> Vec<&'static Case> {
    let named: Vec<_> = std::env::args().skip(1).filter(|name| !name.starts_with("--")).collect();
    let is_named = |key: &str| named.iter().any(|name| name == key);
    let is_floor = |key| CASES.iter().any(|case| is_named(case.key) && case.floor.contains(&key));
    let all = CASES.iter();
    all.filter(|case| named.is_empty() || is_named(case.key) || is_floor(case.key)).collect()
}

/// One case on one framework without end, for a profiler.
fn spin(framework: Option<String>, case: Option<String>) {
    let framework = framework.as_deref().and_then(Framework::named).expect("axum or actix");
    let case = CASES.iter().find(|own| Some(own.key) == case.as_deref()).expect("a case");
    let mut node = Node::start(framework, case.algorithm);
    println!("server process {}", node.pid());
    loop {
        println!("{:.2} us", node.sample(case, REQUESTS));
    }
}
