//! What a store does in a second, beside the same statements without the store in the same run: on
//! PostgreSQL those of `pgbench`, on Redis those of `redis-benchmark`, on SQLite a bare loop.
//!
//! `cargo bench -p oauth-core-benches --bench store` measures; without `--bench`, as under
//! `cargo test`, every case is run once to see that it works. `OAUTH_BENCH_POSTGRES_URL`
//! says where PostgreSQL is; without it, it is left out. Redis is started where its programs are.
//! `BENCHMARKS.md` has the method and the figures.
#![expect(clippy::print_stdout, reason = "the figures")]

mod growth;
mod load;
mod postgres;
mod records;
mod redis;
mod sqlite;

use std::time::Duration;

/// How many clients there are at the same time.
const CLIENTS: [usize; 3] = [1, 8, 32];

/// How often everything is measured, in turns, and for how long each time.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    time: Duration,
    /// How many tokens a table has; PostgreSQL ten times as many in the largest.
    sizes: &'static [u64],
}

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let only = |name: &str| {
        let named: Vec<_> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
        named.is_empty() || named.iter().any(|own| own == name)
    };
    let effort = if measured {
        Effort { rounds: 5, time: Duration::from_secs(2), sizes: &[1_000, 100_000, 1_000_000] }
    } else {
        Effort { rounds: 1, time: Duration::from_millis(50), sizes: &[100] }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        if only("postgres") {
            postgres::measure(effort, "on").await;
        }
        if only("postgres-async") {
            postgres::measure(effort, "off").await;
        }
        if only("redis") {
            redis::measure(effort, "no").await;
        }
        if only("redis-appendonly") {
            redis::measure(effort, "yes").await;
        }
        if only("sqlite") {
            sqlite::measure(effort).await;
        }
        if only("sqlite-growth") {
            growth::sqlite(effort).await;
        }
        if only("redis-growth") {
            growth::redis(effort).await;
        }
        if only("postgres-growth") {
            growth::postgres(effort).await;
        }
    });
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
