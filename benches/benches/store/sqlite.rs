//! SQLite, beside a bare loop of the same statements on one connection of the same durability.

use std::{path::Path, str::FromStr as _, sync::Arc, time::Duration};

use oauth_core_sql::{Durability, SqliteStore};
use sqlx::{
    Connection as _, Executor as _, SqliteConnection, query,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::time::Instant;

use crate::{
    CLIENTS, Effort,
    load::{Work, per_second},
    median,
    records::key,
};

pub(crate) async fn measure(effort: Effort) {
    println!("| SQLite | clients | store / s | bare loop / s | ratio |\n|---|--:|--:|--:|--:|");
    let directory = tempfile::tempdir().expect("a directory");
    let mut file = 0;
    for durability in [Durability::Full, Durability::Normal] {
        for work in Work::BOTH {
            for clients in CLIENTS {
                file += 1;
                let path = directory.path().join(format!("{file}.db"));
                let options = SqliteStore::options().durability(durability);
                let store = Arc::new(options.open(&path).await.expect("opened"));
                let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
                for round in 0..effort.rounds {
                    let own = per_second(&store, work, clients, effort.time).await;
                    let bare = bare(&path, durability, work, effort.time, round).await;
                    ours.push(own);
                    theirs.push(bare);
                    ratios.push(own / bare);
                }
                let (own, bare, ratio) = (median(ours), median(theirs), median(ratios));
                let name = work.name();
                println!(
                    "| {name}, {durability:?} | {clients} | {own:.0} | {bare:.0} | {ratio:.2} |"
                );
            }
        }
    }
}

const ADD_GRANT: &str = "\
INSERT INTO oauth_grants (tenant, id, client_id, subject, facts, created_at, expires_at)
VALUES ('', $1, 'web', $2, $3, 1800000000, 1810000000)";

const ADD_ISSUED: &str = "\
INSERT INTO oauth_issued (tenant, key, grant_id, artefact, issued_at, expires_at, keep_until)
VALUES ('', $1, $2, $3, 1800000000, 1801000000, 1801086400)";

const SPEND: &str = "\
UPDATE oauth_issued SET spent_at = 1800000000, successor_nonce = $2
WHERE tenant = '' AND key = $1 AND spent_at IS NULL AND revoked_at IS NULL
  AND expires_at > 1800000000
  AND EXISTS (SELECT 1 FROM oauth_grants g WHERE g.tenant = ''
              AND g.id = oauth_issued.grant_id AND g.revoked_at IS NULL)";

const WIPE: &str = "UPDATE oauth_issued SET successor_nonce = NULL WHERE tenant = '' AND key = $1";

const FACTS: &str = r#"{"scope":"read write","resources":[],"claims":{},"auth_time":1800000000}"#;

const ARTEFACT: &str = r#"{"kind":"refresh_token","predecessor":null,"refresh_count":0}"#;

async fn bare(
    path: &Path,
    durability: Durability,
    work: Work,
    time: Duration,
    round: usize,
) -> f64 {
    let url = format!("sqlite://{}", path.display());
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Normal => SqliteSynchronous::Normal,
    };
    let options = SqliteConnectOptions::from_str(&url).expect("a path");
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(synchronous);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("opened");
    let name = format!("bare {round}");
    add(&mut connection, &name, true).await;
    let begun = Instant::now();
    let mut count = 0;
    let mut last = key(&format!("{name} refresh"));
    let mut before = last;
    while begun.elapsed() < time {
        count += 1;
        connection.execute("BEGIN IMMEDIATE").await.expect("begun");
        let own = format!("{name} {count}");
        if work == Work::Rotate {
            let spend = query(SPEND).bind(&last.as_bytes()[..]).bind(&last.as_bytes()[..16]);
            let spent = spend.execute(&mut connection).await.expect("spent");
            assert_eq!(spent.rows_affected(), 1);
            query(WIPE).bind(&before.as_bytes()[..]).execute(&mut connection).await.expect("wiped");
            add(&mut connection, &own, false).await;
            before = std::mem::replace(&mut last, key(&format!("{own} refresh")));
        } else {
            add(&mut connection, &own, true).await;
        }
        connection.execute("COMMIT").await.expect("committed");
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

/// Two tokens, under a grant of their own or that of the run.
async fn add(connection: &mut SqliteConnection, name: &str, new: bool) {
    let run = name.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
    let grant = key(if new { name } else { &run });
    let grant = &grant.as_bytes()[..16];
    if new {
        let add = query(ADD_GRANT).bind(grant).bind(name).bind(FACTS);
        add.execute(&mut *connection).await.expect("added");
    }
    for kind in ["access", "refresh"] {
        let key = key(&format!("{name} {kind}"));
        let add = query(ADD_ISSUED).bind(&key.as_bytes()[..]).bind(grant).bind(ARTEFACT);
        add.execute(&mut *connection).await.expect("added");
    }
}
