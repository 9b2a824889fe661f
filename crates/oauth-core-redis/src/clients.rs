//! The client roles in Redis.

use std::{pin::pin, sync::Arc};

use async_trait::async_trait;
use futures_util::{TryStreamExt as _, future::try_join_all};
use oauth_core::{
    model::{Client, ClientId, Digest, Subject, Tenant},
    store::{ClientRegistry, ClientStore, StoreError},
};
use redis::cmd;

use crate::{RedisStore, record, scripts};

#[async_trait]
impl ClientStore for RedisStore {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let record = self.client_record(tenant, client_id).await?;
        let name = self.names.clients(tenant);
        record.map(|text| client(&text, &name, client_id.as_str())).transpose()
    }
}

#[async_trait]
impl ClientRegistry for RedisStore {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        let added = self.put(tenant, client, String::new()).await?;
        added.then_some(()).ok_or(StoreError::Conflict)
    }

    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        let id = &next.client_id;
        let Some(there) = self.client_record(tenant, id).await? else { return Ok(false) };
        if *client(&there, &self.names.clients(tenant), id.as_str())? != *seen {
            return Ok(false);
        }
        self.put(tenant, next, there).await
    }

    /// The grants go first, so that what failed can be tried again.
    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        let index = self.names.client(tenant, client_id);
        let arguments = [client_id.as_str().to_owned()];
        let mut pages = pin!(self.indexed(&index));
        while let Some(ids) = pages.try_next().await? {
            let keys =
                ids.iter().map(|id| [self.names.grant(tenant, id), self.names.due(tenant, id)]);
            let keys: Vec<_> = keys.collect();
            let removing = keys
                .iter()
                .map(|keys| self.link.run::<()>(&scripts::REMOVE_GRANT, keys, &arguments));
            try_join_all(removing).await?;
        }
        let keys = [self.names.clients(tenant), self.names.listed(tenant)];
        self.link.run(&scripts::REMOVE_CLIENT, &keys, &arguments).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let whose = owner.map_or_else(|| "all:".to_owned(), owner_text);
        let from = match after {
            Some(after) => format!("({whose}{after}"),
            None => format!("[{whose}"),
        };
        // No identifier has this byte in it: it is not UTF-8.
        let to = [b"(", whose.as_bytes(), b"\xff"].concat();
        let mut range = cmd("ZRANGEBYLEX");
        range.arg(self.names.listed(tenant)).arg(from).arg(to).arg("LIMIT").arg(0).arg(limit);
        let listed: Vec<String> = self.link.call(&range).await?;
        let ids: Vec<&str> = listed.iter().filter_map(|id| id.strip_prefix(&whose)).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let name = self.names.clients(tenant);
        let mut get = cmd("HMGET");
        get.arg(&name).arg(ids.iter().map(|id| format!("r{id}")).collect::<Vec<_>>());
        let records: Vec<Option<String>> = self.link.call(&get).await?;
        // One that was removed meanwhile is none.
        let there = ids.iter().zip(&records).filter_map(|(id, text)| Some((id, text.as_ref()?)));
        there.map(|(id, text)| client(text, &name, id)).collect()
    }
}

impl RedisStore {
    /// The client as it is written.
    async fn client_record(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<String>, StoreError> {
        let mut get = cmd("HGET");
        get.arg(self.names.clients(tenant)).arg(format!("r{client_id}"));
        self.link.call(&get).await
    }

    /// Writes the client, if what is there is to the letter `there`, which is empty where nothing is;
    /// whether it was written.
    async fn put(
        &self,
        tenant: &Tenant,
        client: &Client,
        there: String,
    ) -> Result<bool, StoreError> {
        self.note_unused(tenant, client).await?;
        let keys = [self.names.clients(tenant), self.names.listed(tenant)];
        let arguments = [
            there,
            client.client_id.as_str().to_owned(),
            record::json(client)?,
            client.owner.as_ref().map(owner_text).unwrap_or_default(),
        ];
        self.link.run(&scripts::PUT_CLIENT, &keys, &arguments).await
    }
}

/// An owner as text of one length, with what follows set apart.
fn owner_text(owner: &Subject) -> String {
    Digest::of(owner.as_str()).to_string()
}

fn client(text: &str, name: &str, client_id: &str) -> Result<Arc<Client>, StoreError> {
    let client = serde_json::from_str(text);
    client
        .map(Arc::new)
        .map_err(|error| record::unreadable(name, format!("{client_id:?}: {error}")))
}
