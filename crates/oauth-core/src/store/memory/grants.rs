//! The grant role in memory.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    clock::Timestamp,
    model::{ClientId, Digest, Grant, GrantId, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, Spent, StoreError},
};

/// Records that end within the same this many seconds are purged together.
const BUCKET: i64 = 64;

#[derive(Default)]
pub(super) struct Grants {
    tenants: HashMap<Tenant, Records>,
    due: BTreeMap<i64, Vec<(Tenant, Due)>>,
}

#[derive(Default)]
struct Records {
    items: HashMap<Digest, Item>,
    grants: HashMap<GrantId, Allowed>,
    by_subject: HashMap<Subject, HashSet<GrantId>>,
}

struct Item {
    issued: Arc<Issued>,
    spent: Option<Spent>,
    revoked_at: Option<Timestamp>,
}

struct Allowed {
    grant: Arc<Grant>,
    items: Vec<Digest>,
    revoked_at: Option<Timestamp>,
}

enum Due {
    Item(Digest),
    Grant(GrantId),
}

impl Records {
    fn find(&self, key: &Digest) -> Option<Found> {
        let item = self.items.get(key)?;
        let allowed = self.grants.get(&item.issued.grant)?;
        Some(Found {
            issued: Arc::clone(&item.issued),
            grant: Arc::clone(&allowed.grant),
            spent: item.spent,
            revoked_at: [item.revoked_at, allowed.revoked_at].into_iter().flatten().min(),
        })
    }

    /// Whether the key of an item is in use, be it by another item of the same call.
    fn is_taken(&self, items: &[Issued]) -> bool {
        items.iter().enumerate().any(|(position, item)| {
            let earlier = &items[..position];
            self.items.contains_key(&item.key) || earlier.iter().any(|e| e.key == item.key)
        })
    }

    fn add_grant(&mut self, grant: &Grant, items: &[Issued]) {
        if let Some(subject) = &grant.subject {
            self.by_subject.entry(subject.clone()).or_default().insert(grant.id);
        }
        let keys = items.iter().map(|issued| issued.key).collect();
        let allowed = Allowed { grant: Arc::new(grant.clone()), items: keys, revoked_at: None };
        self.grants.insert(grant.id, allowed);
        self.add_items(items);
    }

    fn add_items(&mut self, items: &[Issued]) {
        for issued in items {
            let item = Item { issued: Arc::new(issued.clone()), spent: None, revoked_at: None };
            self.items.insert(issued.key, item);
        }
    }

    fn revoke(&mut self, what: &Revoke, at: Timestamp) -> u64 {
        let of_client = |allowed: &Allowed, id: &ClientId| allowed.grant.client_id == *id;
        match what {
            Revoke::Token(key) => {
                self.items.get_mut(key).map_or(0, |item| end(&mut item.revoked_at, at))
            }
            Revoke::Grant(id) => {
                self.grants.get_mut(id).map_or(0, |allowed| end(&mut allowed.revoked_at, at))
            }
            Revoke::Client(id) => {
                let allowed = self.grants.values_mut().filter(|allowed| of_client(allowed, id));
                allowed.map(|allowed| end(&mut allowed.revoked_at, at)).sum()
            }
            Revoke::Subject(subject) => self.revoke_of_subject(subject, |_| true, at),
            Revoke::SubjectClient(subject, id) => {
                self.revoke_of_subject(subject, |allowed| of_client(allowed, id), at)
            }
        }
    }

    fn revoke_of_subject(
        &mut self,
        subject: &Subject,
        hit: impl Fn(&Allowed) -> bool,
        at: Timestamp,
    ) -> u64 {
        let mut count = 0;
        for id in self.by_subject.get(subject).into_iter().flatten() {
            if let Some(allowed) = self.grants.get_mut(id).filter(|allowed| hit(allowed)) {
                count += end(&mut allowed.revoked_at, at);
            }
        }
        count
    }

    fn remove_grant(&mut self, id: &GrantId) {
        let Some(allowed) = self.grants.remove(id) else { return };
        for key in &allowed.items {
            self.items.remove(key);
        }
        if let Some(subject) = &allowed.grant.subject
            && let Some(ids) = self.by_subject.get_mut(subject)
        {
            ids.remove(id);
            if ids.is_empty() {
                self.by_subject.remove(subject);
            }
        }
    }

    /// Removes an item, and returns its grant if that has none left.
    fn remove_item(&mut self, key: &Digest) -> Option<Arc<Grant>> {
        let item = self.items.remove(key)?;
        let allowed = self.grants.get_mut(&item.issued.grant)?;
        allowed.items.retain(|own| own != key);
        allowed.items.is_empty().then(|| Arc::clone(&allowed.grant))
    }
}

/// Revokes for good, and returns 1 if it was live until then.
fn end(revoked_at: &mut Option<Timestamp>, at: Timestamp) -> u64 {
    let live = revoked_at.is_none();
    revoked_at.get_or_insert(at);
    u64::from(live)
}

