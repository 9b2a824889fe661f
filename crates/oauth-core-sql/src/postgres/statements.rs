//! The SQL statements that are PostgreSQL's own: each verb that writes, all but those that
//! [purge](super::purging), is one statement, and with that one transaction and one round trip.
//!
//! # Why an exchange cannot outrun a revocation, nor another exchange
//! Writers run side by side here, and a statement of READ COMMITTED looks for its rows in a
//! snapshot of the moment at which it began. What it then *locks* is looked at again: if another
//! transaction changed the row meanwhile, the conditions are tested once more on the newest version
//! of that row ("EvalPlanQual"), but only of that row; a subquery on another table would still
//! see the snapshot. So each row whose state decides is locked, and its condition is tested where
//! it is locked:
//!
//! 1. `live` locks the grant, `FOR SHARE` at least, with `revoked_at IS NULL`. A revocation under way
//!    is waited for and then seen; one that comes later waits for this statement to commit, and so
//!    ends what was added here. (The lock of the foreign key, `FOR KEY SHARE`, would not do: it lets
//!    updates of other columns pass.) Which grant it is comes from a subquery without a lock: an item
//!    never changes its grant.
//! 2. `spent` locks the item by updating it, with every condition on the item beside it. Of many
//!    racers one changes it, and the others then see the changed row.
//! 3. `wiped` and `added` happen if there is a row in `spent`. All parts share the snapshot and do
//!    not see each other's changes, which none of them needs.
//!
//! The grant is locked before its items everywhere, and a purge skips what is locked, so these do
//! not wait for each other in a circle. Statements that change many grants may; one of them is told
//! so by the database and tries again. At REPEATABLE READ and SERIALIZABLE the second look is an
//! error instead (40001), and the statement is tried again with a new snapshot.

/// Items come as one array for each column, from `$9` on.
pub(super) const ISSUE: &str = "\
WITH allowed AS (
  INSERT INTO oauth_grants
    (tenant, id, client_id, subject, facts, created_at, expires_at, keep_until)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))
INSERT INTO oauth_issued (tenant, key, grant_id, artefact, issued_at, expires_at, keep_until)
SELECT $1, item.key, item.grant_id, item.artefact, item.issued_at, item.expires_at, item.keep_until
FROM unnest($9::BYTEA[], $10::BYTEA[], $11::TEXT[], $12::BIGINT[], $13::BIGINT[], $14::BIGINT[])
  AS item (key, grant_id, artefact, issued_at, expires_at, keep_until)";

/// Spends `$2` in a way of its own, with `$3` and `$4`; wipes the nonce of `$5`; adds the items from
/// `$6` on. One row if it happened.
macro_rules! exchange {
    (set $set:literal where $condition:literal) => {
        exchange!(set $set where $condition lock "SHARE" then "")
    };
    (set $set:literal where $condition:literal lock $lock:literal then $then:literal) => {
        concat!(
            "\
WITH live AS (
  SELECT id FROM oauth_grants
  WHERE tenant = $1 AND revoked_at IS NULL
    AND id = (SELECT grant_id FROM oauth_issued WHERE tenant = $1 AND key = $2)
  FOR ",
            $lock,
            "),
spent AS (
  UPDATE oauth_issued AS i SET ",
            $set,
            "
  FROM live
  WHERE i.tenant = $1 AND i.key = $2 AND i.grant_id = live.id AND i.revoked_at IS NULL AND ",
            $condition,
            "
  RETURNING i.key),
wiped AS (
  UPDATE oauth_issued SET successor_nonce = NULL
  WHERE tenant = $1 AND key = $5 AND EXISTS (SELECT 1 FROM spent)),
added AS (
  INSERT INTO oauth_issued (tenant, key, grant_id, artefact, issued_at, expires_at, keep_until)
  SELECT $1, item.key, item.grant_id, item.artefact, item.issued_at, item.expires_at,
         item.keep_until
  FROM unnest($6::BYTEA[], $7::BYTEA[], $8::TEXT[], $9::BIGINT[], $10::BIGINT[], $11::BIGINT[])
    AS item (key, grant_id, artefact, issued_at, expires_at, keep_until)
  WHERE EXISTS (SELECT 1 FROM spent))",
            $then,
            "
SELECT 1 FROM spent"
        )
    };
}

pub(super) const EXCHANGE_ONCE: &str = exchange!(
    set "spent_at = $3, successor_nonce = $4"
    where "i.spent_at IS NULL AND i.expires_at > $3"
);

pub(super) const EXCHANGE_AGAIN: &str = exchange!(
    set "retries = i.retries + 1"
    where "i.spent_at >= $3 AND i.successor_nonce IS NOT NULL AND i.retries < $4"
);

/// What is kept for how long after its expiry stays the same. It may go earlier now, and its grant with
/// it: whether it may, the next purge sees. The grant is locked as for that change from the beginning:
/// two that share it could not change it.
pub(super) const EXCHANGE_KEEP: &str = exchange!(
    set "expires_at = $4, keep_until = $4 + (i.keep_until - i.expires_at)"
    where "i.spent_at IS NULL AND i.expires_at > $3"
    lock "NO KEY UPDATE"
    then ",
looked AS (
  UPDATE oauth_grants g SET keep_until = g.expires_at FROM live
  WHERE g.tenant = $1 AND g.id = live.id AND g.keep_until > g.expires_at
    AND EXISTS (SELECT 1 FROM spent))"
);

/// The items go with their grants, those of an exchange that was waited for included: the foreign
/// key looks for them once the grant is gone.
pub(super) const REMOVE_CLIENT: &str = "\
WITH ended AS (DELETE FROM oauth_grants WHERE tenant = $1 AND client_id = $2)
DELETE FROM oauth_clients WHERE tenant = $1 AND client_id = $2";

/// Whether the database only reads, as a standby does.
pub(super) const READ_ONLY: &str = "SELECT current_setting('transaction_read_only') = 'on'";

pub(super) const HAS_TABLES: &str = "SELECT to_regclass('oauth_schema') IS NOT NULL";

/// Whatever the database's default is: who has waited for the lock must see what was done meanwhile.
pub(super) const BEGIN_MIGRATION: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Held by who migrates, until the end of the transaction. The number is `oauth_db` in ASCII.
pub(super) const LOCK_MIGRATIONS: &str = "SELECT pg_advisory_xact_lock(8025825153778672738)";

/// Building an index may take longer than any verb should.
pub(super) const TIME_TO_MIGRATE: &str = "SET LOCAL statement_timeout = '15min'";
