//! A store whose calls are the steps: as plain as can be, and with its atomic step split in two if
//! asked to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Grant, GrantId, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, Spent, StoreError},
};

use crate::schedule::{Gate, Log};

/// How a step that should be atomic is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Exchanges {
    Atomically,
    /// Reads and tests in one step, writes in the next.
    InTwoSteps,
    /// Tests and spends in one step, adds what it was traded for in the next.
    SpendingFirst,
}

#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    records: Arc<Mutex<Records>>,
    exchanges: Exchanges,
    pub(crate) log: Log,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    pub(crate) grants: BTreeMap<GrantId, (Arc<Grant>, Option<Timestamp>)>,
    pub(crate) items: BTreeMap<Digest, Item>,
    /// Whether anybody was shown a key that was spent.
    pub(crate) replay_seen: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) issued: Arc<Issued>,
    pub(crate) spent: Option<Spent>,
}

impl Shelf {
    pub(crate) fn new(exchanges: Exchanges) -> Self {
        Self { records: Arc::default(), exchanges, log: Log::default() }
    }

    pub(crate) fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap()
    }

    /// The next step, by name.
    async fn step(&self, what: &str) -> MutexGuard<'_, Records> {
        Gate::default().await;
        if let Some(last) = self.log.lock().unwrap().last_mut() {
            last.push_str(": ");
            last.push_str(what);
        }
        self.records()
    }
}

impl Records {
    pub(crate) fn put(&mut self, items: &[Issued]) {
        for issued in items {
            let item = Item { issued: Arc::new(issued.clone()), spent: None };
            self.items.insert(issued.key, item);
        }
    }

    pub(crate) fn find(&self, key: &Digest) -> Option<Found> {
        let item = self.items.get(key)?;
        let (grant, revoked_at) = self.grants.get(&item.issued.grant)?;
        Some(Found {
            issued: Arc::clone(&item.issued),
            grant: Arc::clone(grant),
            spent: item.spent,
            revoked_at: *revoked_at,
        })
    }

    fn spend(&mut self, key: &Digest, spend: &Spend, spent: Option<Spent>) {
        if let Some(item) = self.items.get_mut(key) {
            item.spent = spent;
        }
        if let Spend::Once { predecessor: Some(key), .. } = spend
            && let Some(Item { spent: Some(spent), .. }) = self.items.get_mut(key)
        {
            spent.successor_nonce = None;
        }
    }
}

#[async_trait]
impl GrantStore for Shelf {
    async fn issue(&self, _: &Tenant, grant: &Grant, items: &[Issued]) -> Result<(), StoreError> {
        let mut records = self.step("issue").await;
        records.grants.insert(grant.id, (Arc::new(grant.clone()), None));
        records.put(items);
        Ok(())
    }

    async fn find(&self, _: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        let mut records = self.step("find").await;
        let found = records.find(key);
        records.replay_seen |= found.as_ref().is_some_and(|found| found.spent.is_some());
        Ok(found)
    }

    async fn exchange(
        &self,
        _: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        let spent = {
            let mut records = self.step("exchange").await;
            let Some(found) = records.find(key) else { return Ok(Exchange::Unknown) };
            let spent = match found.spend(spend, at) {
                Ok(spent) => spent,
                Err(refused) => {
                    records.replay_seen |= refused == Exchange::AlreadySpent;
                    return Ok(refused);
                }
            };
            if self.exchanges != Exchanges::InTwoSteps {
                records.spend(key, spend, spent);
            }
            if self.exchanges == Exchanges::Atomically {
                records.put(items);
                return Ok(Exchange::Done);
            }
            spent
        };
        let mut records = self.step("write").await;
        if self.exchanges == Exchanges::InTwoSteps {
            records.spend(key, spend, spent);
        }
        records.put(items);
        Ok(Exchange::Done)
    }

    async fn revoke(&self, _: &Tenant, what: &Revoke, at: Timestamp) -> Result<u64, StoreError> {
        let mut records = self.step("revoke").await;
        let Revoke::Grant(id) = what else { return Err(StoreError::unavailable("not here")) };
        let Some((_, revoked_at)) = records.grants.get_mut(id) else { return Ok(0) };
        Ok(u64::from(revoked_at.replace(revoked_at.unwrap_or(at)).is_none()))
    }

    async fn grants(
        &self,
        _: &Tenant,
        _: &Subject,
        _: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        Err(StoreError::unavailable("not here"))
    }

    async fn purge(&self, before: Timestamp, _: u32) -> Result<u32, StoreError> {
        let mut records = self.step("purge").await;
        records.items.retain(|_, item| item.issued.keep_until() >= before);
        Ok(0)
    }
}
