//! Every store role over redb, an embedded key-value database.
//!
//! The one idea: **a verb is a transaction**. redb lets one writer in at a time, and what is not
//! committed never was. So a verb may read, test and write in plain sequence, as if it were alone,
//! and to refuse it just leaves. The same steps in two transactions would be a hole: between them
//! another request could spend the same code.

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use async_trait::async_trait;
use oauth_core::{
    clock::Timestamp,
    model::{Client, ClientId, Digest, Grant, GrantId, Issued, Subject, Tenant},
    store::{
        ClientRegistry, ClientStore, Exchange, Found, GrantStore, Revoke, Spend, Spent, StoreError,
    },
};
use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::task::spawn_blocking;

/// A tenant and a name in it. A pair, not one string: `a:b` and `c` are never `a` and `b:c`.
type Key = (&'static str, &'static [u8]);
type Json = &'static [u8];
type ReadOnly = ReadOnlyTable<Key, Json>;

const CLIENTS: TableDefinition<'_, Key, Json> = TableDefinition::new("clients");
const GRANTS: TableDefinition<'_, Key, Json> = TableDefinition::new("grants");
const ITEMS: TableDefinition<'_, Key, Json> = TableDefinition::new("items");

/// A grant, as it is kept: by its id.
#[derive(Serialize, Deserialize)]
struct Allowed {
    grant: Grant,
    revoked_at: Option<Timestamp>,
}

/// A code or a token, as it is kept: by its digest, so that a stolen file opens nothing.
#[derive(Serialize, Deserialize)]
struct Item {
    issued: Issued,
    spent: Option<Spent>,
    revoked_at: Option<Timestamp>,
}

/// Plays every store role in one redb database; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct RedbStore(Arc<Database>);

impl RedbStore {
    /// Keeps everything in this database, and adds the tables that it lacks.
    pub(crate) fn new(database: Database) -> Result<Self, redb::Error> {
        let transaction = database.begin_write()?;
        for table in [CLIENTS, GRANTS, ITEMS] {
            transaction.open_table(table)?;
        }
        transaction.commit()?;
        Ok(Self(Arc::new(database)))
    }

    /// `work` sees one moment: the grant that it reads goes with the item that it reads.
    async fn read<T: Send + 'static>(
        &self,
        tenant: &Tenant,
        work: impl FnOnce(Tables<'_, ReadOnly>) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (database, tenant) = (Arc::clone(&self.0), tenant.clone());
        on_a_thread(move || {
            let transaction = database.begin_read()?;
            work(Tables::open(&tenant, |table| transaction.open_table(table))?)
        })
        .await
    }

    /// What `work` writes is on the disk, all of it, when this returns `Ok`; else nothing of it is.
    async fn write<T: Send + 'static>(
        &self,
        tenant: &Tenant,
        work: impl FnOnce(Tables<'_, Table<'_, Key, Json>>) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (database, tenant) = (Arc::clone(&self.0), tenant.clone());
        on_a_thread(move || {
            let transaction = database.begin_write()?;
            // Where `?` leaves, the transaction is dropped, and with it what `work` had written.
            let done = work(Tables::open(&tenant, |table| transaction.open_table(table))?)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }
}

/// redb waits for the disk, and for its turn to write; an async worker must not. The thread also
/// makes every verb safe to cancel: where a future is dropped because its client hung up, the
/// thread still finishes what it began.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.map_err(StoreError::unavailable)?.map_err(|Failed(error)| error)
}

/// Ends a transaction without a trace. `?` makes one of every error of redb.
struct Failed(StoreError);

impl<E: Into<redb::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(match error.into() {
            error @ redb::Error::Corrupted(_) => StoreError::corrupt(error),
            error => StoreError::unavailable(error),
        })
    }
}

/// A tenant's records, and no other's, as one transaction sees them.
struct Tables<'t, T> {
    clients: Records<'t, T>,
    grants: Records<'t, T>,
    items: Records<'t, T>,
}

