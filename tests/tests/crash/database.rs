//! A database of the test's own.

use crate::{postgres::Postgres, redis::Redis};

pub(crate) enum Database {
    Postgres(Postgres),
    Redis(Redis),
}

impl Database {
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Postgres(server) => server.url(),
            Self::Redis(server) => server.url(),
        }
    }

    /// SIGKILL, and then up again.
    pub(crate) async fn crash(&mut self) {
        match self {
            Self::Postgres(server) => {
                server.kill();
                server.start().await;
            }
            Self::Redis(server) => {
                server.kill();
                server.start().await;
            }
        }
    }
}
