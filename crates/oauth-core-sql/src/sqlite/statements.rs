//! The SQL statements that are SQLite's own.
//!
//! What is run together is put together in `verbs.rs`. The guards of the `SPEND_…` statements read the
//! grant in the statement that spends. That is atomic because writers follow one another.

/// Takes the lock of those who write all the same.
pub(super) const CHANGE_NOTHING: &str = "UPDATE oauth_schema SET version = version WHERE FALSE";

pub(super) const ADD_GRANT: &str = "\
INSERT INTO oauth_grants
  (tenant, id, client_id, subject, facts, created_at, expires_at, keep_until)
VALUES ($1, $2, $3, $4, $8, $9, $10, $11)";

/// Any number of items: their keys and their grants in a row, the rest as JSON. See
/// [`Items`](super::items::Items).
pub(super) const ADD_ITEMS: &str = "\
INSERT INTO oauth_issued (tenant, key, grant_id, artefact, issued_at, expires_at, keep_until)
SELECT $1, substr($5, 32 * item.key + 1, 32), substr($6, 16 * item.key + 1, 16),
       item.value ->> 0, item.value ->> 1, item.value ->> 2, item.value ->> 3
FROM json_each($7) AS item";

pub(super) const SPEND_ONCE: &str = "\
UPDATE oauth_issued SET spent_at = $3, successor_nonce = $4
WHERE tenant = $1 AND key = $2 AND spent_at IS NULL AND revoked_at IS NULL AND expires_at > $3
  AND EXISTS (SELECT 1 FROM oauth_grants g WHERE g.tenant = $1
              AND g.id = oauth_issued.grant_id AND g.revoked_at IS NULL)";

pub(super) const SPEND_AGAIN: &str = "\
UPDATE oauth_issued SET retries = retries + 1
WHERE tenant = $1 AND key = $2 AND spent_at >= $3 AND successor_nonce IS NOT NULL
  AND retries < $4 AND revoked_at IS NULL
  AND EXISTS (SELECT 1 FROM oauth_grants g WHERE g.tenant = $1
              AND g.id = oauth_issued.grant_id AND g.revoked_at IS NULL)";

/// What is kept for how long after its expiry stays the same.
pub(super) const SPEND_KEEP: &str = "\
UPDATE oauth_issued SET expires_at = $4, keep_until = $4 + (keep_until - expires_at)
WHERE tenant = $1 AND key = $2 AND spent_at IS NULL AND revoked_at IS NULL AND expires_at > $3
  AND EXISTS (SELECT 1 FROM oauth_grants g WHERE g.tenant = $1
              AND g.id = oauth_issued.grant_id AND g.revoked_at IS NULL)";

/// The item may go earlier now, and its grant with it: whether it may, the next purge sees.
pub(super) const LOOK_AT_GRANT: &str = "\
UPDATE oauth_grants SET keep_until = expires_at
WHERE tenant = $1 AND keep_until > expires_at
  AND id = (SELECT grant_id FROM oauth_issued WHERE tenant = $1 AND key = $2)";

pub(super) const WIPE_NONCE: &str = "\
UPDATE oauth_issued SET successor_nonce = NULL WHERE tenant = $1 AND key = $8";

pub(super) const PURGE_ISSUED: &str = "\
DELETE FROM oauth_issued WHERE (tenant, key) IN
  (SELECT tenant, key FROM oauth_issued WHERE keep_until < $1 ORDER BY keep_until LIMIT $2)";

/// Of the grants that are due, those that have items left are due when the last of these is.
pub(super) const KEEP_GRANTS: &str = "\
UPDATE oauth_grants SET keep_until =
  (SELECT max(i.keep_until) FROM oauth_issued i
   WHERE i.tenant = oauth_grants.tenant AND i.grant_id = oauth_grants.id)
WHERE (tenant, id) IN
    (SELECT tenant, id FROM oauth_grants WHERE keep_until < $1 ORDER BY keep_until LIMIT $2)
  AND (SELECT max(i.keep_until) FROM oauth_issued i
       WHERE i.tenant = oauth_grants.tenant AND i.grant_id = oauth_grants.id) >= $1";

/// Removes up to `$3` of those that [`KEEP_GRANTS`], which ran before it, looked at and has left.
pub(super) const PURGE_GRANTS: &str = "\
DELETE FROM oauth_grants
WHERE (tenant, id) IN
    (SELECT tenant, id FROM oauth_grants
     WHERE keep_until < $1 ORDER BY keep_until LIMIT min($3, $2 - changes()))
  AND NOT EXISTS (SELECT 1 FROM oauth_issued i
                  WHERE i.tenant = oauth_grants.tenant AND i.grant_id = oauth_grants.id)";

pub(super) const FORGET_REPLAYS: &str = "\
DELETE FROM oauth_replays WHERE (tenant, key) IN
  (SELECT tenant, key FROM oauth_replays WHERE keep_until < $1 ORDER BY keep_until LIMIT $2)";

pub(super) const REMOVE_CLIENT: &str = "\
DELETE FROM oauth_clients WHERE tenant = $1 AND client_id = $2";

/// Of the clients that are due, those that are used are due again at `$4`.
pub(super) const KEEP_USED: &str = "\
UPDATE oauth_clients SET unused_until = $4
WHERE (tenant, client_id) IN
    (SELECT tenant, client_id FROM oauth_clients
     WHERE unused_until < $1 ORDER BY unused_until LIMIT $2)
  AND EXISTS (SELECT 1 FROM oauth_grants g WHERE g.tenant = oauth_clients.tenant
              AND g.client_id = oauth_clients.client_id)";

