//! A PostgreSQL to play on, and a schema of its own for each world.
//!
//! `OAUTH_TEST_POSTGRES_URL` says which server; without it, the usual places on this machine are
//! tried. Where no server answers, the scenarios are left out and one line says so, unless
//! `OAUTH_TEST_REQUIRE_SERVICES=1`.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    io::Write as _,
    time::Duration,
};

use oauth_core_sql::PostgresStore;
use oauth_core_testkit::Service;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

static POSTGRES: Service = Service::postgres("OAUTH_TEST_POSTGRES_URL");

/// How long a call waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every row, as text.
const DUMP: &str = "SELECT row::TEXT FROM oauth_clients row
    UNION ALL SELECT row::TEXT FROM oauth_grants row
    UNION ALL SELECT row::TEXT FROM oauth_issued row
    UNION ALL SELECT row::TEXT FROM oauth_replays row
    UNION ALL SELECT row::TEXT FROM oauth_keys row";

/// A store of few connections, as several tests run at the same time, and with patience, as they
/// may run on a slow machine.
pub(crate) async fn open(url: &str) -> PostgresStore {
    let options = PostgresStore::options().connections(5).acquire_timeout(PATIENCE);
    options.connect(url).await.expect("a PostgreSQL store")
}

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

/// Says what is not tested because something is missing on this machine.
///
/// # Panics
/// If `OAUTH_TEST_REQUIRE_SERVICES` is set.
pub fn left_out(line: &str) {
    assert!(std::env::var_os("OAUTH_TEST_REQUIRE_SERVICES").is_none(), "{line}");
    // Not captured, as `println!` would be.
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).expect("standard error");
}

/// A schema that is gone when this is.
#[derive(Debug)]
pub struct Schema {
    server: &'static str,
    name: String,
}

impl Schema {
    /// A schema with nothing in it.
    ///
    /// # Panics
    /// If there is no server.
    pub async fn new() -> Self {
        let name = format!("oauth_test_{:016x}", RandomState::new().build_hasher().finish());
        let schema = Self { server: server().expect("a PostgreSQL server"), name };
        schema.run(format!("CREATE SCHEMA {}", schema.name)).await;
        schema
    }

    /// An address whose connections see this schema first.
    pub fn url(&self) -> String {
        let separator = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{separator}options=-csearch_path%3D{}", self.server, self.name)
    }

    /// Everything in it.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        let mut connection = self.connection().await;
        let rows = sqlx::query_scalar::<_, String>(DUMP).fetch_all(&mut connection).await;
        rows.expect("rows").concat().into_bytes()
    }

    /// A connection beside the store's.
    pub async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.expect("a connection")
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
