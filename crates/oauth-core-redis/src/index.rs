//! The grants of a client or a subject, however many there are.

use std::pin::pin;

use futures_util::{Stream, TryStreamExt as _, future::try_join_all, stream::try_unfold};
use oauth_core::{
    clock::Timestamp,
    model::{ClientId, GrantId, Subject, Tenant},
    store::StoreError,
};
use redis::cmd;

use crate::{RedisStore, grants::named, record, scripts};

/// About how many grants are read at the same time.
const PAGE: usize = 1_000;

/// The client and the subject that a grant has to be of, where one is given.
pub(crate) type Whose<'a> = (Option<&'a ClientId>, Option<&'a Subject>);

impl RedisStore {
    /// The grants in a sorted set, page by page, so that the server answers others in between. What is
    /// there all the time is on a page; it may be on two.
    pub(crate) fn indexed(
        &self,
        name: &str,
    ) -> impl Stream<Item = Result<Vec<GrantId>, StoreError>> + Send {
        try_unfold(Some(0_u64), move |cursor| async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let mut scan = cmd("ZSCAN");
            scan.arg(name).arg(cursor).arg("COUNT").arg(PAGE);
            let (next, members): (u64, Vec<(String, String)>) = self.link.call(&scan).await?;
            let ids = members.iter().map(|(id, _)| record::grant_id(id, name));
            Ok(Some((ids.collect::<Result<_, _>>()?, (next != 0).then_some(next))))
        })
    }

    /// Revokes those of the grants in a sorted set that are whose they have to be.
    pub(crate) async fn revoke_indexed(
        &self,
        tenant: &Tenant,
        name: &str,
        whose: Whose<'_>,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut ended = 0;
        let mut pages = pin!(self.indexed(name));
        while let Some(ids) = pages.try_next().await? {
            ended += self.revoke_grants(tenant, &ids, whose, at).await?;
        }
        Ok(ended)
    }

    /// Revokes those of the grants that are whose they have to be.
    pub(crate) async fn revoke_grants(
        &self,
        tenant: &Tenant,
        ids: &[GrantId],
        (client_id, subject): Whose<'_>,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let arguments = [at.unix().to_string(), named(client_id), named(subject)];
        let names: Vec<_> = ids.iter().map(|id| self.names.grant(tenant, id)).collect();
        let ended = names
            .chunks(self.link.together())
            .map(|names| self.link.run::<u64>(&scripts::REVOKE, names, &arguments));
        Ok(try_join_all(ended).await?.into_iter().sum())
    }
}
