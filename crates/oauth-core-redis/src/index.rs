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

/// How many grants are read at the same time.
const PAGE: usize = 1_000;

/// The client and the subject that a grant has to be of, where one is given.
pub(crate) type Whose<'a> = (Option<&'a ClientId>, Option<&'a Subject>);

impl RedisStore {
    /// The grants in a sorted set, page by page, so that the server answers others in between. Upwards by
    /// their end, which any server understands, also one that took over meanwhile, and which only grows:
    /// what is moved or added is still to come, and what is on two pages does no harm.
    pub(crate) fn indexed(
        &self,
        name: &str,
    ) -> impl Stream<Item = Result<Vec<GrantId>, StoreError>> + Send {
        let begin = ("-inf".to_owned(), PAGE);
        try_unfold(Some(begin), move |next| async move {
            let Some((from, limit)) = next else { return Ok(None) };
            let mut range = cmd("ZRANGEBYSCORE");
            range.arg(name).arg(&from).arg("+inf").arg("WITHSCORES").arg("LIMIT").arg(0).arg(limit);
            let members: Vec<(String, f64)> = self.link.call(&range).await?;
            let ids = members.iter().map(|(id, _)| record::grant_id(id, name));
            let ids = ids.collect::<Result<Vec<_>, _>>()?;
            let last = members.last().filter(|_| members.len() >= limit);
            let next = last.map(|(_, end)| {
                let last = end.to_string();
                // A whole page of one end: the next has to be longer to get beyond it.
                let limit = if last == from { limit * 2 } else { PAGE };
                (last, limit)
            });
            Ok(Some((ids, next)))
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