/// Removes up to `$3` of those that [`KEEP_USED`], which ran before it, looked at and has left.
pub(super) const REMOVE_UNUSED: &str = "\
DELETE FROM oauth_clients
WHERE (tenant, client_id) IN
    (SELECT tenant, client_id FROM oauth_clients
     WHERE unused_until < $1 ORDER BY unused_until LIMIT min($3, $2 - changes()))
  AND NOT EXISTS (SELECT 1 FROM oauth_grants g WHERE g.tenant = oauth_clients.tenant
                  AND g.client_id = oauth_clients.client_id)";

pub(super) const REMOVE_ISSUED_OF_CLIENT: &str = "\
DELETE FROM oauth_issued WHERE tenant = $1 AND grant_id IN
  (SELECT id FROM oauth_grants WHERE tenant = $1 AND client_id = $2)";

pub(super) const REMOVE_GRANTS_OF_CLIENT: &str = "\
DELETE FROM oauth_grants WHERE tenant = $1 AND client_id = $2";

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, sqlite::SqlitePool};

    use crate::{SqliteStore, statements};

    /// The index that answers a statement; every search has one, and no result is sorted by hand.
    #[tokio::test]
    async fn no_statement_reads_a_whole_table() {
        let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
        SqliteStore::migrate(&pool).await.unwrap();
        for (statement, index) in [
            (statements::FIND, "PRIMARY KEY (key=? AND tenant=?)"),
            (super::SPEND_ONCE, "PRIMARY KEY (key=? AND tenant=?)"),
            (super::SPEND_AGAIN, "PRIMARY KEY (key=? AND tenant=?)"),
            (super::SPEND_KEEP, "PRIMARY KEY (key=? AND tenant=?)"),
            (super::LOOK_AT_GRANT, "PRIMARY KEY (id=? AND tenant=?)"),
            (super::WIPE_NONCE, "PRIMARY KEY (key=? AND tenant=?)"),
            (statements::WHY_NOT, "PRIMARY KEY (key=? AND tenant=?)"),
            (statements::REVOKE_TOKEN, "PRIMARY KEY (key=? AND tenant=?)"),
            (statements::REVOKE_GRANT, "PRIMARY KEY (id=? AND tenant=?)"),
            (statements::REVOKE_CLIENT, "oauth_grants_by_client (tenant=? AND client_id=?)"),
            (statements::REVOKE_SUBJECT, "oauth_grants_by_subject (tenant=? AND subject=?)"),
            (statements::REVOKE_SUBJECT_CLIENT, "oauth_grants_by_"),
            (statements::GRANTS, "oauth_grants_by_subject (tenant=? AND subject=?)"),
            (super::PURGE_ISSUED, "oauth_issued_by_end (keep_until<?)"),
            (super::KEEP_GRANTS, "oauth_grants_by_end (keep_until<?)"),
            (super::KEEP_GRANTS, "oauth_issued_by_grant (tenant=? AND grant_id=?)"),
            (super::PURGE_GRANTS, "oauth_grants_by_end (keep_until<?)"),
            (super::PURGE_GRANTS, "oauth_issued_by_grant (tenant=? AND grant_id=?)"),
            (super::FORGET_REPLAYS, "oauth_replays_by_end (keep_until<?)"),
            (statements::REMOVE_KEY, "PRIMARY KEY (tenant=? AND kid=?)"),
            (statements::FIND_CLIENT, "oauth_clients_1 (tenant=? AND client_id=?)"),
            (statements::REPLACE_CLIENT, "oauth_clients_1 (tenant=? AND client_id=?)"),
            (super::REMOVE_CLIENT, "oauth_clients_1 (tenant=? AND client_id=?)"),
            (super::KEEP_USED, "oauth_clients_by_end (unused_until<?)"),
            (super::KEEP_USED, "oauth_grants_by_client (tenant=? AND client_id=?)"),
            (super::REMOVE_UNUSED, "oauth_clients_by_end (unused_until<?)"),
            (super::REMOVE_UNUSED, "oauth_grants_by_client (tenant=? AND client_id=?)"),
            (super::REMOVE_ISSUED_OF_CLIENT, "oauth_issued_by_grant (tenant=? AND grant_id=?)"),
            (super::REMOVE_ISSUED_OF_CLIENT, "oauth_grants_by_client (tenant=? AND client_id=?)"),
            (super::REMOVE_GRANTS_OF_CLIENT, "oauth_grants_by_client (tenant=? AND client_id=?)"),
            (statements::LIST_CLIENTS, "oauth_clients_1 (tenant=? AND client_id>?)"),
            (statements::LIST_CLIENTS_OF_OWNER, "oauth_clients_by_owner (tenant=? AND owner=?"),
        ] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let plan = sqlx::query_as::<_, (i64, i64, i64, String)>(explain);
            let plan = plan.fetch_all(&pool).await.unwrap();
            let plan: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{statement}: {plan:?}");
            let slow = |step: &String| step.starts_with("SCAN") || step.contains("TEMP B-TREE");
            assert!(!plan.iter().any(slow), "{statement}: {plan:?}");
        }
    }
}
