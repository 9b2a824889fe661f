//! The grant role in SQLite.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Grant, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, StoreError},
};
use sqlx::{query, query_as};

use super::{SqliteStore, exchange, statements as own, transaction::changed};
use crate::{
    error::failed,
    record::{self, GrantRow},
    statements,
};

#[async_trait]
impl GrantStore for SqliteStore {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        let mut held = None;
        let work = self.in_time(async {
            let mut transaction = self.begin(&mut held).await?;
            let insert = query(own::ADD_GRANT)
                .bind(tenant.as_str())
                .bind(&grant.id.as_bytes()[..])
                .bind(grant.client_id.as_str())
                .bind(grant.subject.as_ref().map(Subject::as_str))
                .bind(record::facts(grant)?)
                .bind(grant.created_at.unix())
                .bind(grant.expires_at.unix());
            changed(insert.execute(&mut *transaction).await)?;
            exchange::add(&mut transaction, tenant, items).await?;
            Ok(transaction)
        });
        self.commit(work.await?).await
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        let row = self.in_time(async {
            let mut reader = self.reader().await?;
            let select = query_as(statements::FIND).bind(tenant.as_str()).bind(&key.as_bytes()[..]);
            select.fetch_optional(&mut *reader).await.map_err(failed)
        });
        row.await?.map(|row| record::found(key, row)).transpose()
    }

    async fn exchange(
        &self,
        tenant: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        let mut held = None;
        let work = self.in_time(async {
            let mut transaction = self.begin(&mut held).await?;
            let exchange =
                exchange::exchange(&mut transaction, tenant, key, spend, items, at).await?;
            Ok((transaction, exchange))
        });
        let (transaction, exchange) = work.await?;
        if exchange == Exchange::Done {
            self.commit(transaction).await?;
        }
        Ok(exchange)
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let (tenant, at) = (tenant.as_str(), at.unix());
        let update = match what {
            Revoke::Token(key) => {
                query(statements::REVOKE_TOKEN).bind(tenant).bind(at).bind(&key.as_bytes()[..])
            }
            Revoke::Grant(id) => {
                query(statements::REVOKE_GRANT).bind(tenant).bind(at).bind(&id.as_bytes()[..])
            }
            Revoke::Client(client_id) => {
                query(statements::REVOKE_CLIENT).bind(tenant).bind(at).bind(client_id.as_str())
            }
            Revoke::Subject(subject) => {
                query(statements::REVOKE_SUBJECT).bind(tenant).bind(at).bind(subject.as_str())
            }
            Revoke::SubjectClient(subject, client_id) => query(statements::REVOKE_SUBJECT_CLIENT)
                .bind(tenant)
                .bind(at)
                .bind(subject.as_str())
                .bind(client_id.as_str()),
        };
        self.write(update).await
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let rows = self.in_time(async {
            let mut reader = self.reader().await?;
            let select = query_as::<_, GrantRow>(statements::GRANTS)
                .bind(tenant.as_str())
                .bind(subject.as_str())
                .bind(at.unix());
            select.fetch_all(&mut *reader).await.map_err(failed)
        });
        rows.await?.into_iter().map(|row| record::grant(subject, row)).collect()
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut held = None;
        let work = self.in_time(async {
            let mut transaction = self.begin(&mut held).await?;
            let mut left = i64::from(limit);
            for delete in [own::PURGE_ISSUED, own::PURGE_GRANTS] {
                let delete = query(delete).bind(before.unix()).bind(left);
                let removed = changed(delete.execute(&mut *transaction).await)?;
                left = left.saturating_sub_unsigned(removed).max(0);
            }
            Ok((transaction, left))
        });
        let (transaction, left) = work.await?;
        self.commit(transaction).await?;
        Ok(limit - u32::try_from(left).unwrap_or(limit))
    }
}
