//! The grant role in Redis.

use std::{cmp::Reverse, fmt::Display, pin::pin};

use async_trait::async_trait;
use futures_util::{
    TryStreamExt as _,
    future::{try_join, try_join_all},
};
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Grant, GrantId, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, StoreError},
};
use redis::cmd;

use crate::{
    RedisStore,
    record::{self, FoundFields},
    scripts,
};

/// For how much longer than their grant is good items are kept at most, in seconds: none expires after
/// it, and see [`Issued::keep_until`].
const RETENTION: u32 = 24 * 60 * 60;

#[async_trait]
impl GrantStore for RedisStore {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        let (at, end) = (grant.created_at, grant.keep_until(items));
        let ttl = record::seconds(at, end).to_string();
        let records = items.iter().map(record::item);
        let records = records.collect::<Result<Vec<_>, _>>()?;
        let client = grant.client_id.as_str().to_owned();
        let mut arguments = vec![ttl, record::json(grant)?, client, named(grant.subject.as_ref())];
        arguments.extend(records.into_iter().flatten());

        // A late revocation still finds it, whatever is added to it.
        let found_until = end.max(grant.expires_at.plus(RETENTION));
        let entry = [
            grant.id.to_string(),
            found_until.unix().to_string(),
            record::seconds(at, found_until).to_string(),
            record::over(at).to_string(),
        ];
        let mut indexes = vec![self.names.client(tenant, &grant.client_id)];
        indexes.extend(grant.subject.as_ref().map(|subject| self.names.subject(tenant, subject)));
        let indexing = indexes.chunks(1).map(|name| self.link.run(&scripts::INDEX, name, &entry));
        let indexing = try_join_all(indexing);
        let claiming = self.claim_all(tenant, &grant.id, items, at);
        let (claimed, _): (_, Vec<()>) = try_join(claiming, indexing).await?;
        if !claimed {
            return Err(StoreError::Conflict);
        }
        let keys = [self.names.grant(tenant, &grant.id), self.names.due(tenant, &grant.id)];
        let told: String = self.link.run(&scripts::ISSUE, &keys, &arguments).await?;
        if told != "done" {
            return Err(StoreError::Conflict);
        }
        Ok(())
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        if let Some(grant) = self.remembered(tenant, key) {
            let found = self.find_under(tenant, &grant, key).await?;
            if found.is_some() {
                return Ok(found);
            }
            self.forget_whose(tenant, key);
        }
        let Some(grant) = self.claimed(tenant, key).await? else { return Ok(None) };
        let found = self.find_under(tenant, &grant, key).await?;
        if found.is_some() {
            self.remember(tenant, key, grant);
        }
        Ok(found)
    }

    async fn exchange(
        &self,
        tenant: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        if let Some(grant) = self.remembered(tenant, key) {
            let told = self.exchange_under(tenant, &grant, (key, spend), items, at).await?;
            if told != Exchange::Unknown {
                return Ok(told);
            }
            self.forget_whose(tenant, key);
        }
        match self.claimed(tenant, key).await? {
            Some(grant) => self.exchange_under(tenant, &grant, (key, spend), items, at).await,
            None => Ok(Exchange::Unknown),
        }
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        match what {
            Revoke::Token(key) => {
                let Some(grant) = self.claimed(tenant, key).await? else { return Ok(0) };
                let keys = [self.names.grant(tenant, &grant)];
                let arguments = [key.to_string(), at.unix().to_string()];
                self.link.run(&scripts::REVOKE_TOKEN, &keys, &arguments).await
            }
            Revoke::Grant(id) => self.revoke_grants(tenant, &[*id], (None, None), at).await,
            Revoke::Client(client_id) => {
                let index = self.names.client(tenant, client_id);
                self.revoke_indexed(tenant, &index, (Some(client_id), None), at).await
            }
            Revoke::Subject(subject) => {
                let index = self.names.subject(tenant, subject);
                self.revoke_indexed(tenant, &index, (None, Some(subject)), at).await
            }
            Revoke::SubjectClient(subject, client_id) => {
                let index = self.names.subject(tenant, subject);
                self.revoke_indexed(tenant, &index, (Some(client_id), Some(subject)), at).await
            }
        }
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let index = self.names.subject(tenant, subject);
        let mut pages = pin!(self.indexed(&index));
        let mut live = Vec::new();
        while let Some(ids) = pages.try_next().await? {
            let names: Vec<_> = ids.iter().map(|id| self.names.grant(tenant, id)).collect();
            let gets = names.iter().map(|name| cmd("HMGET").arg(name).arg("g").arg("r").to_owned());
            let fields: Vec<(Option<String>, Option<String>)> =
                self.link.call_all(&gets.collect::<Vec<_>>()).await?;
            for (name, fields) in names.iter().zip(fields) {
                let (Some(text), None) = fields else { continue };
                let grant: Grant = record::parse(&text, name)?;
                if grant.expires_at > at && grant.subject.as_ref() == Some(subject) {
                    live.push(grant);
                }
            }
        }
        live.sort_by_key(|grant| Reverse((grant.created_at, grant.id)));
        live.dedup_by_key(|grant| grant.id);
        Ok(live)
    }

    /// The server forgets by itself.
    async fn purge(&self, _before: Timestamp, _limit: u32) -> Result<u32, StoreError> {
        Ok(0)
    }
}

impl RedisStore {
    async fn find_under(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        key: &Digest,
    ) -> Result<Option<Found>, StoreError> {
        let name = self.names.grant(tenant, grant);
        let mut get = cmd("HMGET");
        get.arg(&name).arg("g").arg("r").arg(format!("a{key}")).arg(format!("s{key}"));
        let fields: FoundFields = self.link.call(&get).await?;
        record::found(key, &name, fields)
    }
}

/// A name behind a `=`, so that an empty one is not the same as none.
pub(crate) fn named(name: Option<impl Display>) -> String {
    name.map_or_else(String::new, |name| format!("={name}"))
}
