//! The connection to one server.

use std::sync::{Arc, PoisonError, RwLock};

use redis::{
    Client, Cmd, RedisError, RedisResult, Value,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

/// A connection to one server that comes back by itself. Clones share it.
///
/// The manager connects again when a connection is cut. One whose other end has gone without a word
/// is never cut, and all calls would go on waiting for it: so it is left once an answer does not come
/// in time.
#[derive(Clone)]
pub(crate) struct Single(Arc<Shared>);

struct Shared {
    /// The connection, and how many were left before it.
    current: RwLock<(u64, ConnectionManager)>,
    /// What another is made of; nothing if it is the application's own.
    made_of: Option<(Client, ConnectionManagerConfig)>,
}

impl Single {
    /// One that connects when it is needed.
    pub(crate) fn new(client: Client, config: ConnectionManagerConfig) -> RedisResult<Self> {
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config.clone())?;
        let current = RwLock::new((0, manager));
        Ok(Self(Arc::new(Shared { current, made_of: Some((client, config)) })))
    }

    /// The application's own.
    pub(crate) fn of(manager: ConnectionManager) -> Self {
        Self(Arc::new(Shared { current: RwLock::new((0, manager)), made_of: None }))
    }

    /// Sends a command.
    pub(crate) async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        let (left, mut manager) =
            self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        let told = command.query_async(&mut manager).await;
        if told.as_ref().is_err_and(RedisError::is_timeout) {
            self.leave(left);
        }
        told
    }

    /// Leaves the connection, unless somebody else did.
    fn leave(&self, left: u64) {
        let Some((client, config)) = &self.0.made_of else { return };
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.0 == left
            && let Ok(manager) =
                ConnectionManager::new_lazy_with_config(client.clone(), config.clone())
        {
            *current = (left + 1, manager);
        }
    }
}
