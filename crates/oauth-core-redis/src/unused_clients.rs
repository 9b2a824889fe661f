//! Unused clients in Redis.
//!
//! One sorted set has all clients that may be removed one day, of all tenants, by the moment from
//! which on they may. It only says where to look: what decides is the client's record and its grants.
//! Between that look and the removal a client may be used for the first time; it is removed all the
//! same, with what it was just issued, and registers again.

use std::pin::pin;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use oauth_core::{
    clock::Timestamp,
    model::{Client, ClientId, Tenant},
    store::{ClientRegistry as _, ClientStore as _, StoreError, UnusedClients},
};
use redis::cmd;

use crate::{RedisStore, record};

/// How many are looked at together.
const PAGE: u32 = 100;

/// After how many seconds a client that is used is looked at again: its grants may be gone by then.
const AGAIN: u32 = 24 * 60 * 60;

#[async_trait]
impl UnusedClients for RedisStore {
    async fn remove_unused_clients(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let (mut removed, mut trouble) = (0, None);
        while removed < limit {
            let mut range = cmd("ZRANGEBYSCORE");
            range.arg(self.names.unused()).arg("-inf").arg(format!("({}", before.unix()));
            let due: Vec<String> =
                self.link.call(range.arg("LIMIT").arg(0).arg(PAGE.min(limit - removed))).await?;
            if due.is_empty() {
                break;
            }
            for member in &due {
                match self.remove_if_unused(member, before).await {
                    // What cannot be read is said once a day, and in nobody's way.
                    Err(damaged @ StoreError::Corrupt(_)) => {
                        self.look_again(member, before.plus(AGAIN)).await?;
                        trouble = Some(damaged);
                    }
                    done => removed += u32::from(done?),
                }
            }
        }
        match trouble {
            Some(damaged) => Err(damaged),
            None => Ok(removed),
        }
    }
}

impl RedisStore {
    /// Notes that the client may be removed one day.
    pub(crate) async fn note_unused(
        &self,
        tenant: &Tenant,
        client: &Client,
    ) -> Result<(), StoreError> {
        let end = client.registered.as_ref().and_then(|known| known.unused_until);
        let Some(end) = end else { return Ok(()) };
        self.look_again(&record::json(&(tenant, &client.client_id))?, end).await
    }

    async fn look_again(&self, member: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut add = cmd("ZADD");
        self.link.call(add.arg(self.names.unused()).arg(at.unix()).arg(member)).await
    }

    async fn remove_if_unused(&self, member: &str, before: Timestamp) -> Result<bool, StoreError> {
        let name = self.names.unused();
        let (tenant, client_id): (Tenant, ClientId) = serde_json::from_str(member)
            .map_err(|error| record::unreadable(&name, error.to_string()))?;
        let client = self.find(&tenant, &client_id).await?;
        let end = client.and_then(|client| client.registered.as_ref()?.unused_until);
        let remove = match end {
            Some(end) if end >= before => {
                self.look_again(member, end).await?;
                return Ok(false);
            }
            Some(_) if self.has_grant(&tenant, &client_id).await? => {
                self.look_again(member, before.plus(AGAIN)).await?;
                return Ok(false);
            }
            Some(_) => true,
            None => false,
        };
        let removed = remove && self.remove(&tenant, &client_id).await?;
        self.link.call::<()>(cmd("ZREM").arg(name).arg(member)).await?;
        Ok(removed)
    }

    async fn has_grant(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        let index = self.names.client(tenant, client_id);
        let mut pages = pin!(self.indexed(&index));
        while let Some(ids) = pages.try_next().await? {
            for id in ids {
                let get = cmd("HGET").arg(self.names.grant(tenant, &id)).arg("c").to_owned();
                let whose: Option<String> = self.link.call(&get).await?;
                if whose.as_deref() == Some(client_id.as_str()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
