//! The connection to one server.

use std::sync::{Arc, PoisonError, RwLock};

use redis::{
    Client, Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

/// A connection to one server that comes back by itself. Clones share it.
///
/// The manager connects again when a connection is cut. One whose other end has gone without a word
/// is never cut, and all calls would go on waiting for it: so it is left once an answer does not come
/// in time. Nor need one be cut to a server that has become a replica, while its address leads to
/// another by now: it is left once that refuses to write.
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
        if told.as_ref().is_err_and(|error| error.is_timeout() || is_read_only(error)) {
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

/// Whether the server only reads. Before version 7 the error of a command is in the middle of that of the
/// script.
fn is_read_only(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
        || error.detail().is_some_and(|detail| detail.contains("READONLY"))
}
