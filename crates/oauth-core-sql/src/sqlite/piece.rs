//! Jobs of one verb as one text: a part of a transaction, or all of it.

use std::{iter, ptr, time::Duration};

use futures_util::StreamExt as _;
use sqlx::{
    Either, Error, Executor as _, SqliteConnection, query_with,
    sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow},
};
use tokio::time::timeout;

use super::{
    transaction::Trouble,
    verb::{Part, REPEATED},
    writer::{Done, Job},
};

/// What SQLite says of a text: the end of a statement, or a row.
type Heard = Either<SqliteQueryResult, SqliteRow>;

/// Jobs of the same verb, in numbers that are powers of two.
pub(super) fn pieces(jobs: &[Job]) -> impl Iterator<Item = &[Job]> {
    let same = jobs.chunk_by(|one, next| ptr::eq(one.verb, next.verb));
    same.flat_map(|mut rest| {
        iter::from_fn(move || {
            let power = rest.len().min(REPEATED).checked_ilog2()?;
            let (piece, others) = rest.split_at(1 << power);
            rest = others;
            Some(piece)
        })
    })
}

/// Does a piece as one text.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    limit: Duration,
    piece: &[Job],
    part: Part,
) -> Result<Vec<Done>, Trouble> {
    let [Job { verb, .. }, ..] = *piece else { return Ok(Vec::new()) };
    let power = piece.len().ilog2() as usize;
    let mut arguments = SqliteArguments::default();
    for job in piece {
        job.values.add_to(&mut arguments).map_err(|error| Trouble::Failed(Error::Encode(error)))?;
    }
    let mut done: Vec<_> = piece.iter().map(|_| Done::default()).collect();
    // The beginning and the end of a transaction are nobody's, whatever they are said to have changed.
    let begins = usize::from(verb.begins(power, part));
    let mut ended = 0_usize;
    let heard = |heard: Heard| {
        let statement = ended.checked_sub(begins);
        ended += usize::from(heard.is_left());
        let whose = statement.and_then(|number| done.get_mut(number / verb.statements));
        match (heard, whose) {
            (Either::Left(result), Some(done)) => done.counts.push(result.rows_affected()),
            (Either::Right(row), Some(done)) => done.row = Some(row),
            (_, None) => {}
        }
    };
    step(connection, limit, verb.text(power, part), arguments, heard).await?;
    Ok(done)
}

/// Runs a text of one or several statements, or gives it up after a time. If that is over just as the
/// last of the statements before the commit was answered, nobody knows whether it happened.
async fn step(
    connection: &mut SqliteConnection,
    limit: Duration,
    text: &'static str,
    arguments: SqliteArguments,
    mut heard: impl FnMut(Heard),
) -> Result<(), Trouble> {
    let mut steps = connection.fetch_many(query_with(text, arguments));
    let run = async {
        while let Some(step) = steps.next().await {
            heard(step.map_err(Trouble::Failed)?);
        }
        Ok(())
    };
    // One timer for all of them: setting one may wake the thread that minds the timers.
    timeout(limit, run).await.unwrap_or(Err(Trouble::Late(limit)))
}
