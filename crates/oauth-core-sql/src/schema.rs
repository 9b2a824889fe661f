//! The tables, and the check that they are those that this version knows.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

use crate::OpenError;

/// The version of the schema that the statements are written for.
pub(crate) const VERSION: i64 = 1;

/// Where the migrations that were run are kept, apart from those of the application.
const TABLE: &str = "_oauth_migrations";

/// One step towards the current tables, as plain SQL.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MigrationFile {
    /// The version of the schema after it; steps are run in this order.
    pub version: i64,
    /// What it does, in a word.
    pub name: &'static str,
    /// The statements, to be run in one transaction.
    pub sql: &'static str,
}

/// The tables of [`SqliteStore`](crate::SqliteStore), for those who run migrations with a tool of
/// their own. Published steps never change; new ones are added at the end.
#[cfg(feature = "sqlite")]
pub const SQLITE_MIGRATIONS: &[MigrationFile] = &[MigrationFile {
    version: 1,
    name: "init",
    sql: include_str!("../migrations/sqlite/0001_init.sql"),
}];

/// The tables of [`PostgresStore`](crate::PostgresStore), for those who run migrations with a tool of
/// their own. Published steps never change; new ones are added at the end.
#[cfg(feature = "postgres")]
pub const POSTGRES_MIGRATIONS: &[MigrationFile] = &[MigrationFile {
    version: 1,
    name: "init",
    sql: include_str!("../migrations/postgres/0001_init.sql"),
}];

/// What runs `files` and remembers it in a table of our own. Whoever runs it sees to it that nobody
/// else does at the same time.
pub(crate) fn migrator(files: &[MigrationFile]) -> Migrator {
    let migrations = files.iter().map(|file| {
        let (name, sql) = (Cow::Borrowed(file.name), file.sql.into_sql_str());
        Migration::new(file.version, name, MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator.set_locking(false);
    migrator
}

/// Refuses tables of any other version, 0 standing for no tables at all.
pub(crate) const fn check(found: i64) -> Result<(), OpenError> {
    if found > VERSION {
        Err(OpenError::SchemaNewer { found, needed: VERSION })
    } else if found < VERSION {
        Err(OpenError::SchemaOlder { found, needed: VERSION })
    } else {
        Ok(())
    }
}
