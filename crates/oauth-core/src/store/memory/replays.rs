//! The replay role in memory.

use std::collections::{HashMap, hash_map::Entry};

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    clock::Timestamp,
    model::{Digest, Tenant},
    store::{ReplayStore, StoreError},
};

pub(super) type Replays = HashMap<(Tenant, Digest), Timestamp>;

#[async_trait]
impl ReplayStore for MemoryStore {
    async fn first_use(
        &self,
        tenant: &Tenant,
        key: &Digest,
        _at: Timestamp,
        keep_until: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(match self.replays().entry((tenant.clone(), *key)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(keep_until);
                true
            }
        })
    }

    async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut removed = 0;
        self.replays().retain(|_, keep_until| {
            let over = *keep_until < before && removed < limit;
            removed += u32::from(over);
            !over
        });
        Ok(removed)
    }
}