impl<'t, T> Tables<'t, T> {
    fn open(
        tenant: &'t Tenant,
        open: impl Fn(TableDefinition<'static, Key, Json>) -> Result<T, TableError>,
    ) -> Result<Self, TableError> {
        let records = |table| open(table).map(|table| Records(table, tenant));
        Ok(Self { clients: records(CLIENTS)?, grants: records(GRANTS)?, items: records(ITEMS)? })
    }
}

/// One of the tables, and the tenant whose records are meant.
struct Records<'t, T>(T, &'t Tenant);

impl<T: ReadableTable<Key, Json>> Records<'_, T> {
    fn get<R: DeserializeOwned>(&self, name: impl AsRef<[u8]>) -> Result<Option<R>, Failed> {
        let Self(table, tenant) = self;
        table.get((tenant.as_str(), name.as_ref()))?.map(|json| parse(json.value())).transpose()
    }

    /// The records that are wanted, in the order of their names.
    ///
    /// Whatever is asked for by anything but its name reads all records of the tenant, and `purge`
    /// those of all tenants. That does for some thousands. A store that is meant for more keeps
    /// indexes for revoking, listing and purging; the migrations of `oauth-core-sql` show which.
    fn scan<R: DeserializeOwned>(&self, wanted: impl Fn(&R) -> bool) -> Result<Vec<R>, Failed> {
        let Self(table, tenant) = self;
        let mut records = Vec::new();
        for entry in table.range((tenant.as_str(), [].as_slice())..)? {
            let (key, json) = entry?;
            if key.value().0 != tenant.as_str() {
                break;
            }
            records.extend(Some(parse(json.value())?).filter(&wanted));
        }
        Ok(records)
    }

    /// One of these items with its grant, as the server wants to see it.
    fn find(&self, digest: &Digest, grants: &Self) -> Result<Option<Found>, Failed> {
        let Some(item) = self.get::<Item>(digest.as_bytes())? else { return Ok(None) };
        // They come and go together: one without the other is damage.
        let lost = || Failed(StoreError::corrupt("the grant of an item is missing"));
        let allowed: Allowed = grants.get(item.issued.grant.as_bytes())?.ok_or_else(lost)?;
        Ok(Some(Found {
            issued: Arc::new(item.issued),
            grant: Arc::new(allowed.grant),
            spent: item.spent,
            revoked_at: [item.revoked_at, allowed.revoked_at].into_iter().flatten().min(),
        }))
    }
}

impl Records<'_, Table<'_, Key, Json>> {
    fn put(&mut self, name: impl AsRef<[u8]>, record: &impl Serialize) -> Result<(), Failed> {
        let json = serde_json::to_vec(record).map_err(|e| Failed(StoreError::corrupt(e)))?;
        self.0.insert((self.1.as_str(), name.as_ref()), json.as_slice())?;
        Ok(())
    }

    /// As `put`, where there must be none before.
    fn add(&mut self, name: impl AsRef<[u8]>, record: &impl Serialize) -> Result<(), Failed> {
        let taken = self.0.get((self.1.as_str(), name.as_ref()))?.is_some();
        if taken { Err(Failed(StoreError::Conflict)) } else { self.put(name, record) }
    }

    fn add_items(&mut self, items: Vec<Issued>) -> Result<(), Failed> {
        items.into_iter().try_for_each(|issued| {
            let digest = issued.key;
            self.add(digest.as_bytes(), &Item { issued, spent: None, revoked_at: None })
        })
    }

    fn remove(&mut self, name: impl AsRef<[u8]>) -> Result<bool, Failed> {
        Ok(self.0.remove((self.1.as_str(), name.as_ref()))?.is_some())
    }
}

fn parse<R: DeserializeOwned>(json: &[u8]) -> Result<R, Failed> {
    serde_json::from_slice(json).map_err(|error| Failed(StoreError::corrupt(error)))
}

