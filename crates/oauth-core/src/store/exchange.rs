//! Spending an item for others: the conditions, and what comes of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    model::{Digest, Grant, Issued},
};

/// An item as a store has it, and the grant that it belongs to.
#[derive(Clone, Debug)]
pub struct Found {
    /// The item.
    pub issued: Arc<Issued>,
    /// Its grant.
    pub grant: Arc<Grant>,
    /// Whether it has been spent.
    pub spent: Option<Spent>,
    /// When the item itself or its grant was revoked, whichever was first.
    pub revoked_at: Option<Timestamp>,
}

impl Found {
    /// What the item is once it is spent in this way at `at`, or why it cannot be: the one table of
    /// conditions, for stores to test inside their transaction. In this order: it is not revoked,
    /// it has not been spent already (or, with [`Spend::Again`], it has, and not too long ago or
    /// too often), it has not expired.
    ///
    /// # Errors
    /// Every [`Exchange`] but `Done` and `Unknown`.
    pub fn spend(&self, spend: &Spend, at: Timestamp) -> Result<Option<Spent>, Exchange> {
        if self.revoked_at.is_some() {
            return Err(Exchange::Revoked);
        }
        let expired = self.issued.expires_at <= at;
        match (*spend, self.spent) {
            (Spend::Again { since, retries }, Some(spent)) => {
                let open = spent.successor_nonce.is_some() && spent.retries < retries;
                let again = Spent { retries: spent.retries.saturating_add(1), ..spent };
                if open && spent.at >= since {
                    Ok(Some(again))
                } else {
                    Err(Exchange::AlreadySpent)
                }
            }
            (Spend::Again { .. }, None) | (_, Some(_)) => Err(Exchange::AlreadySpent),
            (_, None) if expired => Err(Exchange::Expired),
            (Spend::Once { successor_nonce, .. }, None) => {
                Ok(Some(Spent { at, successor_nonce, retries: 0 }))
            }
            (Spend::Keep { .. }, None) => Ok(None),
        }
    }
}

/// That an item was spent, and what a retry needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// When.
    pub at: Timestamp,
    /// What the successor was derived with, until the successor is used.
    pub successor_nonce: Option<[u8; 16]>,
    /// How many times it was presented again since.
    pub retries: u32,
}

/// How [`GrantStore::exchange`](super::GrantStore::exchange) treats the presented key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spend {
    /// It must be unspent, and is spent from now on.
    Once {
        /// Kept with it as [`Spent::successor_nonce`].
        successor_nonce: Option<[u8; 16]>,
        /// The item whose [`Spent::successor_nonce`] is wiped, now that its successor is used.
        predecessor: Option<Digest>,
    },
    /// It must have been spent no earlier than `since`, still have its successor nonce, and fewer
    /// than `retries` retries; counts one more. Its own expiry no longer matters.
    Again {
        /// The earliest moment of the first presentation.
        since: Timestamp,
        /// How many retries there may have been at most, this one included.
        retries: u32,
    },
    /// It must be unspent, stays unspent, and now expires at `expires_at`.
    Keep {
        /// Its new expiry.
        expires_at: Timestamp,
    },
}

/// What came of [`GrantStore::exchange`](super::GrantStore::exchange).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Done, all of it.
    Done,
    /// Somebody else was first, or a retry came too late or too often.
    AlreadySpent,
    /// The item or its grant is revoked.
    Revoked,
    /// Its time is over.
    Expired,
    /// There is no such key.
    Unknown,
}
