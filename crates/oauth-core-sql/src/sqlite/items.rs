//! Items as three values, however many there are.

use oauth_core::{model::Issued, store::StoreError};

use super::values::Values;
use crate::record;

pub(super) struct Items {
    keys: Vec<u8>,
    grants: Vec<u8>,
    rest: String,
}

impl Items {
    pub(super) fn new(items: &[Issued]) -> Result<Self, StoreError> {
        let rest = items.iter().map(|item| {
            let artefact = record::json(&item.artefact)?;
            Ok((artefact, item.issued_at, item.expires_at, item.keep_until()))
        });
        Ok(Self {
            keys: items.iter().flat_map(|item| item.key.as_bytes()).copied().collect(),
            grants: items.iter().flat_map(|item| item.grant.as_bytes()).copied().collect(),
            rest: record::json(&rest.collect::<Result<Vec<_>, StoreError>>()?)?,
        })
    }

    /// Binds them in the order of [`ADD_ITEMS`](super::statements::ADD_ITEMS).
    pub(super) fn bind(self, values: Values) -> Values {
        values.bind(self.keys).bind(self.grants).bind(self.rest)
    }
}
