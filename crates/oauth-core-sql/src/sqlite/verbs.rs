//! What writes in several statements, as the texts that are run.

use std::sync::LazyLock;

use sqlx::{Sqlite, query::Query, sqlite::SqliteArguments};

use super::statements as own;
use crate::statements::WHY_NOT;

/// The lock is taken at once, so that nothing read in the transaction changes before it ends.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

pub(super) const COMMIT: &str = "COMMIT";

/// Statements that happen all or not at all. They share their values: `$2` is the same in each.
pub(super) struct Verb {
    /// As a transaction of its own.
    pub(super) alone: String,
    /// As a part of a transaction.
    pub(super) among: String,
}

impl Verb {
    fn of(statements: &[&str]) -> Self {
        let among = statements.join(";\n");
        let alone = format!("{BEGIN};\n{among};\n{COMMIT}");
        Self { alone, among }
    }

    /// To bind the values to.
    pub(super) fn query(&'static self) -> Query<'static, Sqlite, SqliteArguments> {
        sqlx::query(self.alone.as_str())
    }
}

/// Takes the lock, and changes nothing.
pub(super) static NOTHING: LazyLock<Verb> = LazyLock::new(|| Verb::of(&["SELECT 1"]));

/// `$5`, `$6` and `$7` are the items.
pub(super) static ISSUE: LazyLock<Verb> =
    LazyLock::new(|| Verb::of(&[own::ADD_GRANT, own::ADD_ITEMS]));

/// How a key is spent: first as if it were live, which it nearly always is, and where it was not, once
/// more and asking why.
pub(super) type Spending = LazyLock<[Verb; 2]>;

/// `$5`, `$6` and `$7` are the items, `$8` is the predecessor.
pub(super) static SPEND_ONCE: Spending =
    LazyLock::new(|| spend(own::SPEND_ONCE, &[&if_changed(own::ADD_ITEMS), &wipe()]));

/// [`SPEND_ONCE`] without items, which would leave nothing changed for what follows them.
pub(super) static SPEND_ONCE_FOR_NOTHING: Spending =
    LazyLock::new(|| spend(own::SPEND_ONCE, &[&wipe()]));

pub(super) static SPEND_AGAIN: Spending =
    LazyLock::new(|| spend(own::SPEND_AGAIN, &[&if_changed(own::ADD_ITEMS)]));

pub(super) static SPEND_KEEP: Spending =
    LazyLock::new(|| spend(own::SPEND_KEEP, &[&if_changed(own::ADD_ITEMS)]));

/// The first that is counted is the client itself.
pub(super) static REMOVE_CLIENT: LazyLock<Verb> = LazyLock::new(|| {
    Verb::of(&[own::REMOVE_CLIENT, own::REMOVE_ISSUED_OF_CLIENT, own::REMOVE_GRANTS_OF_CLIENT])
});

pub(super) static PURGE: LazyLock<Verb> =
    LazyLock::new(|| Verb::of(&[own::PURGE_ISSUED, own::PURGE_GRANTS]));

/// Spends, and does what is `then` if it did. Each of these asks SQLite what the one before it changed,
/// which a read leaves as it is.
fn spend(update: &str, then: &[&str]) -> [Verb; 2] {
    let why_not = format!("{WHY_NOT} AND changes() = 0");
    [Verb::of(&[&[update], then].concat()), Verb::of(&[&[update, &why_not], then].concat())]
}

fn if_changed(insert: &str) -> String {
    format!("{insert} WHERE changes() = 1")
}

fn wipe() -> String {
    format!("{} AND changes() > 0", own::WIPE_NONCE)
}