#[async_trait]
impl GrantStore for RedbStore {
    /// Atomic, because a grant without its items would be listed as allowed and be good for
    /// nothing, and items without their grant could not be revoked.
    async fn issue(
        &self,
        tenant: &Tenant,
        grant: &Grant,
        items: &[Issued],
    ) -> Result<(), StoreError> {
        let items = items.to_vec();
        let allowed = Allowed { grant: grant.clone(), revoked_at: None };
        self.write(tenant, move |mut t| {
            t.grants.add(allowed.grant.id.as_bytes(), &allowed)?;
            t.items.add_items(items)
        })
        .await
    }

    async fn find(&self, tenant: &Tenant, digest: &Digest) -> Result<Option<Found>, StoreError> {
        let digest = *digest;
        self.read(tenant, move |t| t.items.find(&digest, &t.grants)).await
    }

    /// Atomic, because of two who present one code at the same moment only one may get tokens, and
    /// because a code that is spent for nothing would send an honest user back to the sign-in page.
    /// Nobody else writes from the first line to the last, so to test first and spend later leaves
    /// no gap. The grant is read in here, too: a revocation is either seen, or it comes after and
    /// ends the new items with their grant.
    async fn exchange(
        &self,
        tenant: &Tenant,
        digest: &Digest,
        spend: &Spend,
        items: &[Issued],
        at: Timestamp,
    ) -> Result<Exchange, StoreError> {
        let (digest, spend, new) = (*digest, *spend, items.to_vec());
        self.write(tenant, move |Tables { mut items, grants, .. }| {
            let Some(found) = items.find(&digest, &grants)? else { return Ok(Exchange::Unknown) };
            // The table of conditions is the same for every store. What is revoked never meets it.
            let spent = match found.spend(&spend, at) {
                Ok(spent) => spent,
                Err(refused) => return Ok(refused),
            };
            let mut issued = Arc::unwrap_or_clone(found.issued);
            if let Spend::Keep { expires_at } = spend {
                issued.expires_at = expires_at;
            }
            items.put(digest.as_bytes(), &Item { issued, spent, revoked_at: None })?;
            if let Spend::Once { predecessor: Some(digest), .. } = spend
                && let Some(mut item) = items.get::<Item>(digest.as_bytes())?
            {
                item.spent = item.spent.map(|spent| Spent { successor_nonce: None, ..spent });
                items.put(digest.as_bytes(), &item)?;
            }
            items.add_items(new)?;
            Ok(Exchange::Done)
        })
        .await
    }

    /// Atomic, because "sign out everywhere" that ends half of everything is worse than an error:
    /// whoever asked believes that it is done. Items need no mark of their own, they end with their
    /// grant.
    async fn revoke(
        &self,
        tenant: &Tenant,
        what: &Revoke,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let what = what.clone();
        self.write(tenant, move |Tables { mut items, mut grants, .. }| {
            if let Revoke::Token(digest) = what {
                let item: Option<Item> = items.get(digest.as_bytes())?;
                let Some(item) = item.filter(|i| i.revoked_at.is_none()) else { return Ok(0) };
                items.put(digest.as_bytes(), &Item { revoked_at: Some(at), ..item })?;
                return Ok(1);
            }
            let named = |Grant { id, client_id, subject, .. }: &Grant| match &what {
                Revoke::Token(_) => false,
                Revoke::Grant(what) => id == what,
                Revoke::Client(what) => client_id == what,
                Revoke::Subject(what) => subject.as_ref() == Some(what),
                Revoke::SubjectClient(s, c) => subject.as_ref() == Some(s) && client_id == c,
            };
            let live = grants.scan(|a: &Allowed| a.revoked_at.is_none() && named(&a.grant))?;
            for Allowed { grant, .. } in &live {
                let revoked = Allowed { grant: grant.clone(), revoked_at: Some(at) };
                grants.put(grant.id.as_bytes(), &revoked)?;
            }
            Ok(live.len() as u64)
        })
        .await
    }

