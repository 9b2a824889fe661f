//! Everything that writes.

use std::sync::LazyLock;

use super::{statements as own, verb::Verb};
use crate::statements::{self, WHY_NOT};

type Lazy = LazyLock<Verb>;

pub(super) static CHANGE_NOTHING: Lazy = LazyLock::new(|| Verb::of(&[own::CHANGE_NOTHING]));

/// `$5`, `$6` and `$7` are the items.
pub(super) static ISSUE: Lazy = LazyLock::new(|| Verb::of(&[own::ADD_GRANT, own::ADD_ITEMS]));

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
    LazyLock::new(|| spend(own::SPEND_KEEP, &[&if_changed(own::ADD_ITEMS), own::LOOK_AT_GRANT]));

pub(super) static REVOKE_TOKEN: Lazy = LazyLock::new(|| Verb::of(&[statements::REVOKE_TOKEN]));

pub(super) static REVOKE_GRANT: Lazy = LazyLock::new(|| Verb::of(&[statements::REVOKE_GRANT]));

pub(super) static REVOKE_CLIENT: Lazy = LazyLock::new(|| Verb::of(&[statements::REVOKE_CLIENT]));

pub(super) static REVOKE_SUBJECT: Lazy = LazyLock::new(|| Verb::of(&[statements::REVOKE_SUBJECT]));

pub(super) static REVOKE_SUBJECT_CLIENT: Lazy =
    LazyLock::new(|| Verb::of(&[statements::REVOKE_SUBJECT_CLIENT]));

pub(super) static PURGE_ISSUED: Lazy = LazyLock::new(|| Verb::of(&[own::PURGE_ISSUED]));

/// Counts those that stay, then those that go.
pub(super) static PURGE_GRANTS: Lazy =
    LazyLock::new(|| Verb::of(&[own::KEEP_GRANTS, own::PURGE_GRANTS]));

pub(super) static ADD_CLIENT: Lazy = LazyLock::new(|| Verb::of(&[statements::ADD_CLIENT]));

pub(super) static REPLACE_CLIENT: Lazy = LazyLock::new(|| Verb::of(&[statements::REPLACE_CLIENT]));

/// The first that is counted is the client itself.
pub(super) static REMOVE_CLIENT: Lazy = LazyLock::new(|| {
    Verb::of(&[own::REMOVE_CLIENT, own::REMOVE_ISSUED_OF_CLIENT, own::REMOVE_GRANTS_OF_CLIENT])
});

/// Counts those that stay, then those that go.
pub(super) static REMOVE_UNUSED: Lazy =
    LazyLock::new(|| Verb::of(&[own::KEEP_USED, own::REMOVE_UNUSED]));

pub(super) static FIRST_USE: Lazy = LazyLock::new(|| Verb::of(&[statements::FIRST_USE]));

pub(super) static FORGET_REPLAYS: Lazy = LazyLock::new(|| Verb::of(&[own::FORGET_REPLAYS]));

pub(super) static SUCCEED_KEY: Lazy = LazyLock::new(|| Verb::of(&[statements::SUCCEED_KEY]));

pub(super) static REMOVE_KEY: Lazy = LazyLock::new(|| Verb::of(&[statements::REMOVE_KEY]));

/// Spends, and does what is `then`. Each of these asks SQLite what the one before it changed, which a read
/// leaves as it is; but for the last of [`SPEND_KEEP`], which changes nothing that anybody sees.
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
