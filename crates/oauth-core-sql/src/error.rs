//! What can go wrong, and what the roles call it.

use std::time::Duration;

use oauth_core::store::StoreError;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgDatabaseError;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteError;
use sqlx::{
    error::{DatabaseError, ErrorKind},
    migrate::MigrateError,
};

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The database cannot be opened or does not answer.
    #[error("the database cannot be opened")]
    Database(#[source] sqlx::Error),
    /// A migration failed; none of it was kept.
    #[error("the tables cannot be created or brought up to date")]
    Migration(#[source] MigrateError),
    /// The tables are missing, or an older version made them.
    #[error(
        "the tables have schema version {found} (0: there are none), this program needs {needed}: run `migrate`, or this crate's migration files above version {found}"
    )]
    SchemaOlder {
        /// The version in the database; 0 where there is none.
        found: i64,
        /// The version that this program knows.
        needed: i64,
    },
    /// A newer version of this crate has brought the tables up to date.
    #[error(
        "the tables have schema version {found}, this program knows {needed} and would damage them: run the newer program, or go back to a backup"
    )]
    SchemaNewer {
        /// The version in the database.
        found: i64,
        /// The version that this program knows.
        needed: i64,
    },
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// What a store role calls an error of the database.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    match &error {
        E::Database(told) => match told.kind() {
            ErrorKind::UniqueViolation => StoreError::Conflict,
            ErrorKind::Other if !is_damage(&**told) => StoreError::unavailable(error),
            _ => StoreError::corrupt(error),
        },
        E::RowNotFound
        | E::TypeNotFound { .. }
        | E::ColumnIndexOutOfBounds { .. }
        | E::ColumnNotFound(_)
        | E::ColumnDecode { .. }
        | E::Decode(_) => StoreError::corrupt(error),
        _ => StoreError::unavailable(error),
    }
}

/// What a store role calls an answer that does not come.
pub(crate) fn late(limit: Duration, what: &str) -> StoreError {
    StoreError::unavailable(format!("waited {limit:?} for {what}"))
}

/// Whether something is wrong with what is kept or is to be kept, so that trying again will not
/// help.
fn is_damage(told: &dyn DatabaseError) -> bool {
    #[cfg(feature = "sqlite")]
    if told.try_downcast_ref::<SqliteError>().is_some() {
        // The file is damaged or no database: SQLITE_CORRUPT, SQLITE_NOTADB.
        return matches!(primary_code(told), Some(11 | 26));
    }
    #[cfg(feature = "postgres")]
    if let Some(told) = told.try_downcast_ref::<PgDatabaseError>() {
        // A value that the database cannot hold, such as U+0000 in a text (class 22) or a name too
        // long for an index (`program_limit_exceeded`), or damaged tables and indexes.
        return told.code().starts_with("22") || matches!(told.code(), "54000" | "XX001" | "XX002");
    }
    false
}

/// Whether another process has the lock: `SQLITE_BUSY`.
#[cfg(feature = "sqlite")]
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(primary_code) == Some(5)
}

/// Whether the file cannot be written, whoever tries: `SQLITE_READONLY`, `SQLITE_IOERR`, `SQLITE_FULL`.
#[cfg(feature = "sqlite")]
pub(crate) fn cannot_write(error: &sqlx::Error) -> bool {
    matches!(error.as_database_error().and_then(primary_code), Some(8 | 10 | 13))
}

/// Whether a transaction was to be ended where there was none. SQLite has no code for that alone.
#[cfg(feature = "sqlite")]
pub(crate) fn nothing_to_end(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(primary_code) == Some(1)
}

/// The result code of SQLite, without what the upper bytes add to it.
#[cfg(feature = "sqlite")]
fn primary_code(told: &dyn DatabaseError) -> Option<i32> {
    let code = told.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// Whether the server only reads (`read_only_sql_transaction`), as one does that has become a standby.
#[cfg(feature = "postgres")]
pub(crate) fn is_read_only(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).as_deref() == Some("25006")
}

/// Whether others were in the way and trying again will help: `serialization_failure`,
/// `deadlock_detected`.
#[cfg(feature = "postgres")]
pub(crate) fn is_contention(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}
