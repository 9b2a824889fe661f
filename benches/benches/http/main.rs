//! What a request costs: CPU time of the server process for each request over HTTP, on axum and on
//! actix-web, next to the framework's own hello-world.
//!
//! `cargo bench -p oauth-core-benches` measures; without `--bench`, as under
//! `cargo test --all-targets`, every case is run once to see that it works. `BENCHMARKS.md` has the
//! method and the figures.
#![expect(clippy::panic, reason = "a connection that breaks ends the measurement")]
#![expect(clippy::print_stdout, reason = "the figures")]

mod cases;
mod client;
mod node;
mod report;
mod server;

use cases::CASES;
use node::Node;
use report::Report;
use server::Framework;

/// How often everything is measured, in turns.
const ROUNDS: usize = 9;

/// How many requests make a sample.
const REQUESTS: usize = 8_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("serve") => server::run(arguments.next().as_deref().and_then(Framework::named)),
        Some("spin") => spin(arguments.next(), arguments.next()),
        _ => {
            let measured = std::env::args().any(|argument| argument == "--bench");
            if measured { measure(ROUNDS, REQUESTS) } else { measure(1, 64) }
        }
    }
}

fn measure(rounds: usize, requests: usize) {
    let mut nodes = Framework::BOTH.map(Node::start);
    for node in &mut nodes {
        for case in CASES {
            node.sample(case, requests / 4);
        }
    }
    let mut report = Report::default();
    for _ in 0..rounds {
        for case in CASES {
            for node in &mut nodes {
                let microseconds = node.sample(case, requests);
                report.add(node.framework, case, microseconds);
            }
        }
    }
    println!("{report}");
}

/// One case on one framework without end, for a profiler.
fn spin(framework: Option<String>, case: Option<String>) {
    let framework = framework.as_deref().and_then(Framework::named).expect("axum or actix");
    let case = CASES.iter().find(|own| Some(own.key) == case.as_deref()).expect("a case");
    let mut node = Node::start(framework);
    println!("server process {}", node.pid());
    loop {
        println!("{:.2} us", node.sample(case, REQUESTS));
    }
}
