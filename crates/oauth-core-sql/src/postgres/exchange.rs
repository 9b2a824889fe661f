//! Spending a key for items: one statement, and a second one only where it did not happen.

use oauth_core::{
    clock::Timestamp,
    model::{Digest, Issued, Tenant},
    store::{Exchange, Spend, StoreError},
};
use sqlx::{query, query_as};

use super::{PostgresStore, attempt::changed, items::Items, statements as own};
use crate::{
    record::{self, WhyNotRow},
    statements,
};

/// How often a key may turn out to be live that was not spent: it was added in that very moment.
const LOOKS: u32 = 3;

/// Spends `key` if it is live, and adds `items` then; else says why not.
pub(super) async fn exchange(
    store: &PostgresStore,
    tenant: &Tenant,
    key: &Digest,
    spend: &Spend,
    items: &[Issued],
    at: Timestamp,
) -> Result<Exchange, StoreError> {
    let items = Items::new(items)?;
    for _ in 0..LOOKS {
        if spent(store, tenant, key, spend, &items, at).await? {
            return Ok(Exchange::Done);
        }
        let row: Option<WhyNotRow> = store
            .attempt(async || {
                let why = query_as(statements::WHY_NOT).bind(tenant.as_str());
                let why = why.bind(&key.as_bytes()[..]);
                let mut connection = store.connection().await?;
                let done = why.fetch_optional(&mut *connection).await;
                connection.answered(done)
            })
            .await?;
        let why_not = record::why_not(row, spend);
        let expired = row.is_none_or(|(.., expires_at)| expires_at <= at.unix());
        if why_not != Exchange::Expired || expired {
            return Ok(why_not);
        }
    }
    Ok(Exchange::Unknown)
}

async fn spent(
    store: &PostgresStore,
    tenant: &Tenant,
    key: &Digest,
    spend: &Spend,
    items: &Items<'_>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let (tenant, key, at) = (tenant.as_str(), &key.as_bytes()[..], at.unix());
    let rows = store.attempt(async || {
        let mut wiped = None;
        let statement = match spend {
            Spend::Once { successor_nonce, predecessor } => {
                wiped = predecessor.as_ref().map(|predecessor| &predecessor.as_bytes()[..]);
                let nonce = successor_nonce.as_ref().map(|nonce| &nonce[..]);
                query(own::EXCHANGE_ONCE).bind(tenant).bind(key).bind(at).bind(nonce)
            }
            Spend::Again { since, retries } => query(own::EXCHANGE_AGAIN)
                .bind(tenant)
                .bind(key)
                .bind(since.unix())
                .bind(i64::from(*retries)),
            Spend::Keep { expires_at } => {
                query(own::EXCHANGE_KEEP).bind(tenant).bind(key).bind(at).bind(expires_at.unix())
            }
        };
        let statement = items.bind(statement.bind(wiped));
        let mut connection = store.connection().await?;
        let done = statement.execute(&mut *connection).await;
        changed(connection.answered(done))
    });
    Ok(rows.await? == 1)
}
