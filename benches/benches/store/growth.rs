//! What a call costs as the tables grow, in rounds over all sizes: what disturbs a round disturbs
//! all of them.

use std::{sync::Arc, time::Duration};

use oauth_core::store::GrantStore;
use oauth_core_sql::{Durability, SqliteStore};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};
use tokio::time::Instant;

use crate::{
    Effort,
    load::{Work, fill_with_pairs, per_second},
    median, postgres,
    records::NOW,
    redis::Server,
};

/// How many records a purge removes at once.
const PURGED: u32 = 100;

pub(crate) async fn sqlite(effort: Effort) {
    let directory = tempfile::tempdir().expect("a directory");
    let mut stores = Vec::new();
    for size in effort.sizes {
        let path = directory.path().join(format!("{size}.db"));
        let options = SqliteStore::options().durability(Durability::Normal);
        let store = Arc::new(options.open(&path).await.expect("opened"));
        let url = format!("sqlite://{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.expect("opened");
        let numbers = format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {size})"
        );
        for statement in fill(
            &numbers,
            "numbers",
            "randomblob(32)",
            "CAST(n / 2 AS BLOB)",
            "CAST(n / 2 AS TEXT)",
        ) {
            connection.execute(AssertSqlSafe(statement)).await.expect("filled");
        }
        stores.push((*size, store));
    }
    compare("SQLite", effort, &stores).await;
}

pub(crate) async fn postgres(effort: Effort) {
    let Some(url) = postgres::url() else { return };
    // The largest is ten times as large here.
    let sizes: Vec<_> = match effort.sizes {
        [smaller @ .., largest] => smaller.iter().copied().chain([largest * 10]).collect(),
        [] => return,
    };
    let mut stores = Vec::new();
    for size in &sizes {
        let schema = schema_of(*size);
        let store = postgres::fresh(url, &schema, 4, "off").await;
        let numbers = format!("generate_series(1, {size}) AS numbers (n)");
        let random = "sha256(int8send(n))";
        for statement in fill("", &numbers, random, "int8send(n / 2)", "(n / 2)::TEXT") {
            postgres::run(url, &schema, statement).await;
        }
        // What a table that grew slowly has long behind it.
        for table in ["oauth_grants", "oauth_issued"] {
            postgres::run(url, &schema, format!("VACUUM ANALYZE {table}")).await;
        }
        stores.push((*size, store));
    }
    // What filling left to be written is written now, and not while something is measured.
    postgres::run(url, "public", "CHECKPOINT".to_owned()).await;
    compare("PostgreSQL", effort, &stores).await;
    for size in sizes {
        postgres::drop_all(url, &schema_of(size)).await;
    }
}

fn schema_of(size: u64) -> String {
    format!("{}_{size}", postgres::schema())
}

/// Redis forgets by itself, so nothing is purged, and it is filled by the store.
pub(crate) async fn redis(effort: Effort) {
    let mut servers = Vec::new();
    let mut stores = Vec::new();
    for size in effort.sizes {
        let Some(server) = Server::start(&["--appendonly", "no"]).await else { return };
        let store = server.store().await;
        fill_with_pairs(&store, size / 2).await;
        servers.push(server);
        stores.push((*size, store));
    }
    compare("Redis", effort, &stores).await;
}

/// Grants, and two tokens under each of them, of which one is over. Half of the grants are over, too,
/// as those of a client without refresh tokens soon are, and have something left that is kept. `with`
/// is what `numbers` needs before it; `key`, `id` and `name` are made of the number `n`.
fn fill(with: &str, numbers: &str, key: &str, id: &str, name: &str) -> [String; 2] {
    let now = NOW.unix();
    [
        format!(
            "INSERT INTO oauth_grants
               (tenant, id, client_id, subject, facts, created_at, expires_at, keep_until)
             {with} SELECT DISTINCT '', {id}, 'web', {name}, '{{}}', {now},
               {now} + 10000000 - (n / 2 % 2) * 13000000, {now} + 10000000 - (n / 2 % 2) * 9000000
             FROM {numbers}"
        ),
        format!(
            "INSERT INTO oauth_issued
               (tenant, key, grant_id, artefact, issued_at, expires_at, keep_until)
             {with} SELECT '', {key}, {id}, '{{\"kind\":\"access_token\",\"scope\":\"read write\"}}',
               {now}, {now} + 600, {now} + 1000000 - (n % 2) * 2000000
             FROM {numbers}"
        ),
    ]
}

async fn compare<S: GrantStore>(engine: &str, effort: Effort, stores: &[(u64, Arc<S>)]) {
    println!("| µs for each | tokens stored | issue | rotate | a purge of {PURGED} | of none |");
    println!("|---|--:|--:|--:|--:|--:|");
    let mut samples = vec![[const { Vec::new() }; 4]; stores.len()];
    for _ in 0..effort.rounds {
        for ((_, store), [issue, rotate, purge, none]) in stores.iter().zip(&mut samples) {
            issue.push(1e6 / per_second(store, Work::Issue, 1, effort.time / 3).await);
            rotate.push(1e6 / per_second(store, Work::Rotate, 1, effort.time / 3).await);
            let begun = Instant::now();
            store.purge(NOW, PURGED).await.expect("purged");
            purge.push(elapsed(begun.elapsed()));
            // Earlier than any item ends, and later than half of the grants have expired.
            let begun = Instant::now();
            let removed = store.purge(NOW.minus(2_000_000), PURGED).await.expect("purged");
            none.push(elapsed(begun.elapsed()));
            assert_eq!(removed, 0, "what is kept must stay");
        }
    }
    for ((size, _), samples) in stores.iter().zip(samples) {
        let [issue, rotate, purge, none] = samples.map(median);
        println!("| {engine} | {size} | {issue:.0} | {rotate:.0} | {purge:.0} | {none:.0} |");
    }
}

fn elapsed(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
