//! How the database goes about the statements, once it has statistics.

use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use super::{purging, statements as own};
use crate::statements;

#[path = "../../tests/postgres/rig.rs"]
#[expect(dead_code, reason = "the tests of the crate use more of it")]
mod rig;

/// Some thousand rows, of which some are over.
const FILL: &str = "
INSERT INTO oauth_grants
  (tenant, id, client_id, subject, facts, created_at, expires_at, keep_until)
SELECT '', int8send(n), 'client ' || n % 500, 'subject ' || n % 1000, '{}', n, n, n
FROM generate_series(1, 5000) AS numbers (n);
INSERT INTO oauth_issued (tenant, key, grant_id, artefact, issued_at, expires_at, keep_until)
SELECT '', sha256(int8send(n)), int8send(1 + n / 2), '{}', n, n, n
FROM generate_series(1, 9000) AS numbers (n);
INSERT INTO oauth_replays (tenant, key, keep_until)
SELECT '', sha256(int8send(n)), n FROM generate_series(1, 5000) AS numbers (n);
INSERT INTO oauth_clients (tenant, client_id, owner, unused_until, record)
SELECT '', 'client ' || n, 'subject ' || n % 1000, n, '{}'
FROM generate_series(1, 5000) AS numbers (n);
INSERT INTO oauth_keys (tenant, kid, alg, predecessor, material, created_at, signs_from)
SELECT 'tenant ' || n, 'k', 'ES256', '', '{}', n, n FROM generate_series(1, 5000) AS numbers (n);
ANALYZE oauth_grants; ANALYZE oauth_issued; ANALYZE oauth_replays; ANALYZE oauth_clients;
ANALYZE oauth_keys;";

/// The plan of a statement, for these values or, without any, for all.
async fn plan(connection: &mut PgConnection, statement: &str, values: Option<&str>) -> String {
    let mode = if values.is_some() { "force_custom_plan" } else { "force_generic_plan" };
    let used = (1..20).take_while(|n| statement.contains(&format!("${n}"))).count();
    let nulls = vec!["NULL"; used].join(", ");
    let values = values.unwrap_or(&nulls);
    let prepare = format!("SET plan_cache_mode = {mode}; PREPARE explained AS {statement}");
    connection.execute(AssertSqlSafe(prepare)).await.unwrap();
    let explain = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE explained ({values})"));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap();
    connection.execute("DEALLOCATE explained").await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

/// The indexes that answer a statement; every search has one.
#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let Some(schema) = rig::Schema::new().await else { return };
    drop(schema.store().await);
    schema.run(FILL.to_owned()).await;
    let mut connection = schema.connection().await;
    let over = Some("2000, 20");
    for (statement, values, indexes) in [
        (own::ISSUE, None, &[][..]),
        (own::EXCHANGE_ONCE, None, &["oauth_grants_pkey", "oauth_issued_pkey"]),
        (own::EXCHANGE_AGAIN, None, &["oauth_grants_pkey", "oauth_issued_pkey"]),
        (own::EXCHANGE_KEEP, None, &["oauth_grants_pkey", "oauth_issued_pkey"]),
        (purging::PURGE_ISSUED, over, &["oauth_issued_by_end", "Tid Scan on oauth_issued"]),
        (
            purging::KEEP_GRANTS,
            over,
            &["oauth_grants_by_end", "Tid Scan on oauth_grants", "oauth_issued_by_grant"],
        ),
        (
            purging::PURGE_GRANTS,
            over,
            &["oauth_grants_by_end", "Tid Scan on oauth_grants", "oauth_issued_by_grant"],
        ),
        (purging::FORGET_REPLAYS, over, &["oauth_replays_by_end", "Tid Scan on oauth_replays"]),
        (
            purging::KEEP_USED,
            Some("2000, 20, 9000"),
            &["oauth_clients_by_end", "Tid Scan on oauth_clients", "oauth_grants_by_client"],
        ),
        (
            purging::REMOVE_UNUSED,
            over,
            &["oauth_clients_by_end", "Tid Scan on oauth_clients", "oauth_grants_by_client"],
        ),
        (own::REMOVE_CLIENT, None, &["oauth_clients_pkey", "oauth_grants_by_client"]),
        (statements::FIND, None, &["oauth_issued_pkey", "oauth_grants_pkey"]),
        (statements::WHY_NOT, None, &["oauth_issued_pkey", "oauth_grants_pkey"]),
        (statements::REVOKE_TOKEN, None, &["oauth_issued_pkey"]),
        (statements::REVOKE_GRANT, None, &["oauth_grants_pkey"]),
        (statements::REVOKE_CLIENT, None, &["oauth_grants_by_client"]),
        (statements::REVOKE_SUBJECT, None, &["oauth_grants_by_subject"]),
        (statements::REVOKE_SUBJECT_CLIENT, None, &["oauth_grants_by_"]),
        (statements::GRANTS, None, &["oauth_grants_by_subject"]),
        (statements::FIND_CLIENT, None, &["oauth_clients_pkey"]),
        (statements::REPLACE_CLIENT, None, &["oauth_clients_pkey"]),
        (statements::LIST_CLIENTS, Some("'', 'client 2', 10"), &["oauth_clients_pkey"]),
        (
            statements::LIST_CLIENTS_OF_OWNER,
            Some("'', 'client 2', 10, 'subject 3'"),
            &["oauth_clients_by_owner"],
        ),
        (statements::KEYS, None, &["oauth_keys_"]),
        (statements::REMOVE_KEY, None, &["oauth_keys_"]),
    ] {
        let plan = plan(&mut connection, statement, values).await;
        assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
        for index in indexes {
            assert!(plan.contains(index), "{index}\n{statement}\n{plan}");
        }
    }
}
