//! One transaction for all whose turn it is, bounded in time.

use std::{collections::VecDeque, ptr, time::Duration};

use oauth_core::store::StoreError;
use sqlx::Executor as _;
use tokio::time::timeout;

use super::{
    connection::Held,
    piece,
    verb::Part,
    writer::{Done, Job, Writer},
};
use crate::error::{cannot_write, failed, is_busy, late, nothing_to_end};

/// Does the jobs and answers them: all in one transaction, and if that fails because of one of them,
/// each half in its own, and so on, until that one is alone.
pub(super) async fn run(writer: &Writer, jobs: Vec<Job>) {
    let mut turns = VecDeque::from([jobs]);
    while let Some(mut jobs) = turns.pop_front() {
        // Those of before may have taken longer than these were waited for.
        jobs.retain(Job::is_awaited);
        if jobs.is_empty() {
            continue;
        }
        jobs.sort_by_key(|job| ptr::from_ref(job.verb));
        let mut held = match held(writer).await {
            Ok(held) => held,
            Err(trouble) => {
                return turn_away(jobs.into_iter().chain(turns.into_iter().flatten()), &trouble);
            }
        };
        let trouble = match in_one(&mut held, writer.statement_timeout, &jobs).await {
            Ok(done) => {
                for (job, done) in jobs.into_iter().zip(done) {
                    job.answer(Ok(done));
                }
                writer.source.put_back(held);
                continue;
            }
            Err(trouble) => trouble,
        };
        // Before anybody is answered: who was may stop driving the runtime.
        end(writer, held).await;
        if trouble.is_everybodys() {
            turn_away(jobs.into_iter().chain(turns.drain(..).flatten()), &trouble);
        } else if jobs.len() > 1 {
            let rest = jobs.split_off(jobs.len() / 2);
            turns.extend([jobs, rest]);
        } else if let Some(job) = jobs.pop() {
            job.answer(Err(trouble.into()));
        }
    }
}

/// Does the jobs in one transaction: in the order of their verbs, as none of those who wait has been
/// told anything yet, and in as few texts as will do, each of which is a way to the thread of the
/// connection and back.
async fn in_one(held: &mut Held, limit: Duration, jobs: &[Job]) -> Result<Vec<Done>, Trouble> {
    let mut done = Vec::with_capacity(jobs.len());
    for piece in piece::pieces(jobs) {
        let is_first = done.is_empty();
        let is_last = done.len() + piece.len() == jobs.len();
        done.extend(piece::run(held, limit, piece, Part { is_first, is_last }).await?);
    }
    Ok(done)
}

async fn held(writer: &Writer) -> Result<Held, Trouble> {
    let limit = writer.acquire_timeout;
    let held = timeout(limit, writer.source.get()).await;
    held.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut)).map_err(Trouble::Failed)
}

/// Ends what a failed transaction may have left open. Whatever still hangs on the connection is
/// waited for: until then nobody could write to the file anyway.
async fn end(writer: &Writer, mut held: Held) {
    match held.execute("ROLLBACK").await {
        Err(error) if !nothing_to_end(&error) => held.discard(),
        _ => writer.source.put_back(held),
    }
}

/// Answers jobs that cannot be done now.
fn turn_away(jobs: impl Iterator<Item = Job>, trouble: &Trouble) {
    for job in jobs {
        job.answer(Err(StoreError::unavailable(trouble.to_string())));
    }
}

/// Why a transaction did not happen.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Failed(sqlx::Error),
    #[error("waited {0:?} for the statements")]
    Late(Duration),
}

impl Trouble {
    /// Whether the next transaction would have it, too, whatever it does.
    fn is_everybodys(&self) -> bool {
        match self {
            Self::Late(_) => true,
            Self::Failed(error) => is_busy(error) || cannot_write(error),
        }
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Failed(error) => failed(error),
            Trouble::Late(limit) => late(limit, "the statements"),
        }
    }
}
