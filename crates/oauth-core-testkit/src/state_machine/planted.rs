//! The comparison is shown to fail: stores with faults planted in them are caught, each by the
//! first few histories.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Grant, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, Revoke, Spend, StoreError},
};
use proptest::strategy::Strategy;
use tokio::task::yield_now;

use super::{
    differs,
    model::{Call, Model, Outcome},
    operation::{Round, concurrent, sequential},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Planted {
    Nothing,
    /// `exchange` tests a key under one lock and spends it under another.
    TwoSteps,
    /// `exchange` does not ask whether the token or its grant is revoked.
    RevocationNotChecked,
    /// Retries are not counted.
    RetriesNotBounded,
    /// Retries are good for ever.
    GraceNotBounded,
    /// A purge takes what is needed for another while, or the store forgets it by itself.
    GoneTooEarly,
    /// The nonce of the predecessor stays when its successor is used.
    NonceNotWiped,
    /// A conflict leaves the key spent.
    SpentOnConflict,
    /// A second revocation takes the place of the first.
    RevokedTwice,
    /// `revoke` reads which grants there are under one lock and ends them under another.
    RevokesInTwoSteps,
}

/// A store that is the model, but for its fault.
#[derive(Debug)]
struct Faulty {
    planted: Planted,
    /// Whether it removes what is over whenever it is asked to do something, and never when purged.
    forgets: bool,
    models: Mutex<HashMap<Tenant, Model>>,
    /// How many records are purged already that a call may not count any more.
    not_counted: Mutex<u32>,
}

impl Faulty {
    fn with<T>(&self, tenant: &Tenant, work: impl FnOnce(&mut Model) -> T) -> T {
        work(self.models.lock().unwrap().entry(tenant.clone()).or_default())
    }

    fn step(&self, tenant: &Tenant, call: &Call) -> Outcome {
        self.with(tenant, |model| model.step(call))
    }

    /// Removes what is over, if it forgets by itself.
    fn forget(&self, tenant: &Tenant, at: Timestamp) {
        if self.forgets {
            self.with(tenant, |model| model.purge(self.over(at)));
        }
    }

    fn over(&self, at: Timestamp) -> Timestamp {
        at.plus(if self.planted == Planted::GoneTooEarly { 60 } else { 0 })
    }
}

impl Model {
    /// Exchanges whether the key is revoked or not, and spends it whether it is spent or not.
    fn force(&mut self, call: &Call, key: &Digest, unspent: bool) -> Outcome {
        let Some(item) = self.items.get_mut(key) else { return self.step(call) };
        let grant = item.issued.grant;
        let item_revoked_at = item.revoked_at.take();
        item.spent = item.spent.filter(|_| !unspent);
        let grant_revoked_at = self.grants.get_mut(&grant).and_then(|(_, at)| at.take());
        let outcome = self.step(call);
        self.items.entry(*key).and_modify(|item| item.revoked_at = item_revoked_at);
        self.grants.entry(grant).and_modify(|(_, at)| *at = grant_revoked_at);
        outcome
    }
}

#[async_trait]
impl GrantStore for Faulty {
    async fn issue(&self, t: &Tenant, grant: &Grant, items: &[Issued]) -> Result<(), StoreError> {
        self.forget(t, grant.created_at);
        match self.step(t, &Call::Issue(grant.clone(), items.to_vec())) {
            Outcome::Issued => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    async fn find(&self, t: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        let seen = self.with(t, |model| model.find(key));
        Ok(seen.map(|seen| Found {
            issued: Arc::new(seen.issued),
            grant: Arc::new(seen.grant),
            spent: seen.spent,
            revoked_at: seen.revoked_at,
        }))
    }

    async fn exchange(
        &self,
        t: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        self.forget(t, at);
        let spend = match (self.planted, *spend) {
            (Planted::RetriesNotBounded, Spend::Again { since, .. }) => {
                Spend::Again { since, retries: u32::MAX }
            }
            (Planted::GraceNotBounded, Spend::Again { retries, .. }) => {
                Spend::Again { since: Timestamp::from_unix(0), retries }
            }
            (Planted::NonceNotWiped, Spend::Once { successor_nonce, .. }) => {
                Spend::Once { successor_nonce, predecessor: None }
            }
            (_, spend) => spend,
        };
        let call =
            |items: &[Issued]| Call::Exchange { key: *key, spend, items: items.to_vec(), at };
        let outcome = match self.planted {
            Planted::TwoSteps if matches!(spend, Spend::Once { .. }) => {
                let tested = self.with(t, |model| model.clone().step(&call(&[])));
                yield_now().await;
                match tested {
                    Outcome::Exchanged(Exchange::Done) => {
                        self.with(t, |model| model.force(&call(items), key, true))
                    }
                    refused => refused,
                }
            }
            Planted::RevocationNotChecked => {
                self.with(t, |model| model.force(&call(items), key, false))
            }
            Planted::SpentOnConflict => match self.step(t, &call(items)) {
                Outcome::Conflict => {
                    self.step(t, &call(&[]));
                    Outcome::Conflict
                }
                outcome => outcome,
            },
            _ => self.step(t, &call(items)),
        };
        match outcome {
            Outcome::Exchanged(exchange) => Ok(exchange),
            _ => Err(StoreError::Conflict),
        }
    }

    async fn revoke(&self, t: &Tenant, what: &Revoke, at: Timestamp) -> Result<u64, StoreError> {
        self.forget(t, at);
        let call = Call::Revoke { what: what.clone(), at };
        let mut seen = self.with(t, |model| model.clone());
        match self.planted {
            Planted::RevokedTwice => self.with(t, |model| {
                let again = model.items.values_mut().map(|item| &mut item.revoked_at);
                again.filter(|_| matches!(what, Revoke::Token(_))).for_each(|at| *at = None);
            }),
            Planted::RevokesInTwoSteps => {
                yield_now().await;
                let outcome = seen.step(&call);
                self.with(t, |model| *model = seen);
                return Ok(if let Outcome::Revoked(count) = outcome { count } else { 0 });
            }
            _ => {}
        }
        match self.step(t, &call) {
            Outcome::Revoked(count) => Ok(count),
            _ => Ok(0),
        }
    }

    async fn grants(
        &self,
        t: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let mut grants = self.with(t, |model| model.grants(subject, at));
        grants.sort_by_key(|grant| std::cmp::Reverse(grant.created_at));
        Ok(grants)
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        if self.forgets {
            return Ok(0);
        }
        let call = Call::Purge { before: self.over(before), limit };
        let mut counted = self.not_counted.lock().unwrap();
        for model in self.models.lock().unwrap().values_mut() {
            if let Outcome::Purged(count) = model.step(&call) {
                *counted += count;
            }
        }
        let now = limit.min(*counted);
        *counted -= now;
        Ok(now)
    }
}

/// How many histories it took to catch the fault, and what was said.
async fn caught(
    planted: Planted,
    (sort, forgets): (&str, bool),
    histories: impl Strategy<Value = Vec<Round>>,
) -> Option<(u64, usize, String)> {
    let (models, not_counted) = (Mutex::default(), Mutex::default());
    let store = Arc::new(Faulty { planted, forgets, models, not_counted });
    for seed in 1..=200 {
        if let Some((history, said)) = differs(&store, (sort, forgets), &histories, seed).await {
            return Some((seed, history.len(), said));
        }
    }
    None
}

// One thread, so that what yields is always interleaved in the same way.
#[tokio::test]
async fn rac_001_each_planted_fault_is_caught() {
    each_is_caught(false).await;
}

#[tokio::test]
async fn rac_001_each_fault_planted_in_a_store_that_forgets_is_caught() {
    each_is_caught(true).await;
}

async fn each_is_caught(forgets: bool) {
    for planted in [
        Planted::RevocationNotChecked,
        Planted::RetriesNotBounded,
        Planted::GraceNotBounded,
        Planted::GoneTooEarly,
        Planted::NonceNotWiped,
        Planted::SpentOnConflict,
        Planted::RevokedTwice,
    ] {
        let caught = caught(planted, ("sequential", forgets), sequential()).await;
        let (seed, rounds, said) = caught.unwrap_or_else(|| panic!("{planted:?} was not caught"));
        println!("{planted:?}: history {seed}, {rounds} rounds: {said}");
        assert!(rounds <= 8, "{planted:?} is shown by fewer than {rounds} rounds");
    }
    for planted in [Planted::TwoSteps, Planted::RevokesInTwoSteps] {
        let alone = caught(planted, ("sequential", forgets), sequential()).await;
        assert_eq!(alone, None, "{planted:?} is no fault where one thing follows the other");
        let caught = caught(planted, ("concurrent", forgets), concurrent()).await;
        let (seed, rounds, said) = caught.unwrap_or_else(|| panic!("{planted:?} was not caught"));
        println!("{planted:?}: history {seed}, {rounds} rounds: {said}");
    }
}

#[tokio::test]
async fn the_model_agrees_with_itself() {
    for forgets in [false, true] {
        let nothing = Planted::Nothing;
        assert_eq!(caught(nothing, ("sequential", forgets), sequential()).await, None);
        assert_eq!(caught(nothing, ("concurrent", forgets), concurrent()).await, None);
    }
}
