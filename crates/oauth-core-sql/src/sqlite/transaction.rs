//! One transaction for all whose turn it is, bounded in time.

use std::{collections::VecDeque, time::Duration};

use futures_util::StreamExt as _;
use oauth_core::store::StoreError;
use sqlx::{
    Either, Executor as _, SqlSafeStr as _, SqlStr, SqliteConnection, query_with,
    sqlite::SqliteArguments,
};
use tokio::time::timeout;

use super::{
    connection::Held,
    verbs::{BEGIN, COMMIT},
    writer::{Done, Job, Text, Writer},
};
use crate::error::{failed, is_busy, late, nothing_to_end};

/// Does the jobs and answers them: all in one transaction, and if one of them fails, each in its own.
pub(super) async fn run(writer: &Writer, jobs: Vec<Job>) {
    let mut turns = VecDeque::from([jobs]);
    while let Some(mut jobs) = turns.pop_front() {
        let mut held = match held(writer).await {
            Ok(held) => held,
            Err(trouble) => {
                return turn_away(jobs.into_iter().chain(turns.into_iter().flatten()), &trouble);
            }
        };
        match in_one(&mut held, writer.statement_timeout, &jobs).await {
            Ok(done) => {
                for (job, done) in jobs.into_iter().zip(done) {
                    job.answer(Ok(done));
                }
                writer.source.put_back(held);
                continue;
            }
            Err(trouble) if trouble.is_everybodys() => {
                turn_away(jobs.into_iter().chain(turns.drain(..).flatten()), &trouble);
            }
            Err(_) if jobs.len() > 1 => turns.extend(jobs.into_iter().map(|job| vec![job])),
            Err(trouble) => {
                if let Some(job) = jobs.pop() {
                    job.answer(Err(trouble.into()));
                }
            }
        }
        end(writer, held).await;
    }
}

async fn in_one(held: &mut Held, limit: Duration, jobs: &[Job]) -> Result<Vec<Done>, Trouble> {
    if let [job] = jobs {
        let mut done = step(held, limit, job.text.alone(), job.arguments.clone()).await?;
        if let Text::Verb(_) = job.text {
            // Without what the beginning and the end of the transaction are said to have changed.
            done.counts.pop();
            done.counts = done.counts.split_off(done.counts.len().min(1));
        }
        return Ok(vec![done]);
    }
    let mut done = Vec::with_capacity(jobs.len());
    step(held, limit, BEGIN.into_sql_str(), SqliteArguments::default()).await?;
    for Job { text, arguments, .. } in jobs {
        done.push(step(held, limit, text.among(), arguments.clone()).await?);
    }
    step(held, limit, COMMIT.into_sql_str(), SqliteArguments::default()).await?;
    Ok(done)
}

async fn held(writer: &Writer) -> Result<Held, Trouble> {
    let limit = writer.acquire_timeout;
    let held = timeout(limit, writer.source.get()).await;
    held.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut)).map_err(Trouble::Failed)
}

/// Runs a text of one or several statements, or gives it up after a time. If that is over just as the
/// last of the statements before the commit was answered, nobody knows whether it happened.
async fn step(
    connection: &mut SqliteConnection,
    limit: Duration,
    text: SqlStr,
    arguments: SqliteArguments,
) -> Result<Done, Trouble> {
    let mut done = Done::default();
    let mut steps = connection.fetch_many(query_with(text, arguments));
    let run = async {
        while let Some(step) = steps.next().await {
            match step.map_err(Trouble::Failed)? {
                Either::Left(result) => done.counts.push(result.rows_affected()),
                Either::Right(row) => done.row = Some(row),
            }
        }
        Ok(done)
    };
    // One timer for all of them: setting one may wake the thread that minds the timers.
    timeout(limit, run).await.unwrap_or(Err(Trouble::Late(limit)))
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
enum Trouble {
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
            Self::Failed(error) => is_busy(error),
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
