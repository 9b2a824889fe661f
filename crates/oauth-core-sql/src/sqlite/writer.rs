//! The queue of those who write.
//!
//! SQLite has one writer at a time. Who comes while another writes waits here, and all who wait are
//! written in one transaction: the commit is what takes time, and they share it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use oauth_core::store::StoreError;
use sqlx::sqlite::SqliteRow;
use tokio::{
    runtime::Handle,
    sync::oneshot,
    task::yield_now,
    time::{Instant, timeout},
};

use super::{connection::Source, transaction, values::Values, verb::Verb};
use crate::error::late;

/// How many are written in one transaction at most.
const TOGETHER: usize = 64;

pub(super) struct Writer {
    pub(super) source: Source,
    pub(super) acquire_timeout: Duration,
    pub(super) statement_timeout: Duration,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Job>,
    /// Who is at work on them, if anybody is.
    served: Option<Served>,
    /// Whether several were written together the last time.
    crowded: bool,
    /// The number of the next job.
    next: u64,
}

/// A service at work.
#[derive(Clone, Copy)]
struct Served {
    /// The number of the job that it began with.
    since: u64,
    /// When it last took some.
    took: Instant,
}

/// What somebody waits for.
pub(super) struct Job {
    number: u64,
    pub(super) verb: &'static Verb,
    pub(super) values: Values,
    reply: oneshot::Sender<Result<Done, StoreError>>,
}

/// What a job did.
#[derive(Default)]
pub(super) struct Done {
    /// How many rows each of its statements changed.
    pub(super) counts: Vec<u64>,
    /// What it read, if anything.
    pub(super) row: Option<SqliteRow>,
}

impl Done {
    /// How many rows its first statement changed, or its only one.
    pub(super) fn first(&self) -> u64 {
        self.counts.first().copied().unwrap_or(0)
    }

    /// How many rows each of its two statements changed.
    pub(super) fn two(&self) -> [u64; 2] {
        [self.first(), self.counts.get(1).copied().unwrap_or(0)]
    }
}

impl Job {
    /// Whether somebody is left to hear of it. Who is not has been told that it did not happen.
    pub(super) fn is_awaited(&self) -> bool {
        !self.reply.is_closed()
    }

    /// Nobody may be left to hear it.
    pub(super) fn answer(self, told: Result<Done, StoreError>) {
        let _ = self.reply.send(told);
    }
}

impl Writer {
    pub(super) fn new(
        source: Source,
        acquire_timeout: Duration,
        statement_timeout: Duration,
    ) -> Arc<Self> {
        Arc::new(Self { source, acquire_timeout, statement_timeout, queue: Mutex::default() })
    }

    /// Runs a verb. Whoever is dropped here while the job waits has changed nothing; a job that has
    /// begun is brought to its end all the same.
    pub(super) async fn run(
        self: &Arc<Self>,
        verb: &'static Verb,
        values: Values,
    ) -> Result<Done, StoreError> {
        debug_assert_eq!(values.len(), verb.values, "a value for each placeholder");
        let runtime = Handle::try_current().map_err(StoreError::unavailable)?;
        let (reply, mut answer) = oneshot::channel();
        let number = self.line_up(&runtime, |number| Job { number, verb, values, reply });
        let patience = self.acquire_timeout.min(self.statement_timeout);
        let told = match timeout(patience, &mut answer).await {
            Err(_) if self.withdraw(number) => return Err(late(patience, "other writers")),
            // It has begun. If nobody says how it ended, nobody knows.
            Err(_) => match timeout(self.longest(), answer).await {
                Err(_) => return Err(late(self.longest(), "an answer")),
                Ok(told) => told,
            },
            Ok(told) => told,
        };
        told.unwrap_or_else(|_| Err(StoreError::unavailable("the runtime that wrote has ended")))
    }

    /// As long as a service that is well goes without taking the next jobs.
    fn longest(&self) -> Duration {
        self.acquire_timeout.saturating_add(self.statement_timeout).saturating_mul(2)
    }

    /// Puts a job at the end of the queue, and sees to it that somebody is at work.
    fn line_up(self: &Arc<Self>, runtime: &Handle, job: impl FnOnce(u64) -> Job) -> u64 {
        let mut queue = self.queue();
        let number = queue.next;
        queue.next += 1;
        queue.waiting.push_back(job(number));
        // Whoever has taken none for so long is in a runtime that nobody drives.
        let is_served = queue.served.is_some_and(|own| own.took.elapsed() < self.longest());
        if !is_served {
            queue.served = Some(Served { since: number, took: Instant::now() });
        }
        // A runtime that is ending drops what is spawned at once, and that looks at the queue.
        drop(queue);
        if !is_served {
            // Not in the task of the caller, who may be dropped at any time.
            let service = Service { writer: Arc::clone(self), since: number, ended: false };
            runtime.spawn(service.run());
        }
        number
    }

    /// Takes a job out of the queue; whether it was still there.
    fn withdraw(&self, number: u64) -> bool {
        let mut queue = self.queue();
        let place = queue.waiting.iter().position(|job| job.number == number);
        place.and_then(|place| queue.waiting.remove(place)).is_some()
    }

    /// Those whose turn it is. Without any, the service is at its end; so it is if another has taken
    /// its place.
    fn next(&self, since: u64) -> Vec<Job> {
        let mut queue = self.queue();
        if !queue.is_served_by(since) {
            return Vec::new();
        }
        queue.waiting.retain(Job::is_awaited);
        let count = queue.waiting.len().min(TOGETHER);
        queue.served = (count > 0).then(|| Served { since, took: Instant::now() });
        if count > 0 {
            queue.crowded = count > 1;
        }
        queue.waiting.drain(..count).collect()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn is_served_by(&self, since: u64) -> bool {
        self.served.is_some_and(|own| own.since == since)
    }
}

/// Somebody at work on the queue.
struct Service {
    writer: Arc<Writer>,
    /// The number of the job that it began with.
    since: u64,
    ended: bool,
}

impl Service {
    /// Ends as soon as nobody waits: a task that rests would be nobody's if its runtime stops.
    async fn run(mut self) {
        let mut company = self.writer.queue().crowded;
        loop {
            if company {
                // Whoever was answered may want to write again, together with the others.
                yield_now().await;
            }
            let jobs = self.writer.next(self.since);
            if jobs.is_empty() {
                self.ended = true;
                return;
            }
            transaction::run(&self.writer, jobs).await;
            company = !self.writer.queue().waiting.is_empty();
        }
    }
}

/// Dropped before its end, with the runtime that it ran in: nobody waits in vain, and the next who
/// comes begins anew.
impl Drop for Service {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut queue = self.writer.queue();
        if queue.is_served_by(self.since) {
            queue.served = None;
            queue.waiting.clear();
        }
    }
}
