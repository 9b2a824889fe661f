//! Spending a key for items: the guarded update.

use oauth_core::{
    clock::Timestamp,
    model::{Digest, Issued, Tenant},
    store::{Exchange, Spend, StoreError},
};
use sqlx::FromRow as _;

use super::{SqliteStore, items::Items, values::Values, verbs};
use crate::{
    error::failed,
    record::{self, WhyNotRow},
};

/// Spends `key` if it is live, and adds `items` then; else says why not. One statement both tests
/// and spends: there is no moment between in which another could do the same.
pub(super) async fn exchange(
    store: &SqliteStore,
    tenant: &Tenant,
    key: &Digest,
    spend: &Spend,
    items: &[Issued],
    at: Timestamp,
) -> Result<Exchange, StoreError> {
    let spending = match spend {
        Spend::Once { .. } if items.is_empty() => &verbs::SPEND_ONCE_FOR_NOTHING,
        Spend::Once { .. } => &verbs::SPEND_ONCE,
        Spend::Again { .. } => &verbs::SPEND_AGAIN,
        Spend::Keep { .. } => &verbs::SPEND_KEEP,
    };
    let values = Values::new().bind(tenant.as_str()).bind(&key.as_bytes()[..]);
    let values = match spend {
        Spend::Once { successor_nonce, .. } => {
            values.bind(at.unix()).bind(successor_nonce.as_ref().map(|nonce| &nonce[..]))
        }
        Spend::Again { since, retries } => values.bind(since.unix()).bind(i64::from(*retries)),
        Spend::Keep { expires_at } => values.bind(at.unix()).bind(expires_at.unix()),
    };
    let values = Items::new(items)?.bind(values);
    let values = match spend {
        Spend::Once { predecessor, .. } => {
            values.bind(predecessor.as_ref().map(|key| &key.as_bytes()[..]))
        }
        Spend::Again { .. } | Spend::Keep { .. } => values,
    };
    let mut row = None;
    for verb in spending.iter() {
        let done = store.writer.run(verb, values.clone()).await?;
        if done.first() == 1 {
            return Ok(Exchange::Done);
        }
        row = done.row;
    }
    let row = row.as_ref().map(WhyNotRow::from_row).transpose().map_err(failed)?;
    Ok(record::why_not(row, spend))
}
