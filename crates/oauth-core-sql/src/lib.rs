//! The stores of [`oauth_core`] in SQL databases, over [sqlx].
//!
//! [`SqliteStore`] plays every role of [`oauth_core::store`] (but that of the users) in one SQLite
//! file; `PostgresStore`, behind the feature `postgres`, plays them in a database that any number of
//! nodes share.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # fn main() {
//! use oauth_core_sql::SqliteStore;
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! # let directory = tempfile::tempdir().unwrap();
//! # let path = directory.path().join("oauth.db");
//! // Creates the file and its tables where they are missing, and refuses a schema that this
//! // version does not know.
//! let store = SqliteStore::open(&path).await?;
//! store.ready().await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! # What a verb costs
//! Each verb happens as a whole or not at all, and each is bounded in time: an answer that does not
//! come is [`StoreError::Unavailable`](oauth_core::store::StoreError::Unavailable), and the transaction
//! is rolled back. What is searched for is a column with an index, the tenant in front; facts that are
//! only read back are JSON. The tables hold digests and no live credential, but they do hold who
//! allowed what to whom: give the file the permissions of personal data.
//!
//! SQLite writes one at a time: verbs that wait for each other are written in one transaction, and
//! share its commit. On PostgreSQL a verb that writes (but the purge) is one statement and one round
//! trip; what the database rolls back because another transaction was in the way is tried ten times at
//! most.
//!
//! # Your pool, your migrations
//! An application with a pool of its own hands it in: [`SqliteStore::migrate`] creates the tables
//! (they all begin with `oauth_`, and what was run is kept in `_oauth_migrations`, apart from your
//! own), then [`SqliteStore::from_pool`]. Whoever runs migrations with another tool takes the texts
//! from [`SQLITE_MIGRATIONS`] or `POSTGRES_MIGRATIONS`; the version of the schema is in the table `oauth_schema`, so it is
//! checked all the same. [`sqlx`] is the version that the pool has to be of.

#[cfg(test)]
extern crate self as oauth_core_sql;

// Without a database there is nothing here.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod due;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod record;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod statements;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use error::OpenError;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use schema::MigrationFile;
#[cfg(feature = "postgres")]
pub use schema::POSTGRES_MIGRATIONS;
#[cfg(feature = "sqlite")]
pub use schema::SQLITE_MIGRATIONS;
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, SqliteOptions, SqliteStore};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use sqlx;
