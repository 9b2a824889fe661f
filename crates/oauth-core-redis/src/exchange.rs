//! Spending a key for items: the claims, and then one script.

use oauth_core::{
    clock::Timestamp,
    model::{Digest, GrantId, Issued, Tenant},
    store::{Exchange, Spend, StoreError},
};
use redis::cmd;

use crate::{
    RedisStore,
    record::{self, State},
    scripts,
};

impl RedisStore {
    /// Spends `key` under the grant if it is live, and adds `items` then; else says why not.
    pub(crate) async fn exchange_under(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        (key, spend): (&Digest, &Spend),
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        let mut end = items.iter().map(Issued::keep_until).max().unwrap_or(at);
        let (way, [first, second, wiped]) = match spend {
            Spend::Once { successor_nonce, predecessor } => {
                let wiped = predecessor.as_ref().map(Digest::to_string).unwrap_or_default();
                ("once", [record::nonce_text(*successor_nonce), String::new(), wiped])
            }
            Spend::Again { since, retries } => {
                ("again", [since.unix().to_string(), retries.to_string(), String::new()])
            }
            Spend::Keep { expires_at } => {
                let Some(kept) = self.kept(tenant, grant, key).await? else {
                    return Ok(Exchange::Unknown);
                };
                // What is kept for how long after its expiry stays the same.
                let longer = kept.keep_until.unix().saturating_sub(kept.expires_at.unix());
                let keep_until = expires_at.unix().saturating_add(longer);
                end = end.max(Timestamp::from_unix(keep_until));
                self.claim(tenant, grant, key, record::seconds(at, end)).await?;
                ("keep", [expires_at.unix().to_string(), keep_until.to_string(), String::new()])
            }
        };
        let records = items.iter().map(record::item);
        let records = records.collect::<Result<Vec<_>, _>>()?;
        let claimed = self.claim_all(tenant, grant, items, at).await?;
        let mut arguments = vec![
            key.to_string(),
            way.to_owned(),
            at.unix().to_string(),
            first,
            second,
            wiped,
            if claimed { String::new() } else { "taken".to_owned() },
            record::seconds(at, end).to_string(),
            record::over(at).to_string(),
        ];
        arguments.extend(records.into_iter().flatten());
        let keys = [self.names.grant(tenant, grant), self.names.due(tenant, grant)];
        let told: String = self.link.run(&scripts::EXCHANGE, &keys, &arguments).await?;
        match told.as_str() {
            "done" => Ok(Exchange::Done),
            "spent" => Ok(Exchange::AlreadySpent),
            "revoked" => Ok(Exchange::Revoked),
            "expired" => Ok(Exchange::Expired),
            "unknown" => Ok(Exchange::Unknown),
            "conflict" => Err(StoreError::Conflict),
            _ => Err(record::unreadable(&keys[0], "the state of an item")),
        }
    }

    async fn kept(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        key: &Digest,
    ) -> Result<Option<State>, StoreError> {
        let name = self.names.grant(tenant, grant);
        let get = cmd("HGET").arg(&name).arg(format!("s{key}")).to_owned();
        let state: Option<String> = self.link.call(&get).await?;
        Ok(state.map(|state| State::parse(&state, &name)).transpose()?.flatten())
    }
}
