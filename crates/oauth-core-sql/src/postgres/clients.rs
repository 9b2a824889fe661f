//! The client roles in PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Client, ClientId, Subject, Tenant},
    store::{ClientRegistry, ClientStore, StoreError, UnusedClients},
};
use sqlx::{query, query_as, query_scalar};

use super::{PostgresStore, attempt::changed, purging, statements as own};
use crate::{due, record, statements};

#[async_trait]
impl ClientStore for PostgresStore {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        // Anybody can ask for any name, and to PostgreSQL this one would be no text.
        if client_id.as_str().contains('\0') || tenant.as_str().contains('\0') {
            return Ok(None);
        }
        let found = self.client_record(tenant, client_id).await?;
        found.map(|text| record::client(client_id.as_str(), &text)).transpose()
    }
}

#[async_trait]
impl ClientRegistry for PostgresStore {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        self.put(statements::ADD_CLIENT, tenant, client, None).await.map(drop)
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
        self.put(statements::REPLACE_CLIENT, tenant, next, Some(there)).await
    }

    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        let removed = self.attempt(async || {
            let delete = query(own::REMOVE_CLIENT).bind(tenant.as_str()).bind(client_id.as_str());
            let mut connection = self.connection().await?;
            let done = delete.execute(&mut *connection).await;
            changed(connection.answered(done))
        });
        Ok(removed.await? == 1)
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let rows = self.attempt(async || {
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
            let mut connection = self.connection().await?;
            let done = page.fetch_all(&mut *connection).await;
            connection.answered(done)
        });
        rows.await?.iter().map(|(id, text)| record::client(id, text)).collect()
    }
}

#[async_trait]
impl UnusedClients for PostgresStore {
    async fn remove_unused_clients(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let (before, again) = (before.unix(), before.plus(due::USED_AGAIN).unix());
        let [keep, remove] = [purging::KEEP_USED, purging::REMOVE_UNUSED];
        due::remove(limit, 0, async |step| {
            self.keep_or_remove(step, before, (keep, &[again]), remove).await
        })
        .await
    }
}

impl PostgresStore {
    /// The client as it is written.
    async fn client_record(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<String>, StoreError> {
        let found = self.attempt(async || {
            let select = query_scalar::<_, String>(statements::FIND_CLIENT)
                .bind(tenant.as_str())
                .bind(client_id.as_str());
            let mut connection = self.connection().await?;
            let done = select.fetch_optional(&mut *connection).await;
            connection.answered(done)
        });
        found.await
    }

    /// Writes the client, in place of what was `there`; whether a row was written.
    async fn put(
        &self,
        statement: &'static str,
        tenant: &Tenant,
        client: &Client,
        there: Option<String>,
    ) -> Result<bool, StoreError> {
        let json = record::json(client)?;
        let written = self.attempt(async || {
            let put = query(statement)
                .bind(tenant.as_str())
                .bind(client.client_id.as_str())
                .bind(client.owner.as_ref().map(Subject::as_str))
                .bind(&json)
                .bind(record::unused_until(client));
            let put = match &there {
                Some(there) => put.bind(there),
                None => put,
            };
            let mut connection = self.connection().await?;
            let done = put.execute(&mut *connection).await;
            changed(connection.answered(done))
        });
        Ok(written.await? == 1)
    }
}
