//! A PostgreSQL to play on, and a schema of its own for each world.
//!
//! `OAUTH_TEST_POSTGRES_URL` says which server; without it, the usual places on this machine are
//! tried. Where no server answers, the scenarios are left out and one line says so, unless
//! `OAUTH_TEST_REQUIRE_SERVICES=1`.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

use oauth_core_sql::PostgresStore;
use oauth_core_testkit::Service;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

static POSTGRES: Service = Service::new(
    "PostgreSQL",
    "OAUTH_TEST_POSTGRES_URL",
    &[
        "postgres://postgres@127.0.0.1:5432/test",
        "postgres://root@127.0.0.1:5432/test",
        "postgres:///test?host=/var/run/postgresql&user=postgres",
        "postgres:///test?host=/var/run/postgresql&user=root",
    ],
);

/// Every row, as text.
const DUMP: &str = "SELECT row::TEXT FROM oauth_clients row
    UNION ALL SELECT row::TEXT FROM oauth_grants row
    UNION ALL SELECT row::TEXT FROM oauth_issued row";

/// Whether a server answers; says so once if none does.
///
/// # Panics
/// If none does and `OAUTH_TEST_REQUIRE_SERVICES` is set.
pub fn is_there() -> bool {
    server().is_some()
}

fn server() -> Option<&'static str> {
    POSTGRES.address(async |url| PgConnection::connect(url).await.is_ok())
}

/// A schema that goes with the world.
#[derive(Debug)]
pub(crate) struct Schema {
    server: &'static str,
    name: String,
}

impl Schema {
    pub(crate) async fn new() -> Self {
        let name = format!("oauth_test_{:016x}", RandomState::new().build_hasher().finish());
        let schema = Self { server: server().expect("a PostgreSQL server"), name };
        schema.run(format!("CREATE SCHEMA {}", schema.name)).await;
        schema
    }

    /// A store of few connections: several tests run at the same time.
    pub(crate) async fn store(&self) -> PostgresStore {
        let options = PostgresStore::options().connections(5).schema(&self.name);
        options.connect(self.server).await.expect("a PostgreSQL store")
    }

    /// Everything in it.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        let mut connection = self.connection().await;
        let path = format!("SET search_path = {}", self.name);
        connection.execute(AssertSqlSafe(path)).await.expect("a schema");
        let rows = sqlx::query_scalar::<_, String>(DUMP).fetch_all(&mut connection).await;
        rows.expect("rows").concat().into_bytes()
    }

    async fn connection(&self) -> PgConnection {
        PgConnection::connect(self.server).await.expect("a connection")
    }

    async fn run(&self, statement: String) {
        let mut connection = self.connection().await;
        connection.execute(AssertSqlSafe(statement)).await.expect("done");
        connection.close().await.expect("closed");
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        Service::elsewhere(async || self.run(format!("DROP SCHEMA {} CASCADE", self.name)).await);
    }
}
