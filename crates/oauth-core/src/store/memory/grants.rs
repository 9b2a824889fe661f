//! The grant role in memory.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{MemoryStore, calendar::Due, records::Records};
use crate::{
    clock::Timestamp,
    model::{Digest, Grant, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, StoreError},
};

pub(super) type Grants = HashMap<Tenant, Records>;

#[async_trait]
impl GrantStore for MemoryStore {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        let mut all = self.grants();
        let records = match all.get_mut(tenant) {
            Some(records) => records,
            None => all.entry(tenant.clone()).or_default(),
        };
        if records.is_taken(items) || records.grants.contains_key(&grant.id) {
            return Err(StoreError::Conflict);
        }
        records.add_grant(grant);
        records.add_items(items);
        if items.is_empty() {
            records.remember(grant.expires_at, Due::Grant(grant.id));
        }
        Ok(())
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        Ok(self.grants().get(tenant).and_then(|records| records.find(key)))
    }

    async fn exchange(
        &self,
        tenant: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        let mut all = self.grants();
        let Some(records) = all.get_mut(tenant) else { return Ok(Exchange::Unknown) };
        let Some(found) = records.find(key) else { return Ok(Exchange::Unknown) };
        let spent = match found.spend(spend, at) {
            Ok(spent) => spent,
            Err(refused) => return Ok(refused),
        };
        // `spend` changes the item in its place if nobody else has it.
        drop(found);
        if records.is_taken(items) {
            return Err(StoreError::Conflict);
        }
        records.spend(key, spend, spent);
        records.add_items(items);
        Ok(Exchange::Done)
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(self.grants().get_mut(tenant).map_or(0, |records| records.revoke(what, at)))
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let all = self.grants();
        let Some(records) = all.get(tenant) else { return Ok(Vec::new()) };
        let ids = records.by_subject.get(subject).into_iter().flatten();
        let mut live: Vec<Grant> = ids
            .filter_map(|id| records.grants.get(id))
            .filter(|allowed| allowed.revoked_at.is_none() && allowed.grant.expires_at > at)
            .map(|allowed| Grant::clone(&allowed.grant))
            .collect();
        live.sort_by_key(|grant| std::cmp::Reverse((grant.created_at, grant.id)));
        Ok(live)
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut removed = 0;
        // A tenant without records keeps its room for others.
        for records in self.grants().values_mut() {
            removed += records.purge(before, limit - removed);
            if removed == limit {
                break;
            }
        }
        Ok(removed)
    }
}
