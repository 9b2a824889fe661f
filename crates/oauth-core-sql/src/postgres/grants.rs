//! The grant role in PostgreSQL.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Grant, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, StoreError},
};
use sqlx::{query, query_as};

use super::{PostgresStore, attempt::changed, exchange, items::Items, purging, statements as own};
use crate::{
    due,
    record::{self, FoundRow, GrantRow},
    statements,
};

#[async_trait]
impl GrantStore for PostgresStore {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        let (facts, columns) = (record::facts(grant)?, Items::new(items)?);
        self.attempt(async || {
            let insert = query(own::ISSUE)
                .bind(tenant.as_str())
                .bind(&grant.id.as_bytes()[..])
                .bind(grant.client_id.as_str())
                .bind(grant.subject.as_ref().map(Subject::as_str))
                .bind(&facts)
                .bind(grant.created_at.unix())
                .bind(grant.expires_at.unix())
                .bind(grant.keep_until(items).unix());
            let mut connection = self.connection().await?;
            let done = columns.bind(insert).execute(&mut *connection).await;
            changed(connection.answered(done)).map(drop)
        })
        .await
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        let row = self.attempt(async || {
            let select = query_as::<_, FoundRow>(statements::FIND);
            let select = select.bind(tenant.as_str()).bind(&key.as_bytes()[..]);
            let mut connection = self.connection().await?;
            let done = select.fetch_optional(&mut *connection).await;
            connection.answered(done)
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
        exchange::exchange(self, tenant, key, spend, items, at).await
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let (tenant, at) = (tenant.as_str(), at.unix());
        self.attempt(async || {
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
                Revoke::SubjectClient(subject, client_id) => {
                    query(statements::REVOKE_SUBJECT_CLIENT)
                        .bind(tenant)
                        .bind(at)
                        .bind(subject.as_str())
                        .bind(client_id.as_str())
                }
            };
            let mut connection = self.connection().await?;
            let done = update.execute(&mut *connection).await;
            changed(connection.answered(done))
        })
        .await
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let rows = self.attempt(async || {
            let select = query_as::<_, GrantRow>(statements::GRANTS)
                .bind(tenant.as_str())
                .bind(subject.as_str())
                .bind(at.unix());
            let mut connection = self.connection().await?;
            let done = select.fetch_all(&mut *connection).await;
            connection.answered(done)
        });
        rows.await?.into_iter().map(|row| record::grant(subject, row)).collect()
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let before = before.unix();
        let items = self.purge_with(purging::PURGE_ISSUED, &[before, limit.into()]).await?;
        let [keep, remove] = [purging::KEEP_GRANTS, purging::PURGE_GRANTS];
        due::remove(limit, items, async |step| {
            self.keep_or_remove(step, before, (keep, &[]), remove).await
        })
        .await
    }
}
