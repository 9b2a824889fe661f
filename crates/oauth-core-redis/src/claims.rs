//! Claims: under which grant to look for an item.

use futures_util::future::try_join_all;
use oauth_core::{
    clock::Timestamp,
    model::{Digest, GrantId, Issued, Tenant},
    store::StoreError,
};
use redis::cmd;

use crate::{RedisStore, record, scripts};

/// How often a claim is tried to be moved while others do the same.
const ATTEMPTS: u32 = 3;

impl RedisStore {
    /// The grant of an item, as far as this store remembers.
    pub(crate) fn remembered(&self, tenant: &Tenant, key: &Digest) -> Option<GrantId> {
        self.whose.get(&(tenant.clone(), *key))
    }

    pub(crate) fn remember(&self, tenant: &Tenant, key: &Digest, grant: GrantId) {
        self.whose.insert((tenant.clone(), *key), grant);
    }

    pub(crate) fn forget_whose(&self, tenant: &Tenant, key: &Digest) {
        self.whose.remove(&(tenant.clone(), *key));
    }

    /// The grant that has the claim on an item.
    pub(crate) async fn claimed(
        &self,
        tenant: &Tenant,
        key: &Digest,
    ) -> Result<Option<GrantId>, StoreError> {
        let name = self.names.item(tenant, key);
        let owner: Option<String> = self.link.call(cmd("GET").arg(&name)).await?;
        owner.map(|owner| record::grant_id(&owner, &name)).transpose()
    }

    /// Claims all items for the grant; `false` if one of their keys is taken, be it by another item
    /// of the same call.
    pub(crate) async fn claim_all(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let claims = items.iter().map(|item| {
            self.claim(tenant, grant, &item.key, record::seconds(at, item.keep_until()))
        });
        let claimed = try_join_all(claims).await?;
        let twice = items.iter().enumerate().any(|(position, item)| {
            items[..position].iter().any(|earlier| earlier.key == item.key)
        });
        Ok(!twice && claimed.into_iter().all(|claimed| claimed))
    }

    /// Claims an item for the grant for that many seconds; `false` if another grant has it.
    pub(crate) async fn claim(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        key: &Digest,
        seconds: i64,
    ) -> Result<bool, StoreError> {
        let name = self.names.item(tenant, key);
        let (id, seconds) = (grant.to_string(), seconds.to_string());
        let mut from = String::new();
        for _ in 0..ATTEMPTS {
            let arguments = [id.clone(), seconds.clone(), from];
            let owner: String =
                self.link.run(&scripts::CLAIM, std::slice::from_ref(&name), &arguments).await?;
            if owner == id {
                return Ok(true);
            }
            // Left over by an issue that never took place, or taken.
            let other = self.names.grant(tenant, &record::grant_id(&owner, &name)?);
            let arguments = [key.to_string(), seconds.clone()];
            if !self.link.run::<bool>(&scripts::BAR, &[other], &arguments).await? {
                return Ok(false);
            }
            from = owner;
        }
        Ok(false)
    }
}
