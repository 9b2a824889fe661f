//! SQLite, beside a bare loop of the same statements on one connection of the same durability, in the
//! same library and without sqlx: what the engine itself can do.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use oauth_core::model::Digest;
use oauth_core_sql::{Durability, SqliteStore};
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::{sync::oneshot, time::Instant};

use crate::{
    CLIENTS, Effort,
    load::{Work, per_second},
    median,
    records::{self, key},
};

pub(crate) async fn measure(effort: Effort) {
    println!(
        "| SQLite | clients | store / s | bare loop / s | ratio | loop on a thread / s | ratio |\n\
         |---|--:|--:|--:|--:|--:|--:|"
    );
    let directory = tempfile::tempdir().expect("a directory");
    let mut file = 0;
    for durability in [Durability::Full, Durability::Normal] {
        for work in Work::BOTH {
            for clients in CLIENTS {
                file += 1;
                // A file for each, so that none writes back what another left in its log.
                let path = |of: &str| directory.path().join(format!("{file}-{of}.db"));
                let [own, bare, asked] = ["own", "bare", "asked"].map(path);
                let options = || SqliteStore::options().durability(durability);
                let store = Arc::new(options().open(own).await.expect("opened"));
                for path in [&bare, &asked] {
                    drop(options().open(path).await.expect("opened"));
                }
                let mut rates: [Vec<f64>; 3] = Default::default();
                for round in 0..effort.rounds {
                    let name = format!("bare {round}");
                    let own = per_second(&store, work, clients, effort.time).await;
                    let mut bare = Bare::open(&bare, durability, name.clone());
                    let bare = bare.per_second(work, effort.time);
                    let asked = Bare::open(&asked, durability, name);
                    let asked = asked.per_second_when_asked(work, effort.time).await;
                    for (rates, rate) in rates.iter_mut().zip([own, bare, asked]) {
                        rates.push(rate);
                    }
                }
                let ratio = |of: &[f64]| {
                    median(rates[0].iter().zip(of).map(|(own, other)| own / other).collect())
                };
                let ratios = [ratio(&rates[1]), ratio(&rates[2])];
                let [own, bare, asked] = rates.map(median);
                println!(
                    "| {}, {durability:?} | {clients} | {own:.0} | {bare:.0} | {:.2} | {asked:.0} | {:.2} |",
                    work.name(),
                    ratios[0],
                    ratios[1],
                );
            }
        }
    }
}

const ADD_GRANT: &str = "\
INSERT INTO oauth_grants
  (tenant, id, client_id, subject, facts, created_at, expires_at, keep_until)
VALUES ('', ?1, 'web', ?2, ?3, 1800000000, 1810000000, 1810000000)";

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

/// A connection with the settings of the store, and the last of a chain of refresh tokens.
struct Bare {
    connection: Connection,
    name: String,
    count: u64,
    last: Digest,
    before: Digest,
}

impl Bare {
    fn open(path: &Path, durability: Durability, name: String) -> Self {
        let connection = Connection::open(path).expect("opened");
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
        add(&connection, &name, &name, true);
        let last = key(&format!("{name} refresh"));
        Self { connection, name, count: 0, last, before: last }
    }

    fn step(&mut self, work: Work) {
        self.count += 1;
        let begin = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.expect("begun");
        let own = format!("{} {}", self.name, self.count);
        if work == Work::Rotate {
            let run = |statement, values: &[&[u8]]| {
                let mut statement = transaction.prepare_cached(statement).expect("a statement");
                statement.execute(rusqlite::params_from_iter(values)).expect("done")
            };
            assert_eq!(run(SPEND, &[self.last.as_bytes(), &self.last.as_bytes()[..16]]), 1);
            run(WIPE, &[self.before.as_bytes()]);
            add(&transaction, &own, &self.name, false);
            self.before = std::mem::replace(&mut self.last, key(&format!("{own} refresh")));
        } else {
            add(&transaction, &own, &own, true);
        }
        transaction.commit().expect("committed");
    }

    /// How often it gets it done in a second.
    fn per_second(&mut self, work: Work, time: Duration) -> f64 {
        let begun = Instant::now();
        let first = self.count;
        while begun.elapsed() < time {
            self.step(work);
        }
        (self.count - first) as f64 / begun.elapsed().as_secs_f64()
    }

    /// How often, if a task asks for each and waits for the answer: what the way to a thread and back
    /// leaves of it, without a store.
    async fn per_second_when_asked(mut self, work: Work, time: Duration) -> f64 {
        let (ask, asked) = mpsc::channel::<oneshot::Sender<()>>();
        let thread = thread::spawn(move || {
            for answer in asked {
                self.step(work);
                answer.send(()).expect("somebody waits");
            }
        });
        let asking = tokio::spawn(async move {
            let begun = Instant::now();
            let mut count = 0_u64;
            while begun.elapsed() < time {
                let (answer, answered) = oneshot::channel();
                ask.send(answer).expect("a thread");
                answered.await.expect("an answer");
                count += 1;
            }
            count as f64 / begun.elapsed().as_secs_f64()
        });
        let count = asking.await.expect("counted");
        thread.join().expect("a thread");
        count
    }
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
