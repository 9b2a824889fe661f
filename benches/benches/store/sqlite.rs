//! SQLite, beside a bare loop of the same statements on one connection of the same durability, in the
//! same library and without sqlx: what the engine itself can do.

use std::{path::Path, sync::Arc, time::Duration};

use oauth_core_sql::{Durability, SqliteStore};
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::time::Instant;

use crate::{
    CLIENTS, Effort,
    load::{Work, per_second},
    median,
    records::{self, key},
};

pub(crate) async fn measure(effort: Effort) {
    println!("| SQLite | clients | store / s | bare loop / s | ratio |\n|---|--:|--:|--:|--:|");
    let directory = tempfile::tempdir().expect("a directory");
    let mut file = 0;
    for durability in [Durability::Full, Durability::Normal] {
        for work in Work::BOTH {
            for clients in CLIENTS {
                file += 1;
                // A file for each, so that neither writes back what the other left in its log.
                let options = SqliteStore::options().durability(durability);
                let path = directory.path().join(format!("{file}.db"));
                let store = Arc::new(options.clone().open(path).await.expect("opened"));
                let path = directory.path().join(format!("{file}-bare.db"));
                drop(options.open(&path).await.expect("opened"));
                let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
                for round in 0..effort.rounds {
                    let own = per_second(&store, work, clients, effort.time).await;
                    let bare = bare(&path, durability, work, effort.time, round);
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
VALUES ('', ?1, 'web', ?2, ?3, 1800000000, 1810000000)";

const ADD_ISSUED: &str = "\
INSERT INTO oauth_issued (tenant, key, grant_id, artefact, issued_at, expires_at, keep_until)
VALUES ('', ?1, ?2, ?3, 1800000000, 1801000000, 1801086400)";

const SPEND: &str = "\
UPDATE oauth_issued SET spent_at = 1800000000, successor_nonce = ?2
WHERE tenant = '' AND key = ?1 AND spent_at IS NULL AND revoked_at IS NULL
  AND expires_at > 1800000000
  AND EXISTS (SELECT 1 FROM oauth_grants g WHERE g.tenant = ''
              AND g.id = oauth_issued.grant_id AND g.revoked_at IS NULL)";

const WIPE: &str = "UPDATE oauth_issued SET successor_nonce = NULL WHERE tenant = '' AND key = ?1";

const FACTS: &str = r#"{"scope":"read write","resources":[],"claims":{},"auth_time":1800000000}"#;

const ARTEFACT: &str = r#"{"kind":"refresh_token","predecessor":null,"refresh_count":0}"#;

fn bare(path: &Path, durability: Durability, work: Work, time: Duration, round: usize) -> f64 {
    let mut connection = Connection::open(path).expect("opened");
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    for (pragma, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", synchronous),
        ("foreign_keys", "ON"),
        ("wal_autocheckpoint", "4000"),
    ] {
        connection.pragma_update(None, pragma, value).expect("set");
    }
    let name = format!("bare {round}");
    add(&connection, &name, &name, true);
    let begun = Instant::now();
    let mut count = 0;
    let mut last = key(&format!("{name} refresh"));
    let mut before = last;
    while begun.elapsed() < time {
        count += 1;
        let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.expect("begun");
        let own = format!("{name} {count}");
        if work == Work::Rotate {
            let run = |statement, values: &[&[u8]]| {
                let mut statement = transaction.prepare_cached(statement).expect("a statement");
                statement.execute(rusqlite::params_from_iter(values)).expect("done")
            };
            assert_eq!(run(SPEND, &[last.as_bytes(), &last.as_bytes()[..16]]), 1);
            run(WIPE, &[before.as_bytes()]);
            add(&transaction, &own, &name, false);
            before = std::mem::replace(&mut last, key(&format!("{own} refresh")));
        } else {
            add(&transaction, &own, &own, true);
        }
        transaction.commit().expect("committed");
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

/// Two tokens, under a grant that is new or was added before.
fn add(connection: &Connection, name: &str, grant: &str, new: bool) {
    let grant = records::grant(grant).id;
    let id = &grant.as_bytes()[..];
    if new {
        let mut add = connection.prepare_cached(ADD_GRANT).expect("a statement");
        add.execute(params![id, name, FACTS]).expect("added");
    }
    for kind in ["access", "refresh"] {
        let key = key(&format!("{name} {kind}"));
        let mut add = connection.prepare_cached(ADD_ISSUED).expect("a statement");
        add.execute(params![&key.as_bytes()[..], id, ARTEFACT]).expect("added");
    }
}
