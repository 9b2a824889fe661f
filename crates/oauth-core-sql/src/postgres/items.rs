//! Items as arrays, one for each column.

use oauth_core::{model::Issued, store::StoreError};
use sqlx::{Postgres, postgres::PgArguments, query::Query};

use crate::record;

pub(super) struct Items<'a> {
    keys: Vec<&'a [u8]>,
    grants: Vec<&'a [u8]>,
    artefacts: Vec<String>,
    issued_at: Vec<i64>,
    expires_at: Vec<i64>,
    keep_until: Vec<i64>,
}

impl<'a> Items<'a> {
    pub(super) fn new(items: &'a [Issued]) -> Result<Self, StoreError> {
        Ok(Self {
            keys: items.iter().map(|item| &item.key.as_bytes()[..]).collect(),
            grants: items.iter().map(|item| &item.grant.as_bytes()[..]).collect(),
            artefacts: items
                .iter()
                .map(|item| record::json(&item.artefact))
                .collect::<Result<_, _>>()?,
            issued_at: items.iter().map(|item| item.issued_at.unix()).collect(),
            expires_at: items.iter().map(|item| item.expires_at.unix()).collect(),
            keep_until: items.iter().map(|item| item.keep_until().unix()).collect(),
        })
    }

    /// Binds the columns in the order of the statements.
    pub(super) fn bind<'q>(
        &self,
        query: Query<'q, Postgres, PgArguments>,
    ) -> Query<'q, Postgres, PgArguments> {
        query
            .bind(&self.keys)
            .bind(&self.grants)
            .bind(&self.artefacts)
            .bind(&self.issued_at)
            .bind(&self.expires_at)
            .bind(&self.keep_until)
    }
}
