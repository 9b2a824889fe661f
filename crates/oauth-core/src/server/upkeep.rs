//! What a running server needs from its host now and then: a purge, and to be asked how it is.

use std::{future::poll_fn, sync::Arc, task::Poll};

use super::{AuthorizationServer, Inner, site::Site};
use crate::{
    clock::Timestamp,
    context::Context,
    error::Error,
    events::Event,
    model::{ClientId, Digest},
    store::StoreError,
};

/// By how many seconds the clocks of two nodes may differ before one purges what the other still
/// takes for good.
const CLOCK_DIFFERENCE: u32 = 60;

impl AuthorizationServer {
    /// Removes what is over and no longer needed to recognise a replay, and clients that registered
    /// themselves and are unused, `batch` records at a time,
    /// until nothing is left or `deadline` seconds have passed by the server's clock. Returns how
    /// many records were removed. Any number of nodes may do so at the same time. Of many servers,
    /// those that are in use are purged, each within the deadline; if the store of one fails, the others
    /// are purged all the same.
    ///
    /// The adapters have a future to spawn that does this regularly, `purge_every`.
    ///
    /// # Errors
    /// [`Error::Store`] if a store fails, which the operator hears; what was removed stays removed.
    pub async fn purge_expired(&self, batch: u32, deadline: u32) -> Result<u64, Error> {
        let (mut removed, mut failed) = (0, None);
        for site in self.sites() {
            let context = Context::new(site.parts(), "purge", None);
            let deadline = context.now().plus(deadline);
            let purged = purge(&context, batch.max(1), deadline).await;
            match purged {
                Ok(0) => {}
                Ok(count) => {
                    context.record(&Event::Purged { count });
                    removed += count;
                }
                Err(error) => {
                    context.store_failed(&error);
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(removed), |error| Err(error.into()))
    }

    /// Whether the stores answer, for the host's own health endpoint: those of clients and of grants
    /// are asked for something that is not there, that of signing keys for its keys. The
    /// [replay store](super::ServerBuilder::replay_store) is not asked, if that is another one. The
    /// shipped stores have a `ready` of their own that looks closer. Of many servers, those that are in
    /// use are asked.
    ///
    /// # Errors
    /// [`Error::Store`] if a store does not answer.
    pub async fn ready(&self) -> Result<(), Error> {
        for site in self.sites() {
            let context = Context::new(site.parts(), "ready", None);
            let nobody = ClientId::from(" ");
            context.clients().find(context.tenant(), &nobody).await?;
            context.grants().find(context.tenant(), &Digest::from_bytes([0; 32])).await?;
            if let Some(keys) = &context.parts().keys {
                keys.ready().await?;
            }
        }
        Ok(())
    }

    /// This server, or those of many that are in use.
    fn sites(&self) -> Vec<Arc<Site>> {
        match &self.inner {
            Inner::One(site) => vec![Arc::clone(site)],
            Inner::Many(tenants) => tenants.in_use(),
        }
    }
}

async fn purge(context: &Context, batch: u32, deadline: Timestamp) -> Result<u64, StoreError> {
    let mut total = 0;
    let self_registered = context.parts().self_registered.as_ref();
    let (mut grants, mut replays, mut clients) =
        (true, context.parts().replays.is_some(), self_registered.is_some());
    while grants || replays || clients {
        let now = context.renewed().now();
        if now >= deadline {
            break;
        }
        let before = now.minus(CLOCK_DIFFERENCE);
        if grants {
            let removed = context.grants().purge(before, batch).await?;
            grants = removed >= batch;
            total += u64::from(removed);
        }
        if let Some(store) = context.parts().replays.as_ref().filter(|_| replays) {
            let removed = store.forget(before, batch).await?;
            replays = removed >= batch;
            total += u64::from(removed);
        }
        // Their grants are gone before them.
        if let Some(registry) = self_registered.filter(|_| clients && !grants) {
            let removed = registry.remove_unused_clients(before, batch).await?;
            clients = removed >= batch;
            total += u64::from(removed);
        }
        let_others_go_first().await;
    }
    Ok(total)
}

/// A store in memory never waits, so without this nobody else would run between two batches.
async fn let_others_go_first() {
    let mut asked = false;
    poll_fn(|task| {
        if asked {
            return Poll::Ready(());
        }
        asked = true;
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
