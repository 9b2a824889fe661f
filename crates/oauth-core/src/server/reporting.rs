//! Tells an operator what a verifier finds out.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;

use crate::{
    clock::{Clock as _, SystemClock},
    events::{self, Event, Events, Occasion},
    guard::{Access, Denied, Guarded, TokenVerifier},
    model::{Issuer, ResourceId},
    store::StoreError,
};

/// A verifier that knows nothing of events, and who hears them, at the time of the system. Whoever sends
/// a token is told only that it cannot be checked.
#[derive(Debug)]
pub(super) struct Reporting {
    pub(super) verifier: Arc<dyn TokenVerifier>,
    pub(super) issuer: Issuer,
    pub(super) events: Arc<dyn Events>,
}

impl Reporting {
    fn record(&self, request: &Guarded<'_>, event: &Event<'_>) {
        let (at, issuer, peer) = (SystemClock.now(), &self.issuer, request.peer);
        let occasion = Occasion { at, issuer, endpoint: "guard", peer };
        events::tell(&*self.events, &occasion, event);
    }
}

#[async_trait]
impl TokenVerifier for Reporting {
    async fn verify(
        &self,
        token: &str,
        request: &Guarded<'_>,
    ) -> Result<Option<Access>, StoreError> {
        let found = self.verifier.verify(token, request).await;
        if let Err(error) = &found {
            self.record(request, &Event::StoreFailed { error });
        }
        found
    }

    async fn accepts(&self, known: &Access, request: &Guarded<'_>) -> bool {
        self.verifier.accepts(known, request).await
    }

    fn reads_paths(&self) -> bool {
        self.verifier.reads_paths()
    }

    async fn denied(&self, why: Denied<'_>, request: &Guarded<'_>) {
        self.record(request, &why.event());
        self.verifier.denied(why, request).await;
    }

    fn realm(&self, request: &Guarded<'_>) -> Cow<'_, str> {
        self.verifier.realm(request)
    }

    async fn described(&self, request: &Guarded<'_>) -> Arc<[ResourceId]> {
        self.verifier.described(request).await
    }
}
