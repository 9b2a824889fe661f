//! PostgreSQL, beside `pgbench` with the same statements, prepared, over the same socket.

use std::{fmt::Write as _, process::Command, sync::Arc, time::Duration};

use oauth_core_sql::PostgresStore;
use oauth_core_testkit::Service;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::{
    CLIENTS, Effort,
    load::{Work, per_second},
    median,
};

static POSTGRES: Service = Service::postgres("OAUTH_BENCH_POSTGRES_URL");

pub(crate) fn url() -> Option<&'static str> {
    POSTGRES.address(async |url| PgConnection::connect(url).await.is_ok())
}

/// A name of this process's own.
pub(crate) fn schema() -> String {
    format!("oauth_bench_{}", std::process::id())
}

/// Runs statements in a schema.
pub(crate) async fn run(url: &str, schema: &str, statements: String) {
    let mut connection = PgConnection::connect(url).await.expect("connected");
    let path = format!("SET search_path = {schema}");
    connection.execute(AssertSqlSafe(path)).await.expect("set");
    connection.execute(AssertSqlSafe(statements)).await.expect("done");
}

/// A store with empty tables.
pub(crate) async fn fresh(
    url: &str,
    schema: &str,
    connections: usize,
    commit: &str,
) -> Arc<PostgresStore> {
    drop_all(url, schema).await;
    run(url, schema, format!("CREATE SCHEMA {schema}")).await;
    open(url, schema, connections, commit).await
}

async fn open(url: &str, schema: &str, connections: usize, commit: &str) -> Arc<PostgresStore> {
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = &format!("{url}{separator}options=-csynchronous_commit%3D{commit}");
    let connections = u32::try_from(connections).unwrap_or(u32::MAX);
    let options = PostgresStore::options().connections(connections).schema(schema);
    Arc::new(options.connect(url).await.expect("connected"))
}

