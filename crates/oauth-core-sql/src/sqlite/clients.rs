//! The client roles in SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Client, ClientId, Subject, Tenant},
    store::{ClientRegistry, ClientStore, StoreError, UnusedClients},
};
use sqlx::{query_as, query_scalar};

use super::{SqliteStore, values::Values, verb::Verb, verbs};
use crate::{
    due::{self, Step},
    error::failed,
    record, statements,
};

#[async_trait]
impl ClientStore for SqliteStore {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let found = self.client_record(tenant, client_id).await?;
        found.map(|text| record::client(client_id.as_str(), &text)).transpose()
    }
}

#[async_trait]
impl ClientRegistry for SqliteStore {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        self.put(&verbs::ADD_CLIENT, tenant, client, None).await.map(drop)
    }

    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        let id = &next.client_id;
        let Some(there) = self.client_record(tenant, id).await? else { return Ok(false) };
        if *record::client(id.as_str(), &there)? != *seen {
            return Ok(false);
        }
        self.put(&verbs::REPLACE_CLIENT, tenant, next, Some(there)).await
    }

    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        let values = Values::new().bind(tenant.as_str()).bind(client_id.as_str());
        Ok(self.writer.run(&verbs::REMOVE_CLIENT, values).await?.first() == 1)
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let rows = self.in_time(async {
            let mut reader = self.reader().await?;
            let all = match owner {
                Some(_) => statements::LIST_CLIENTS_OF_OWNER,
                None => statements::LIST_CLIENTS,
            };
            // An identifier is never empty (RFC 6749 Appendix A.1), so all come after "".
            let page = query_as::<_, (String, String)>(all)
                .bind(tenant.as_str())
                .bind(after.map_or("", ClientId::as_str))
                .bind(i64::from(limit));
            let page = match owner {
                Some(owner) => page.bind(owner.as_str()),
                None => page,
            };
            page.fetch_all(&mut *reader).await.map_err(failed)
        });
        rows.await?.iter().map(|(id, text)| record::client(id, text)).collect()
    }
}

#[async_trait]
impl UnusedClients for SqliteStore {
    async fn remove_unused_clients(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        due::remove(limit, 0, async |Step { window, limit }| {
            let values = Values::new().bind(before.unix()).bind(i64::from(window));
            let values = values.bind(i64::from(limit));
            let values = values.bind(before.plus(due::USED_AGAIN).unix());
            Ok(self.writer.run(&verbs::REMOVE_UNUSED, values).await?.two())
        })
        .await
    }
}

impl SqliteStore {
    /// The client as it is written.
    async fn client_record(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<String>, StoreError> {
        let found = self.in_time(async {
            let mut reader = self.reader().await?;
            let select = query_scalar::<_, String>(statements::FIND_CLIENT)
                .bind(tenant.as_str())
                .bind(client_id.as_str());
            select.fetch_optional(&mut *reader).await.map_err(failed)
        });
        found.await
    }

    /// Writes the client, in place of what was `there`; whether a row was written.
    async fn put(
        &self,
        verb: &'static Verb,
        tenant: &Tenant,
        client: &Client,
        there: Option<String>,
    ) -> Result<bool, StoreError> {
        let values = Values::new()
            .bind(tenant.as_str())
            .bind(client.client_id.as_str())
            .bind(client.owner.as_ref().map(Subject::as_str))
            .bind(record::json(client)?)
            .bind(record::unused_until(client));
        let values = match there {
            Some(there) => values.bind(there),
            None => values,
        };
        Ok(self.writer.run(verb, values).await?.first() == 1)
    }
}