    async fn grants(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let subject = Some(subject.clone());
        self.read(tenant, move |t| {
            let live = |a: &Allowed| a.revoked_at.is_none() && a.grant.expires_at > at;
            let own = t.grants.scan(|a: &Allowed| a.grant.subject == subject && live(a))?;
            let mut grants: Vec<_> = own.into_iter().map(|allowed| allowed.grant).collect();
            grants.sort_by_key(|grant| Reverse((grant.created_at, grant.id)));
            Ok(grants)
        })
        .await
    }

    /// Atomic, because an item that is added between the look and the removal would lose its grant.
    /// What cannot be read is left for whoever looks into the damage.
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.write(&Tenant::default(), move |t| {
            // The tables as such, and with them all tenants.
            let (Records(mut items, _), Records(mut grants, _)) = (t.items, t.grants);
            let over = |item: Item| item.issued.keep_until() < before;
            let old = items.extract_if(|_, json| parse(json).is_ok_and(over))?;
            let mut old = old.take(limit as usize);
            let gone = old.try_fold(0, |n, entry| entry.map(|_| n + 1))?;
            drop(old);

            let mut used = HashSet::new();
            for entry in items.iter()? {
                let (key, json) = entry?;
                let grant = parse(json.value()).map(|item: Item| item.issued.grant);
                used.extend(grant.map(|id| (key.value().0.to_owned(), id)));
            }
            let over = |tenant: &str, Allowed { grant, .. }: Allowed| {
                grant.expires_at < before && !used.contains(&(tenant.to_owned(), grant.id))
            };
            let old = grants.extract_if(|(of, _), json| parse(json).is_ok_and(|a| over(of, a)))?;
            let mut old = old.take((limit - gone) as usize);
            Ok(old.try_fold(gone, |n, entry| entry.map(|_| n + 1))?)
        })
        .await
    }
}

#[async_trait]
impl ClientStore for RedbStore {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let id = client_id.clone();
        self.read(tenant, move |t| Ok(t.clients.get(id.as_str())?.map(Arc::new))).await
    }
}

#[async_trait]
impl ClientRegistry for RedbStore {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        let client = client.clone();
        self.write(tenant, move |mut t| t.clients.add(client.client_id.as_str(), &client)).await
    }

    /// Atomic, because a client that is removed or disabled meanwhile must stay so.
    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        let (seen, next) = (seen.clone(), next.clone());
        self.write(tenant, move |Tables { mut clients, .. }| {
            let unchanged = clients.get(next.client_id.as_str())? == Some(seen);
            if unchanged {
                clients.put(next.client_id.as_str(), &next)?;
            }
            Ok(unchanged)
        })
        .await
    }

    /// Atomic, because tokens that outlive their client would be nobody's to revoke.
    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        let id = client_id.clone();
        self.write(tenant, move |Tables { mut clients, mut grants, mut items }| {
            let given = grants.scan(|allowed: &Allowed| allowed.grant.client_id == id)?;
            let given: HashSet<GrantId> = given.iter().map(|allowed| allowed.grant.id).collect();
            for item in items.scan(|item: &Item| given.contains(&item.issued.grant))? {
                items.remove(item.issued.key.as_bytes())?;
            }
            for grant in given {
                grants.remove(grant.as_bytes())?;
            }
            clients.remove(id.as_str())
        })
        .await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let (owner, after) = (owner.cloned(), after.cloned());
        self.read(tenant, move |t| {
            let owned = |client: &Client| owner.is_none() || client.owner == owner;
            let later = |client: &Client| Some(&client.client_id) > after.as_ref();
            let listed = t.clients.scan(|client| owned(client) && later(client))?;
            Ok(listed.into_iter().take(limit as usize).map(Arc::new).collect())
        })
        .await
    }
}

#[cfg(test)]
mod tests;
