//! The stores of [`oauth_core`] in Redis or Valkey.
//!
//! [`RedisStore`] plays every role of [`oauth_core::store`] (but that of the users) on one server, or
//! with the feature `cluster` on many, that any number of nodes share. Redis 6.2, Valkey 7.2 or newer.
//!
//! ```no_run
//! use oauth_core_redis::RedisStore;
//!
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! // Refuses a server that throws keys away when its memory is full.
//! let store = RedisStore::connect("redis://127.0.0.1:6379").await?;
//! store.ready().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What a verb costs
//! A verb that decides is one script, and the server runs one script at a time. Beside it, an item
//! that is added or looked for has a key of its own that says where its grant is, so finding one is
//! two commands, or one if this node has seen it before. Each command is bounded in time: an answer
//! that does not come is [`StoreError::Unavailable`](oauth_core::store::StoreError::Unavailable), and
//! nothing that may have run is sent again.
//!
//! The revocation of many grants is one script for each thousand of them, and in a cluster one for
//! each grant: when it has returned, all of them are over; if it fails or is dropped in between, some
//! are. Revoke again then. Removing a client ends its grants one after the other, and removes the
//! client last.
//!
//! # What is kept for how long
//! The server forgets by itself: every key expires when it is no longer needed, but clients, the list
//! of those that registered themselves, and signing keys, which stay until they are removed. So
//! [`purge`](oauth_core::store::GrantStore::purge) has nothing to do. Clients that registered themselves
//! and are not used are removed by a task even so (`purge_every` of the adapters). How long that is comes
//! from the caller's times; if the clock of a node is wrong by more than five minutes, things may be
//! forgotten too early by as much.
//!
//! The keys hold digests and no live credential, but they do hold who allowed what to whom: they are
//! personal data. The material of signing keys is a secret, unless the server was given a key to seal
//! it with: who reads it signs in your name. Give the server a password and TLS, and its files the
//! permissions of secrets.
//!
//! # What a crash or a failover loses
//! A Redis server answers before others know, and by default before the disk does. What is lost then is
//! not only what was issued, which makes a client sign in again. **That a code or refresh token was
//! spent is lost, too, and that a grant was revoked**: whoever stole one of these and saw it refused can
//! try again, and it is good.
//!
//! - Without `appendonly yes`, a crash loses everything since the last snapshot, minutes or hours.
//! - With `appendonly yes` and `appendfsync everysec` (the default), it loses up to about two seconds.
//! - With `appendfsync always`, it loses nothing that was answered; each write waits for the disk.
//! - Replicas are told later, whatever is set: a failover, by Sentinel, in a cluster or of a managed
//!   service, loses the writes of the last moments. `min-replicas-to-write` bounds how many moments
//!   these are, and no more than that.
//!
//! What the replica had been told is known when it has taken over. Until the address leads to it and
//! it takes writes, calls are [`StoreError::Unavailable`](oauth_core::store::StoreError::Unavailable);
//! then the store goes on by itself.
//!
//! Where that is too much to lose, keep grants, clients and keys in a database (`oauth-core-sql`) and
//! take Redis for what lives for minutes: as the [`ReplayStore`](oauth_core::store::ReplayStore). A
//! failover of Redis forgets no spent token and no revocation then, but that a client's assertion was
//! used in the last moments. Roles are chosen one by one.
//!
//! # Settings of the server
//! `maxmemory-policy noeviction`: any other throws away that a code was spent or a grant revoked when
//! the memory is full, and the server is refused. With `noeviction`, writes are refused then, and
//! requests answered with 503 until there is room. `appendonly yes`, as above. A user
//! of its own needs, on keys that begin with the prefix, `+eval +evalsha +@hash +@string +@sortedset
//! +@keyspace -@dangerous +info`; in a cluster `+cluster +asking`, too. The version of the driver that
//! connections have to be of is [`redis`].

mod claims;
mod clients;
#[cfg(feature = "cluster")]
mod cluster;
mod error;
mod exchange;
mod grants;
mod index;
mod keys;
mod link;
mod names;
mod options;
mod policy;
mod record;
mod replays;
mod scripts;
mod single;
mod store;
mod unused_clients;

pub use error::OpenError;
pub use options::RedisOptions;
pub use redis;
pub use store::RedisStore;