impl Grants {
    /// The clients for which there is a grant.
    pub(super) fn clients(&self) -> HashSet<(Tenant, ClientId)> {
        let of = |(tenant, records): (&Tenant, &Records)| {
            let grants = records.grants.values();
            let named = grants.map(|allowed| (tenant.clone(), allowed.grant.client_id.clone()));
            named.collect::<Vec<_>>()
        };
        self.tenants.iter().flat_map(of).collect()
    }

    pub(super) fn remove_client(&mut self, tenant: &Tenant, client_id: &ClientId) {
        let Some(records) = self.tenants.get_mut(tenant) else { return };
        let of_client = records.grants.values().filter(|a| a.grant.client_id == *client_id);
        for id in of_client.map(|allowed| allowed.grant.id).collect::<Vec<_>>() {
            records.remove_grant(&id);
        }
    }

    fn remember(&mut self, tenant: &Tenant, end: Timestamp, due: Due) {
        self.due.entry(end.unix() / BUCKET).or_default().push((tenant.clone(), due));
    }

    fn remember_items(&mut self, tenant: &Tenant, items: &[Issued]) {
        for issued in items {
            self.remember(tenant, issued.keep_until(), Due::Item(issued.key));
        }
    }

    /// Removes what is due, or says when it is due instead.
    fn sweep(&mut self, tenant: &Tenant, due: &Due, before: Timestamp) -> Result<bool, Timestamp> {
        let Some(records) = self.tenants.get_mut(tenant) else { return Ok(false) };
        match due {
            Due::Item(key) => match records.items.get(key).map(|item| item.issued.keep_until()) {
                Some(end) if end >= before => Err(end),
                Some(_) => {
                    if let Some(empty) = records.remove_item(key) {
                        self.remember(tenant, empty.expires_at, Due::Grant(empty.id));
                    }
                    Ok(true)
                }
                None => Ok(false),
            },
            Due::Grant(id) => match records.grants.get(id) {
                // Due once its last item is removed.
                Some(allowed) if !allowed.items.is_empty() => Ok(false),
                Some(allowed) if allowed.grant.expires_at >= before => {
                    Err(allowed.grant.expires_at)
                }
                Some(_) => {
                    records.remove_grant(id);
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}

#[async_trait]
impl GrantStore for MemoryStore {
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        let mut all = self.grants();
        let records = match all.tenants.get_mut(tenant) {
            Some(records) => records,
            None => all.tenants.entry(tenant.clone()).or_default(),
        };
        if records.is_taken(items) || records.grants.contains_key(&grant.id) {
            return Err(StoreError::Conflict);
        }
        records.add_grant(grant, items);
        if items.is_empty() {
            all.remember(tenant, grant.expires_at, Due::Grant(grant.id));
        }
        all.remember_items(tenant, items);
        Ok(())
    }

    async fn find(&self, tenant: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        Ok(self.grants().tenants.get(tenant).and_then(|records| records.find(key)))
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
        let Some(records) = all.tenants.get_mut(tenant) else { return Ok(Exchange::Unknown) };
        let Some(found) = records.find(key) else { return Ok(Exchange::Unknown) };
        let spent = match found.spend(spend, at) {
            Ok(spent) => spent,
            Err(refused) => return Ok(refused),
        };
        drop(found);
        if records.is_taken(items) {
            return Err(StoreError::Conflict);
        }
        if let Some(item) = records.items.get_mut(key) {
            item.spent = spent;
            if let Spend::Keep { expires_at } = spend {
                Arc::make_mut(&mut item.issued).expires_at = *expires_at;
            }
        }
        if let Spend::Once { predecessor: Some(predecessor), .. } = spend
            && let Some(item) = records.items.get_mut(predecessor)
            && let Some(spent) = &mut item.spent
        {
            spent.successor_nonce = None;
        }
        for issued in items {
            if let Some(allowed) = records.grants.get_mut(&issued.grant) {
                allowed.items.push(issued.key);
            }
        }
        records.add_items(items);
        all.remember_items(tenant, items);
        Ok(Exchange::Done)
    }

    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(self.grants().tenants.get_mut(tenant).map_or(0, |records| records.revoke(what, at)))
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let all = self.grants();
        let Some(records) = all.tenants.get(tenant) else { return Ok(Vec::new()) };
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
        let mut all = self.grants();
        let mut removed = 0;
        let mut later = Vec::new();
        while removed < limit
            && let Some(mut bucket) =
                all.due.first_entry().filter(|b| *b.key() <= before.unix() / BUCKET)
        {
            let Some((tenant, due)) = bucket.get_mut().pop() else {
                bucket.remove();
                continue;
            };
            match all.sweep(&tenant, &due, before) {
                Ok(gone) => removed += u32::from(gone),
                Err(end) => later.push((tenant, due, end)),
            }
        }
        for (tenant, due, end) in later {
            all.remember(&tenant, end, due);
        }
        Ok(removed)
    }
}
