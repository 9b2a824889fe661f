//! The grants of a tenant, and what was issued under them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::calendar::Due;
use crate::{
    clock::Timestamp,
    model::{ClientId, Digest, Grant, GrantId, Issued, Subject},
    store::{Found, Revoke, Spend, Spent},
};

// What is looked up by a hash is small, so that little memory is read for it.
#[derive(Default)]
pub(super) struct Records {
    pub(super) items: HashMap<Digest, Item>,
    pub(super) grants: HashMap<GrantId, Allowed>,
    pub(super) by_subject: HashMap<Subject, HashSet<GrantId>>,
    pub(super) due: BTreeMap<i64, Vec<Due>>,
}

pub(super) struct Item {
    pub(super) issued: Arc<Issued>,
    /// What has become of it, if anything.
    fate: Option<Box<Fate>>,
}

#[derive(Default)]
struct Fate {
    spent: Option<Spent>,
    revoked_at: Option<Timestamp>,
}

pub(super) struct Allowed {
    pub(super) grant: Arc<Grant>,
    /// How many items there are under it.
    pub(super) items: u32,
    pub(super) revoked_at: Option<Timestamp>,
}

impl Item {
    fn fate(&mut self) -> &mut Fate {
        self.fate.get_or_insert_default()
    }
}

impl Records {
    pub(super) fn find(&self, key: &Digest) -> Option<Found> {
        let item = self.items.get(key)?;
        let allowed = self.grants.get(&item.issued.grant)?;
        let (spent, revoked_at) =
            item.fate.as_ref().map_or((None, None), |fate| (fate.spent, fate.revoked_at));
        Some(Found {
            issued: Arc::clone(&item.issued),
            grant: Arc::clone(&allowed.grant),
            spent,
            revoked_at: [revoked_at, allowed.revoked_at].into_iter().flatten().min(),
        })
    }

    /// Whether the key of an item is in use, be it by another item of the same call.
    pub(super) fn is_taken(&self, items: &[Issued]) -> bool {
        items.iter().enumerate().any(|(position, item)| {
            let earlier = &items[..position];
            self.items.contains_key(&item.key) || earlier.iter().any(|e| e.key == item.key)
        })
    }

    pub(super) fn add_grant(&mut self, grant: &Grant) {
        if let Some(subject) = &grant.subject {
            self.by_subject.entry(subject.clone()).or_default().insert(grant.id);
        }
        let allowed = Allowed { grant: Arc::new(grant.clone()), items: 0, revoked_at: None };
        self.grants.insert(grant.id, allowed);
    }

    /// Adds items to grants that are there.
    pub(super) fn add_items(&mut self, items: &[Issued]) {
        for issued in items {
            let Some(allowed) = self.grants.get_mut(&issued.grant) else { continue };
            allowed.items += 1;
            self.items.insert(issued.key, Item { issued: Arc::new(issued.clone()), fate: None });
            self.remember(issued.keep_until(), Due::Item(issued.key));
        }
    }

    /// Writes down that an item was spent.
    pub(super) fn spend(&mut self, key: &Digest, spend: &Spend, spent: Option<Spent>) {
        let Some(item) = self.items.get_mut(key) else { return };
        match spend {
            Spend::Keep { expires_at } => {
                let before = item.issued.keep_until();
                Arc::make_mut(&mut item.issued).expires_at = *expires_at;
                let end = item.issued.keep_until();
                if end < before {
                    self.remember(end, Due::Item(*key));
                }
            }
            Spend::Once { predecessor, .. } => {
                item.fate().spent = spent;
                if let Some(predecessor) = predecessor
                    && let Some(item) = self.items.get_mut(predecessor)
                    && let Some(spent) = item.fate.as_mut().and_then(|fate| fate.spent.as_mut())
                {
                    spent.successor_nonce = None;
                }
            }
            Spend::Again { .. } => item.fate().spent = spent,
        }
    }

    pub(super) fn revoke(&mut self, what: &Revoke, at: Timestamp) -> u64 {
        let of_client = |allowed: &Allowed, id: &ClientId| allowed.grant.client_id == *id;
        match what {
            Revoke::Token(key) => {
                self.items.get_mut(key).map_or(0, |item| end(&mut item.fate().revoked_at, at))
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

    /// The clients for which there is a grant.
    pub(super) fn clients(&self) -> HashSet<&ClientId> {
        self.grants.values().map(|allowed| &allowed.grant.client_id).collect()
    }

    /// Removes an item, and returns its grant if that has none left.
    pub(super) fn remove_item(&mut self, key: &Digest) -> Option<Arc<Grant>> {
        let item = self.items.remove(key)?;
        let allowed = self.grants.get_mut(&item.issued.grant)?;
        allowed.items -= 1;
        (allowed.items == 0).then(|| Arc::clone(&allowed.grant))
    }

    /// Removes a grant that has no items.
    pub(super) fn remove_grant(&mut self, id: &GrantId) {
        if let Some(allowed) = self.grants.remove(id)
            && let Some(subject) = &allowed.grant.subject
            && let Some(ids) = self.by_subject.get_mut(subject)
        {
            ids.remove(id);
            if ids.is_empty() {
                self.by_subject.remove(subject);
            }
        }
    }

    pub(super) fn remove_client(&mut self, client_id: &ClientId) {
        let of_client = self.grants.values().filter(|a| a.grant.client_id == *client_id);
        let ids: HashSet<_> = of_client.map(|allowed| allowed.grant.id).collect();
        if ids.is_empty() {
            return;
        }
        self.items.retain(|_, item| !ids.contains(&item.issued.grant));
        for id in &ids {
            self.remove_grant(id);
        }
    }
}

/// Revokes for good, and returns 1 if it was live until then.
fn end(revoked_at: &mut Option<Timestamp>, at: Timestamp) -> u64 {
    let live = revoked_at.is_none();
    revoked_at.get_or_insert(at);
    u64::from(live)
}
