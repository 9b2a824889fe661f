//! Removing what is over, and not what is still needed: statements for a few rows at a time, each a
//! transaction by itself. What somebody else works on is left to the next purge.

use oauth_core::store::StoreError;
use sqlx::query;

use super::{PostgresStore, attempt::changed};
use crate::due::Step;

/// The rows that are due first, by the index of their end and by where they lie: digests are all over
/// the index of names, which would be read at a place of its own for each of them. They are locked, so
/// nothing else comes to lie there.
macro_rules! due {
    ($table:literal, $end:literal) => {
        concat!(
            "ctid = ANY (ARRAY(SELECT ctid FROM ",
            $table,
            " WHERE ",
            $end,
            " < $1 ORDER BY ",
            $end,
            " LIMIT $2 FOR UPDATE SKIP LOCKED))"
        )
    };
}

pub(super) const PURGE_ISSUED: &str =
    concat!("DELETE FROM oauth_issued WHERE ", due!("oauth_issued", "keep_until"));

/// Of the grants that are due, those that have items left are due when the last of these is; those of
/// which another purge is just removing the last stay due.
pub(super) const KEEP_GRANTS: &str = concat!(
    "\
UPDATE oauth_grants o SET keep_until =
  (SELECT max(i.keep_until) FROM oauth_issued i WHERE i.tenant = o.tenant AND i.grant_id = o.id)
WHERE (SELECT max(i.keep_until) FROM oauth_issued i
       WHERE i.tenant = o.tenant AND i.grant_id = o.id) >= $1
  AND ",
    due!("oauth_grants", "keep_until"),
);

/// Nothing is added to a grant that has no item left: an exchange needs one. Each is asked for its first
/// item; `NOT EXISTS` would be made a join that may read the whole table.
pub(super) const PURGE_GRANTS: &str = concat!(
    "\
DELETE FROM oauth_grants o
WHERE (SELECT 1 FROM oauth_issued i
       WHERE i.tenant = o.tenant AND i.grant_id = o.id LIMIT 1) IS NULL
  AND ",
    due!("oauth_grants", "keep_until"),
);

pub(super) const FORGET_REPLAYS: &str =
    concat!("DELETE FROM oauth_replays WHERE ", due!("oauth_replays", "keep_until"));

/// Of the clients that are due, those that are used are due again at `$3`. Each is asked for its
/// first grant, as [`PURGE_GRANTS`] asks for items.
pub(super) const KEEP_USED: &str = concat!(
    "\
UPDATE oauth_clients c SET unused_until = $3
WHERE (SELECT 1 FROM oauth_grants g
       WHERE g.tenant = c.tenant AND g.client_id = c.client_id LIMIT 1) IS NOT NULL
  AND ",
    due!("oauth_clients", "unused_until"),
);

pub(super) const REMOVE_UNUSED: &str = concat!(
    "\
DELETE FROM oauth_clients c
WHERE (SELECT 1 FROM oauth_grants g
       WHERE g.tenant = c.tenant AND g.client_id = c.client_id LIMIT 1) IS NULL
  AND ",
    due!("oauth_clients", "unused_until"),
);

impl PostgresStore {
    /// Moves those that must stay to a later moment, as `keep` says with what it needs beside moment and
    /// number, and removes others as `remove` says. Returns how many of each there were.
    pub(super) async fn keep_or_remove(
        &self,
        step: Step,
        before: i64,
        (keep, with): (&'static str, &[i64]),
        remove: &'static str,
    ) -> Result<[u64; 2], StoreError> {
        let values = [&[before, step.window.into()], with].concat();
        let kept = self.purge_with(keep, &values).await?;
        let looked_at = i64::from(step.window).saturating_sub_unsigned(kept).max(0);
        let values = [before, looked_at.min(step.limit.into())];
        Ok([kept, self.purge_with(remove, &values).await?])
    }

    /// Runs a statement of a purge, and returns how many rows it changed.
    pub(super) async fn purge_with(
        &self,
        statement: &'static str,
        values: &[i64],
    ) -> Result<u64, StoreError> {
        self.attempt(async || {
            // Planned for these numbers each time: a plan for any limit would read the table.
            let query = query(statement).persistent(false);
            let query = values.iter().fold(query, |query, value| query.bind(*value));
            let mut connection = self.connection().await?;
            let done = query.execute(&mut *connection).await;
            changed(connection.answered(done))
        })
        .await
    }
}