pub(crate) async fn drop_all(url: &str, schema: &str) {
    run(url, schema, format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await;
}

/// With `commit` as `synchronous_commit`: with it off, nothing but work is measured.
pub(crate) async fn measure(effort: Effort, commit: &str) {
    let Some(url) = url() else { return };
    let schema = &schema();
    println!("| PostgreSQL | clients | store / s | pgbench / s | ratio |\n|---|--:|--:|--:|--:|");
    for work in Work::BOTH {
        for clients in CLIENTS {
            drop(fresh(url, schema, clients, commit).await);
            let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for round in 0..effort.rounds {
                // Both begin with new connections, which know no plan yet.
                let store = open(url, schema, clients, commit).await;
                let own = per_second(&store, work, clients, effort.time).await;
                drop(store);
                let bare = pgbench(url, commit, work, clients, effort.time, round);
                ours.push(own);
                theirs.push(bare);
                ratios.push(own / bare);
            }
            let (own, bare) = (median(ours), median(theirs));
            let (name, ratio) = (work.name(), median(ratios));
            println!(
                "| {name}, synchronous_commit = {commit} | {clients} | {own:.0} | {bare:.0} | {ratio:.2} |"
            );
        }
    }
    drop_all(url, schema).await;
}

/// The store's own statements, with keys that the database makes of numbers.
fn script(work: Work, round: usize) -> String {
    let key = |kind: &str, number: &str| {
        format!(
            "sha256('{kind} {round}'::bytea || int8send(:client_id::bigint) || int8send({number}))"
        )
    };
    // As `GrantId::new` makes them at the time of the records.
    let grant =
        |number: &str| format!(r"'\x6b49d200'::bytea || substr({}, 1, 12)", key("grant", number));
    let access = r#"'{"kind":"access_token","scope":"read write","audience":[]}'"#;
    let refresh = r#"'{"kind":"refresh_token","predecessor":"uQKPXzZDcyCiPJZJ_J7gmBgYH_zoYzZv7GnyGsTBJZM","refresh_count":0}'"#;
    let items = |id: &str, number: &str| {
        format!(
            "unnest(ARRAY[{}, {}]::BYTEA[], ARRAY[{id}, {id}]::BYTEA[], ARRAY[{access}, {refresh}]::TEXT[],
               ARRAY[1800000000, 1800000000]::BIGINT[], ARRAY[1800000600, 1801000000]::BIGINT[],
               ARRAY[1800000600, 1801086400]::BIGINT[])
               AS item (key, grant_id, artefact, issued_at, expires_at, keep_until)",
            key("access", number),
            key("refresh", number),
        )
    };
    let columns = "tenant, key, grant_id, artefact, issued_at, expires_at, keep_until";
    let values = "'', item.key, item.grant_id, item.artefact, item.issued_at, item.expires_at, item.keep_until";
    let issue = |number: &str| {
        let id = grant(number);
        format!(
            "WITH allowed AS (
               INSERT INTO oauth_grants
                 (tenant, id, client_id, subject, facts, created_at, expires_at, keep_until)
               VALUES ('', {id}, 'web', 's {round} ' || :client_id::bigint || ' ' || {number},
                 '{{\"scope\":\"read write\",\"resources\":[],\"claims\":{{}},\"auth_time\":1800000000}}',
                 1800000000, 1810000000, 1810000000))
             INSERT INTO oauth_issued ({columns}) SELECT {values} FROM {};",
            items(&id, number)
        )
    };
    let mut script = String::new();
    match work {
        Work::Issue => {
            let _ = writeln!(script, "\\set n :n + 1\n{}", issue(":n::bigint").replace('\n', " "));
        }
        Work::Rotate => {
            let id = grant("0::bigint");
            let (last, before) =
                (key("refresh", ":n::bigint - 1"), key("refresh", ":n::bigint - 2"));
            let first = issue("0::bigint").replace('\n', " ");
            let rotate = format!(
                "WITH live AS (
                   SELECT id FROM oauth_grants WHERE tenant = '' AND revoked_at IS NULL
                     AND id = (SELECT grant_id FROM oauth_issued WHERE tenant = '' AND key = {last})
                   FOR SHARE),
                 spent AS (
                   UPDATE oauth_issued AS i SET spent_at = 1800000000, successor_nonce = substr({last}, 1, 16)
                   FROM live WHERE i.tenant = '' AND i.key = {last} AND i.grant_id = live.id
                     AND i.revoked_at IS NULL AND i.spent_at IS NULL AND i.expires_at > 1800000000
                   RETURNING i.key),
                 wiped AS (
                   UPDATE oauth_issued SET successor_nonce = NULL
                   WHERE tenant = '' AND key = {before} AND EXISTS (SELECT 1 FROM spent)),
                 added AS (
                   INSERT INTO oauth_issued ({columns}) SELECT {values} FROM {}
                   WHERE EXISTS (SELECT 1 FROM spent))
                 SELECT 1 / count(*) FROM spent;",
                items(&id, ":n::bigint")
            );
            let rotate = rotate.replace('\n', " ");
            let _ = writeln!(script, "\\set n :n + 1\n\\if :n = 1\n{first}\n\\endif\n{rotate}");
        }
    }
    script
}

fn pgbench(
    url: &str,
    commit: &str,
    work: Work,
    clients: usize,
    time: Duration,
    round: usize,
) -> f64 {
    let file = std::env::temp_dir().join(format!("oauth-bench-{}.sql", std::process::id()));
    std::fs::write(&file, script(work, round)).expect("a script");
    let effort = match time.as_secs() {
        0 => "--transactions=10".to_owned(),
        seconds => format!("--time={seconds}"),
    };
    let schema = schema();
    let output = Command::new("pgbench")
        .env("PGOPTIONS", format!("-csearch_path={schema} -csynchronous_commit={commit}"))
        .args(["--no-vacuum", "--protocol=prepared", "--define=n=0", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(effort)
        .arg(format!("--file={}", file.display()))
        .arg(url)
        .output()
        .expect("pgbench runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps.and_then(|rest| rest.split(' ').next()).and_then(|tps| tps.parse().ok());
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{failed}");
    tps.expect("pgbench says how many transactions it did")
}
