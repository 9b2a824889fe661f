//! The grant role in SQLite.

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Grant, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, StoreError},
};
use sqlx::query_as;

use super::{SqliteStore, exchange, items::Items, values::Values, verb::Verb, verbs};
use crate::{
    due::{self, Step},
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
        let values = Values::new()
            .bind(tenant.as_str())
            .bind(&grant.id.as_bytes()[..])
            .bind(grant.client_id.as_str())
            .bind(grant.subject.as_ref().map(Subject::as_str));
        let values = Items::new(items)?
            .bind(values)
            .bind(record::facts(grant)?)
            .bind(grant.created_at.unix())
            .bind(grant.expires_at.unix())
            .bind(grant.keep_until(items).unix());
        self.writer.run(&verbs::ISSUE, values).await.map(drop)
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
        exchange::exchange(self, tenant, key, spend, items, at).await
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let values = Values::new().bind(tenant.as_str()).bind(at.unix());
        let (verb, values): (&'static Verb, _) = match what {
            Revoke::Token(key) => (&verbs::REVOKE_TOKEN, values.bind(&key.as_bytes()[..])),
            Revoke::Grant(id) => (&verbs::REVOKE_GRANT, values.bind(&id.as_bytes()[..])),
            Revoke::Client(client_id) => (&verbs::REVOKE_CLIENT, values.bind(client_id.as_str())),
            Revoke::Subject(subject) => (&verbs::REVOKE_SUBJECT, values.bind(subject.as_str())),
            Revoke::SubjectClient(subject, client_id) => {
                let values = values.bind(subject.as_str()).bind(client_id.as_str());
                (&verbs::REVOKE_SUBJECT_CLIENT, values)
            }
        };
        Ok(self.writer.run(verb, values).await?.first())
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
        let values = |window| Values::new().bind(before.unix()).bind(i64::from(window));
        let items = self.writer.run(&verbs::PURGE_ISSUED, values(limit)).await?.first();
        due::remove(limit, items, async |Step { window, limit }| {
            let values = values(window).bind(i64::from(limit));
            Ok(self.writer.run(&verbs::PURGE_GRANTS, values).await?.two())
        })
        .await
    }
}
