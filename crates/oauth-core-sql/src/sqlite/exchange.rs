//! Spending a key for items: the guarded update.

use oauth_core::{
    clock::Timestamp,
    model::{Digest, Issued, Tenant},
    store::{Exchange, Spend, StoreError},
};
use sqlx::{SqliteConnection, query, query_as};

use super::{statements as own, transaction::changed};
use crate::{error::failed, record, statements};

/// Spends `key` if it is live, and adds `items` then; else says why not. One statement both tests
/// and spends: there is no moment between in which another could do the same.
pub(super) async fn exchange(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    key: &Digest,
    spend: &Spend,
    items: &[Issued],
    at: Timestamp,
) -> Result<Exchange, StoreError> {
    if !spent(connection, tenant, key, spend, at).await? {
        let row = query_as(statements::WHY_NOT)
            .bind(tenant.as_str())
            .bind(&key.as_bytes()[..])
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
        return Ok(record::why_not(row, spend));
    }
    if let Spend::Once { predecessor: Some(predecessor), .. } = spend {
        let wipe = query(own::WIPE_NONCE).bind(tenant.as_str()).bind(&predecessor.as_bytes()[..]);
        changed(wipe.execute(&mut *connection).await)?;
    }
    add(connection, tenant, items).await?;
    Ok(Exchange::Done)
}

async fn spent(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    key: &Digest,
    spend: &Spend,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let (tenant, key) = (tenant.as_str(), &key.as_bytes()[..]);
    let update = match spend {
        Spend::Once { successor_nonce, .. } => query(own::SPEND_ONCE)
            .bind(tenant)
            .bind(key)
            .bind(at.unix())
            .bind(successor_nonce.as_ref().map(|nonce| &nonce[..])),
        Spend::Again { since, retries } => query(own::SPEND_AGAIN)
            .bind(tenant)
            .bind(key)
            .bind(since.unix())
            .bind(i64::from(*retries)),
        Spend::Keep { expires_at } => {
            query(own::SPEND_KEEP).bind(tenant).bind(key).bind(at.unix()).bind(expires_at.unix())
        }
    };
    Ok(changed(update.execute(connection).await)? == 1)
}

/// Adds items; a key that is taken is a conflict.
pub(super) async fn add(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    items: &[Issued],
) -> Result<(), StoreError> {
    for item in items {
        let insert = query(own::ADD_ISSUED)
            .bind(tenant.as_str())
            .bind(&item.key.as_bytes()[..])
            .bind(&item.grant.as_bytes()[..])
            .bind(record::json(&item.artefact)?)
            .bind(item.issued_at.unix())
            .bind(item.expires_at.unix())
            .bind(item.keep_until().unix());
        changed(insert.execute(&mut *connection).await)?;
    }
    Ok(())
}
