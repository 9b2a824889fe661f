//! A PostgreSQL to test with, and a schema of its own for each test.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

use oauth_core_sql::{PostgresOptions, PostgresStore};
use oauth_core_testkit::Service;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection,
    postgres::{PgPool, PgPoolOptions},
};

static POSTGRES: Service = Service::postgres("OAUTH_TEST_POSTGRES_URL");

/// The address of a server that answers, found once.
fn server() -> Option<&'static str> {
    POSTGRES.address(async |url| PgConnection::connect(url).await.is_ok())
}

/// A schema that goes with the test.
pub(crate) struct Schema {
    server: &'static str,
    name: String,
}

impl Schema {
    /// A new schema; none where there is no server.
    pub(crate) async fn new() -> Option<Self> {
        let server = server()?;
        let name = format!("oauth_test_{:016x}", RandomState::new().build_hasher().finish());
        let schema = Self { server, name };
        schema.run(format!("CREATE SCHEMA {}", schema.name)).await;
        Some(schema)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// An address whose connections see this schema first.
    pub(crate) fn url(&self) -> String {
        let separator = if self.server.contains('?') { '&' } else { '?' };
        let (server, name) = (self.server, &self.name);
        format!("{server}{separator}application_name={name}&options=-csearch_path%3D{name}")
    }

    /// The address of the server, whose connections know nothing of this schema.
    pub(crate) fn elsewhere(&self) -> &str {
        self.server
    }

    /// A store of few connections, with tables.
    pub(crate) async fn store(&self) -> PostgresStore {
        self.store_with(PostgresStore::options()).await
    }

    pub(crate) async fn store_with(&self, options: PostgresOptions) -> PostgresStore {
        options.connections(5).schema(&self.name).connect(&self.url()).await.unwrap()
    }

    /// A pool of the application's own.
    pub(crate) async fn pool(&self, connections: u32) -> PgPool {
        let options = PgPoolOptions::new().max_connections(connections);
        options.connect(&self.url()).await.unwrap()
    }

    /// A connection beside the store's.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    /// Ends every connection to this schema, as a restart of the database would.
    pub(crate) async fn cut(&self) {
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE application_name = $1 AND pid <> pg_backend_pid()";
        let cut = sqlx::query(cut).bind(&self.name);
        cut.execute(&mut self.connection().await).await.unwrap();
    }

    /// Runs statements on a connection of their own.
    pub(crate) async fn run(&self, statements: String) {
        let mut connection = self.connection().await;
        connection.execute(AssertSqlSafe(statements)).await.unwrap();
        connection.close().await.unwrap();
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        Service::elsewhere(async || self.run(format!("DROP SCHEMA {} CASCADE", self.name)).await);
    }
}

/// Several schemas, one for each store that a check asks for.
pub(crate) struct Schemas(std::sync::Mutex<Vec<Schema>>);

impl Schemas {
    /// None where there is no server.
    pub(crate) fn new() -> Option<Self> {
        server().map(|_| Self(std::sync::Mutex::default()))
    }

    /// A store in a schema of its own.
    pub(crate) async fn fresh(&self) -> PostgresStore {
        let schema = Schema::new().await.unwrap();
        let store = schema.store().await;
        self.0.lock().unwrap().push(schema);
        store
    }
}
