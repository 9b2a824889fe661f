//! What a store says, whatever the clients were told: read from its tables, past every server.

use std::path::PathBuf;

use oauth_core::{
    model::{Digest, Tenant},
    store::{Found, GrantStore},
};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::redis;

/// Where to look. Everything in it came of sign-ins with a code and a refresh token each.
#[derive(Clone, Debug)]
pub enum Book {
    /// In an SQLite file.
    Sqlite(PathBuf),
    /// In the PostgreSQL at this address.
    Postgres(String),
    /// In the Redis at this address.
    Redis(String),
}

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

/// Counts under each grant, with this for an artefact as JSON.
macro_rules! grants {
    ($json:literal) => {
        concat!(
            "\
SELECT COUNT(*) FILTER (WHERE kind = 'authorization_code') AS codes,
       COUNT(*) FILTER (WHERE kind = 'authorization_code' AND spent) AS spent_codes,
       COUNT(*) FILTER (WHERE kind = 'access_token') AS access_tokens,
       COUNT(*) FILTER (WHERE kind = 'refresh_token') AS refresh_tokens,
       COUNT(*) FILTER (WHERE kind = 'refresh_token' AND predecessor IS NULL) AS first,
       COUNT(*) FILTER (WHERE kind = 'refresh_token' AND spent) AS spent_refresh_tokens
FROM (SELECT g.id, i.spent_at IS NOT NULL AS spent,
             ",
            $json,
            " ->> 'kind' AS kind, ",
            $json,
            " ->> 'predecessor' AS predecessor
      FROM oauth_grants g LEFT JOIN oauth_issued i ON i.tenant = g.tenant AND i.grant_id = g.id)
     AS item
GROUP BY id"
        )
    };
}

impl Grant {
    fn check(&self) {
        assert_eq!(self.codes, 1, "one sign-in, one code: {self:?}");
        assert!(self.first_refresh_tokens <= 1, "more than one family: {self:?}");
        assert_eq!(self.first_refresh_tokens, self.spent_codes, "a code by halves: {self:?}");
        let spent = self.spent_codes + self.spent_refresh_tokens;
        assert_eq!(self.refresh_tokens, spent, "spent for nothing, or got for free: {self:?}");
        assert_eq!(self.access_tokens, spent, "spent for nothing, or got for free: {self:?}");
        let live = self.refresh_tokens - self.spent_refresh_tokens;
        assert_eq!(live, self.spent_codes, "one live refresh token, no more and no less: {self:?}");
    }
}

impl Book {
    /// That of the store at `url`, which is spelled as [`open`](crate::place::open) has it.
    pub fn of(url: &str) -> Self {
        match url.split_once(':') {
            Some(("sqlite", path)) => Self::Sqlite(path.into()),
            Some(("postgres", _)) => Self::Postgres(url.to_owned()),
            _ => Self::Redis(url.to_owned()),
        }
    }

    /// Checks every grant, and returns how many there are.
    pub async fn check(&self) -> usize {
        let grants: Vec<Row> = match self {
            Self::Sqlite(path) => {
                let mut file = sqlite(path).await;
                let sound = sqlx::query_scalar::<_, String>("PRAGMA integrity_check");
                assert_eq!(sound.fetch_one(&mut file).await.expect("a check"), "ok");
                let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut file).await;
                assert!(orphans.expect("a check").is_empty(), "something issued under no grant");
                sqlx::query_as(grants!("i.artefact")).fetch_all(&mut file).await
            }
            Self::Postgres(url) => {
                let query = sqlx::query_as(grants!("i.artefact::JSON"));
                query.fetch_all(&mut postgres(url).await).await
            }
            Self::Redis(url) => Ok(redis::grants(url).await.iter().map(row).collect()),
        }
        .expect("grants");
        for grant in grants.iter().copied().map(Grant::from) {
            grant.check();
        }
        grants.len()
    }

    /// Whether a code or refresh token is spent.
    pub async fn is_spent(&self, secret: &str) -> bool {
        if let Self::Redis(url) = self {
            return found(url, secret).await.spent.is_some();
        }
        self.flag("SELECT spent_at IS NOT NULL FROM oauth_issued WHERE key = $1", secret).await
    }

    /// Whether the grant of a token is revoked, or the token by itself.
    pub async fn is_revoked(&self, secret: &str) -> bool {
        const REVOKED: &str = "\
            SELECT i.revoked_at IS NOT NULL OR g.revoked_at IS NOT NULL
            FROM oauth_issued i JOIN oauth_grants g ON g.id = i.grant_id WHERE i.key = $1";
        if let Self::Redis(url) = self {
            return found(url, secret).await.revoked_at.is_some();
        }
        self.flag(REVOKED, secret).await
    }

    async fn flag(&self, query: &'static str, secret: &str) -> bool {
        let key = Digest::of(secret);
        let key = &key.as_bytes()[..];
        match self {
            Self::Sqlite(path) => {
                let query = sqlx::query_scalar(query).bind(key);
                query.fetch_one(&mut sqlite(path).await).await
            }
            Self::Postgres(url) => {
                let query = sqlx::query_scalar(query).bind(key);
                query.fetch_one(&mut postgres(url).await).await
            }
            Self::Redis(_) => unreachable!("it has no tables"),
        }
        .expect("the record")
    }
}

async fn sqlite(path: &PathBuf) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.expect("the file")
}

async fn postgres(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("the database")
}

/// The record of a token, as a store of its own finds it.
async fn found(url: &str, secret: &str) -> Found {
    let found = redis::open(url).await;
    let found = GrantStore::find(&found, &Tenant::default(), &Digest::of(secret)).await;
    found.expect("an answer").expect("the record")
}

/// The counts of a grant, from the facts and the state of each of its items.
fn row(items: &Vec<(String, String)>) -> Row {
    let mut row = Row::default();
    for (facts, state) in items {
        let facts: Value = serde_json::from_str(facts).expect("JSON");
        let artefact = &facts["artefact"];
        let spent = i64::from(state.split(' ').nth(2).expect("a state") != "-");
        match artefact["kind"].as_str() {
            Some("authorization_code") => {
                row.0 += 1;
                row.1 += spent;
            }
            Some("access_token") => row.2 += 1,
            Some("refresh_token") => {
                row.3 += 1;
                row.4 += i64::from(artefact["predecessor"].is_null());
                row.5 += spent;
            }
            _ => {}
        }
    }
    row
}
