//! The SQL statements that SQLite and PostgreSQL share: `$1` placeholders, BIGINT seconds. What each
//! says in its own way is in `sqlite/statements.rs` and `postgres/statements.rs`.
//!
//! `$1` is the tenant wherever there is one. Values are bound, never pasted.

pub(crate) const SCHEMA_VERSION: &str = "SELECT MAX(version) FROM oauth_schema";

/// Columns in the order of [`FoundRow`](crate::record::FoundRow).
pub(crate) const FIND: &str = "\
SELECT i.grant_id, i.artefact, i.issued_at, i.expires_at,
       i.spent_at, i.successor_nonce, i.retries, i.revoked_at,
       g.client_id, g.subject, g.facts, g.created_at, g.expires_at, g.revoked_at
FROM oauth_issued i JOIN oauth_grants g ON g.tenant = i.tenant AND g.id = i.grant_id
WHERE i.tenant = $1 AND i.key = $2";

/// Columns in the order of [`WhyNotRow`](crate::record::WhyNotRow).
pub(crate) const WHY_NOT: &str = "\
SELECT COALESCE(i.revoked_at, g.revoked_at), i.spent_at, i.expires_at
FROM oauth_issued i JOIN oauth_grants g ON g.tenant = i.tenant AND g.id = i.grant_id
WHERE i.tenant = $1 AND i.key = $2";

pub(crate) const REVOKE_TOKEN: &str = "\
UPDATE oauth_issued SET revoked_at = $2
WHERE tenant = $1 AND revoked_at IS NULL AND key = $3";

pub(crate) const REVOKE_GRANT: &str = "\
UPDATE oauth_grants SET revoked_at = $2
WHERE tenant = $1 AND revoked_at IS NULL AND id = $3";

pub(crate) const REVOKE_CLIENT: &str = "\
UPDATE oauth_grants SET revoked_at = $2
WHERE tenant = $1 AND revoked_at IS NULL AND client_id = $3";

pub(crate) const REVOKE_SUBJECT: &str = "\
UPDATE oauth_grants SET revoked_at = $2
WHERE tenant = $1 AND revoked_at IS NULL AND subject = $3";

pub(crate) const REVOKE_SUBJECT_CLIENT: &str = "\
UPDATE oauth_grants SET revoked_at = $2
WHERE tenant = $1 AND revoked_at IS NULL AND subject = $3 AND client_id = $4";

/// Columns in the order of [`GrantRow`](crate::record::GrantRow).
pub(crate) const GRANTS: &str = "\
SELECT id, client_id, facts, created_at, expires_at
FROM oauth_grants
WHERE tenant = $1 AND subject = $2 AND revoked_at IS NULL AND expires_at > $3
ORDER BY created_at DESC, id DESC";

pub(crate) const FIND_CLIENT: &str = "\
SELECT record FROM oauth_clients WHERE tenant = $1 AND client_id = $2";

pub(crate) const ADD_CLIENT: &str = "\
INSERT INTO oauth_clients (tenant, client_id, owner, record, unused_until)
VALUES ($1, $2, $3, $4, $5)";

/// If its record is to the letter as it was read.
pub(crate) const REPLACE_CLIENT: &str = "\
UPDATE oauth_clients SET owner = $3, record = $4, unused_until = $5
WHERE tenant = $1 AND client_id = $2 AND record = $6";

pub(crate) const LIST_CLIENTS: &str = "\
SELECT client_id, record FROM oauth_clients
WHERE tenant = $1 AND client_id > $2 ORDER BY client_id LIMIT $3";

pub(crate) const LIST_CLIENTS_OF_OWNER: &str = "\
SELECT client_id, record FROM oauth_clients
WHERE tenant = $1 AND client_id > $2 AND owner = $4 ORDER BY client_id LIMIT $3";

pub(crate) const FIRST_USE: &str = "\
INSERT INTO oauth_replays (tenant, key, keep_until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// In the order of [`KeyRow`](crate::record::KeyRow).
pub(crate) const KEYS: &str = "\
SELECT kid, alg, material, created_at, signs_from FROM oauth_keys
WHERE tenant = $1 ORDER BY created_at";

/// A key of that name is an error, a key in that place is none.
pub(crate) const SUCCEED_KEY: &str = "\
INSERT INTO oauth_keys (tenant, kid, alg, predecessor, material, created_at, signs_from)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, alg, predecessor) DO NOTHING";

pub(crate) const REMOVE_KEY: &str = "\
DELETE FROM oauth_keys WHERE tenant = $1 AND kid = $2";
