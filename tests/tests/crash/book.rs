//! What the file says after a crash, whatever the clients were told.

use std::path::Path;

use oauth_core::model::Digest;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

/// How many of what there is under a grant.
#[derive(Debug)]
struct Grant {
    codes: i64,
    spent_codes: i64,
    access_tokens: i64,
    refresh_tokens: i64,
    first_refresh_tokens: i64,
    spent_refresh_tokens: i64,
}

type Row = (i64, i64, i64, i64, i64, i64);

impl From<Row> for Grant {
    fn from(row: Row) -> Self {
        let (codes, spent_codes, access_tokens, refresh_tokens, first, spent) = row;
        Self {
            codes,
            spent_codes,
            access_tokens,
            refresh_tokens,
            first_refresh_tokens: first,
            spent_refresh_tokens: spent,
        }
    }
}

const GRANTS: &str = "\
SELECT SUM(kind = 'authorization_code') AS codes,
       SUM(kind = 'authorization_code' AND spent) AS spent_codes,
       SUM(kind = 'access_token') AS access_tokens,
       SUM(kind = 'refresh_token') AS refresh_tokens,
       SUM(kind = 'refresh_token' AND predecessor IS NULL) AS first_refresh_tokens,
       SUM(kind = 'refresh_token' AND spent) AS spent_refresh_tokens
FROM (SELECT g.id, i.spent_at IS NOT NULL AS spent,
             i.artefact ->> '$.kind' AS kind, i.artefact ->> '$.predecessor' AS predecessor
      FROM oauth_grants g LEFT JOIN oauth_issued i ON i.tenant = g.tenant AND i.grant_id = g.id)
GROUP BY id";

async fn open(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.expect("the file")
}

/// Checks every grant, and returns how many there are.
pub(crate) async fn check(path: &Path) -> usize {
    let mut file = open(path).await;
    let sound = sqlx::query_scalar::<_, String>("PRAGMA integrity_check").fetch_one(&mut file);
    assert_eq!(sound.await.expect("a check"), "ok");
    let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut file);
    assert!(orphans.await.expect("a check").is_empty(), "something issued under no grant");
    let grants = sqlx::query_as::<_, Row>(GRANTS).fetch_all(&mut file).await.expect("grants");
    for grant in grants.iter().copied().map(Grant::from) {
        assert_eq!(grant.codes, 1, "one sign-in, one code: {grant:?}");
        assert!(grant.first_refresh_tokens <= 1, "more than one family: {grant:?}");
        assert_eq!(grant.first_refresh_tokens, grant.spent_codes, "a code by halves: {grant:?}");
        let spent = grant.spent_codes + grant.spent_refresh_tokens;
        assert_eq!(grant.refresh_tokens, spent, "spent for nothing, or got for free: {grant:?}");
        assert_eq!(grant.access_tokens, spent, "spent for nothing, or got for free: {grant:?}");
        let live = grant.refresh_tokens - grant.spent_refresh_tokens;
        assert_eq!(
            live, grant.spent_codes,
            "one live refresh token, no more and no less: {grant:?}"
        );
    }
    grants.len()
}

/// Whether a code or refresh token is spent.
pub(crate) async fn is_spent(path: &Path, secret: &str) -> bool {
    flag(path, "SELECT spent_at IS NOT NULL FROM oauth_issued WHERE key = $1", secret).await
}

/// Whether the grant of a token is revoked, or the token by itself.
pub(crate) async fn is_revoked(path: &Path, secret: &str) -> bool {
    const REVOKED: &str = "\
        SELECT i.revoked_at IS NOT NULL OR g.revoked_at IS NOT NULL
        FROM oauth_issued i JOIN oauth_grants g ON g.id = i.grant_id WHERE i.key = $1";
    flag(path, REVOKED, secret).await
}

async fn flag(path: &Path, query: &'static str, secret: &str) -> bool {
    let key = Digest::of(secret);
    let query = sqlx::query_scalar::<_, bool>(query).bind(&key.as_bytes()[..]);
    query.fetch_one(&mut open(path).await).await.expect("the record")
}
