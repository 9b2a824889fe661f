//! The rules of a grant store, said once more, as plainly as possible.

use std::collections::BTreeMap;

use oauth_core::{
    clock::Timestamp,
    model::{ClientId, Digest, Grant, GrantId, Issued, Subject},
    store::{Exchange, Found, Revoke, Spend, Spent},
};

/// One call of a verb that writes.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Issue(Grant, Vec<Issued>),
    Exchange { key: Digest, spend: Spend, items: Vec<Issued>, at: Timestamp },
    Revoke { what: Revoke, at: Timestamp },
    Purge { before: Timestamp, limit: u32 },
}

/// What a caller was told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Issued,
    Conflict,
    Exchanged(Exchange),
    Revoked(u64),
    Purged(u32),
}

/// What [`find`](oauth_core::store::GrantStore::find) says of a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) issued: Issued,
    pub(super) grant: Grant,
    pub(super) spent: Option<Spent>,
    pub(super) revoked_at: Option<Timestamp>,
}

impl From<Found> for Seen {
    fn from(found: Found) -> Self {
        let (issued, grant) = (Issued::clone(&found.issued), Grant::clone(&found.grant));
        Self { issued, grant, spent: found.spent, revoked_at: found.revoked_at }
    }
}

/// What a store of one tenant should hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    /// Whether what is over may be gone at any time, and a purge removes nothing.
    pub(super) forgets: bool,
    pub(super) grants: BTreeMap<GrantId, (Grant, Option<Timestamp>)>,
    pub(super) items: BTreeMap<Digest, Item>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) issued: Issued,
    pub(super) spent: Option<Spent>,
    pub(super) revoked_at: Option<Timestamp>,
}

impl Model {
    pub(super) fn find(&self, key: &Digest) -> Option<Seen> {
        let Item { issued, spent, revoked_at } = self.items.get(key)?.clone();
        let (grant, grant_revoked_at) = self.grants.get(&issued.grant)?.clone();
        let revoked_at = revoked_at.into_iter().chain(grant_revoked_at).min();
        Some(Seen { issued, grant, spent, revoked_at })
    }

    /// Live grants of a subject, in no order.
    pub(super) fn grants(&self, subject: &Subject, at: Timestamp) -> Vec<Grant> {
        let live = self.grants.values().filter(|(grant, revoked_at)| {
            grant.subject.as_ref() == Some(subject) && revoked_at.is_none() && grant.expires_at > at
        });
        live.map(|(grant, _)| grant.clone()).collect()
    }

    pub(super) fn step(&mut self, call: &Call) -> Outcome {
        match call {
            Call::Issue(grant, items) => self.issue(grant, items),
            Call::Exchange { key, spend, items, at } => self.exchange(key, spend, items, *at),
            Call::Revoke { what, at } => Outcome::Revoked(self.revoke(what, *at)),
            Call::Purge { .. } if self.forgets => Outcome::Purged(0),
            Call::Purge { before, .. } => Outcome::Purged(self.purge(*before)),
        }
    }

    fn issue(&mut self, grant: &Grant, items: &[Issued]) -> Outcome {
        if self.grants.contains_key(&grant.id) || !self.are_free(items) {
            return Outcome::Conflict;
        }
        self.grants.insert(grant.id, (grant.clone(), None));
        self.add(items);
        Outcome::Issued
    }

    fn exchange(
        &mut self,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Outcome {
        let Some(seen) = self.find(key) else { return Outcome::Exchanged(Exchange::Unknown) };
        if let Some(refused) = why_not(&seen, spend, at) {
            return Outcome::Exchanged(refused);
        }
        if !self.are_free(items) {
            return Outcome::Conflict;
        }
        self.add(items);
        for (own, item) in &mut self.items {
            match (spend, &mut item.spent) {
                (Spend::Once { successor_nonce, .. }, spent) if own == key => {
                    *spent = Some(Spent { at, successor_nonce: *successor_nonce, retries: 0 });
                }
                (Spend::Again { .. }, Some(spent)) if own == key => spent.retries += 1,
                (Spend::Keep { expires_at }, _) if own == key => {
                    item.issued.expires_at = *expires_at;
                }
                (Spend::Once { predecessor, .. }, Some(spent)) if *predecessor == Some(*own) => {
                    spent.successor_nonce = None;
                }
                _ => {}
            }
        }
        Outcome::Exchanged(Exchange::Done)
    }

    fn revoke(&mut self, what: &Revoke, at: Timestamp) -> u64 {
        let ends = |grant: &Grant| {
            let by = |subject: &Subject| grant.subject.as_ref() == Some(subject);
            let to = |client: &ClientId| grant.client_id == *client;
            match what {
                Revoke::Token(_) => false,
                Revoke::Grant(id) => grant.id == *id,
                Revoke::Client(client) => to(client),
                Revoke::Subject(subject) => by(subject),
                Revoke::SubjectClient(subject, client) => by(subject) && to(client),
            }
        };
        let mut count = 0;
        for (grant, revoked_at) in self.grants.values_mut() {
            if ends(grant) && revoked_at.is_none() {
                *revoked_at = Some(at);
                count += 1;
            }
        }
        if let Revoke::Token(key) = what
            && let Some(item) = self.items.get_mut(key)
            && item.revoked_at.is_none()
        {
            item.revoked_at = Some(at);
            count += 1;
        }
        count
    }

    pub(super) fn purge(&mut self, before: Timestamp) -> u32 {
        let all = self.items.len() + self.grants.len();
        self.items.retain(|_, item| item.issued.keep_until() >= before);
        let items = &self.items;
        self.grants.retain(|id, (grant, _)| {
            grant.expires_at >= before || items.values().any(|item| item.issued.grant == *id)
        });
        u32::try_from(all - self.items.len() - self.grants.len()).unwrap_or(u32::MAX)
    }

    fn are_free(&self, items: &[Issued]) -> bool {
        let mut keys: Vec<_> = items.iter().map(|item| item.key).collect();
        keys.sort();
        keys.dedup();
        keys.len() == items.len() && !keys.iter().any(|key| self.items.contains_key(key))
    }

    fn add(&mut self, items: &[Issued]) {
        for issued in items {
            let item = Item { issued: issued.clone(), spent: None, revoked_at: None };
            self.items.insert(issued.key, item);
        }
    }
}

/// Why a key is not spent: what ended it first names the reason, except that a revocation always
/// does, and that a spent key is spent for ever.
fn why_not(seen: &Seen, spend: &Spend, at: Timestamp) -> Option<Exchange> {
    if seen.revoked_at.is_some() {
        return Some(Exchange::Revoked);
    }
    match (spend, seen.spent) {
        (Spend::Again { since, retries }, Some(spent)) => {
            let late = spent.at < *since || spent.retries >= *retries;
            (late || spent.successor_nonce.is_none()).then_some(Exchange::AlreadySpent)
        }
        (Spend::Once { .. } | Spend::Keep { .. }, None) => {
            (at >= seen.issued.expires_at).then_some(Exchange::Expired)
        }
        _ => Some(Exchange::AlreadySpent),
    }
}
