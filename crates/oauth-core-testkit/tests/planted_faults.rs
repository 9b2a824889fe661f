//! The contract is shown to fail: stores with the field's usual faults planted in them are caught,
//! each by the check that is meant for it.
#![expect(clippy::unwrap_used, reason = "what is unwrapped here fails the test")]

use std::sync::Arc;

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, Grant, GrantId, Issued, Subject, Tenant},
    store::{Exchange, Found, GrantStore, MemoryStore, Revoke, Spend, StoreError},
};
use oauth_core_testkit::store_contract;
use tokio::task::yield_now;

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Planted {
    /// `exchange` reads, tests what it read, and then writes.
    ReadThenWrite,
    /// `exchange` does not ask whether the grant is revoked.
    IgnoresTheGrant,
    /// `exchange` spends the key first and adds the items in a second step.
    TwoSteps,
    /// Tenants share everything.
    OneTenant,
}

#[derive(Debug)]
struct Faulty {
    inner: MemoryStore,
    planted: Planted,
}

impl Faulty {
    fn fresh(planted: Planted) -> impl AsyncFn() -> Self {
        async move || Self { inner: MemoryStore::new(), planted }
    }

    fn tenant(&self, tenant: &Tenant) -> Tenant {
        if self.planted == Planted::OneTenant { Tenant::default() } else { tenant.clone() }
    }

    /// A grant of its own for the copy of an item that is written whatever the real one's state is.
    async fn add_unchecked(&self, tenant: &Tenant, found: &Found, items: &[Issued]) {
        for item in items {
            let mut id = [0; 16];
            id.copy_from_slice(&item.key.as_bytes()[16..]);
            let grant = Grant { id: GrantId::from_bytes(id), ..Grant::clone(&found.grant) };
            let item = Issued { grant: grant.id, ..item.clone() };
            self.inner.issue(tenant, &grant, &[item]).await.unwrap();
        }
    }
}

#[async_trait]
impl GrantStore for Faulty {
    async fn issue(&self, t: &Tenant, grant: &Grant, items: &[Issued]) -> Result<(), StoreError> {
        self.inner.issue(&self.tenant(t), grant, items).await
    }

    async fn find(&self, t: &Tenant, key: &Digest) -> Result<Option<Found>, StoreError> {
        GrantStore::find(&self.inner, &self.tenant(t), key).await
    }

    async fn exchange(
        &self,
        t: &Tenant,
        key: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        let tenant = &self.tenant(t);
        let found = GrantStore::find(&self.inner, tenant, key).await?;
        let once = matches!(spend, Spend::Once { .. });
        match (self.planted, found) {
            (Planted::ReadThenWrite, Some(found))
                if once
                    && found.spent.is_none()
                    && found.revoked_at.is_none()
                    && found.issued.expires_at > at =>
            {
                yield_now().await;
                self.inner.exchange(tenant, key, spend, &[], at).await?;
                self.add_unchecked(tenant, &found, items).await;
                Ok(Exchange::Done)
            }
            (Planted::IgnoresTheGrant, Some(found))
                if once && found.spent.is_none() && found.issued.expires_at > at =>
            {
                match self.inner.exchange(tenant, key, spend, items, at).await? {
                    Exchange::Revoked => Ok(Exchange::Done),
                    other => Ok(other),
                }
            }
            (Planted::TwoSteps, Some(found)) if once => {
                let outcome = self.inner.exchange(tenant, key, spend, &[], at).await?;
                yield_now().await;
                if outcome == Exchange::Done {
                    self.add_unchecked(tenant, &found, items).await;
                }
                Ok(outcome)
            }
            _ => self.inner.exchange(tenant, key, spend, items, at).await,
        }
    }

    async fn revoke(&self, t: &Tenant, what: &Revoke, at: Timestamp) -> Result<u64, StoreError> {
        self.inner.revoke(&self.tenant(t), what, at).await
    }

    async fn grants(
        &self,
        t: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        self.inner.grants(&self.tenant(t), subject, at).await
    }

    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.inner.purge(before, limit).await
    }
}

/// What a check that must fail said.
async fn complaint(check: impl Future<Output = ()> + Send + 'static) -> String {
    let failed = tokio::spawn(check).await.expect_err("the planted fault was not caught");
    let payload = failed.into_panic();
    payload.downcast::<String>().map_or_else(|_| String::new(), |text| *text)
}

#[tokio::test(flavor = "multi_thread")]
async fn rac_001_a_read_then_write_store_is_caught_by_the_racers() {
    let store = Faulty::fresh(Planted::ReadThenWrite)().await;
    let said = complaint(store_contract::one_of_many_racers_wins(store)).await;
    assert!(said.contains("racers spent one key; exactly one may"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_ignores_revoked_grants_is_caught() {
    let store = Faulty::fresh(Planted::IgnoresTheGrant)().await;
    let said = complaint(store_contract::revoking_ends_what_it_names(store)).await;
    assert!(said.contains("after Grant("), "{said}");
    let store = Faulty::fresh(Planted::IgnoresTheGrant)().await;
    let said = complaint(store_contract::revocation_beats_rotation(store)).await;
    assert!(said.contains("began after revoke returned"), "{said}");
    let store = Faulty::fresh(Planted::IgnoresTheGrant)().await;
    let said = complaint(store_contract::an_exchange_says_why_not(store)).await;
    assert!(said.contains("the grant is revoked"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_exchanges_in_two_steps_is_caught_by_dropping_calls() {
    let store = Faulty::fresh(Planted::TwoSteps)().await;
    let said = complaint(store_contract::a_dropped_exchange_is_all_or_nothing(store)).await;
    assert!(said.contains("half of it happened"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_mixes_tenants_is_caught_and_the_check_is_named() {
    let fresh = Faulty::fresh(Planted::OneTenant);
    let store = fresh().await;
    let said = complaint(store_contract::tenants_are_apart(store)).await;
    assert!(said.contains("another tenant"), "{said}");

    let fresh = Arc::new(fresh);
    let run = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(store_contract::grant_store(&*fresh));
    });
    let payload = run.join().expect_err("the planted fault was not caught");
    let said = payload.downcast::<String>().unwrap();
    assert!(said.starts_with("store contract, `"), "the failed check must be named: {said}");
}
