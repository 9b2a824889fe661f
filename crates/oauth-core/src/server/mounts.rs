//! What adapters mount.

use super::{Mount, ResourceServer};
use crate::{AuthorizationServer, guard::Guard};

/// Something that an application serves and guards with: an [`AuthorizationServer`], or a
/// [`ResourceServer`] whose authorization server is elsewhere.
pub trait Mounts: Clone + Send + Sync + 'static {
    /// The paths, and what answers there.
    fn mounts(&self) -> Vec<Mount>;

    /// What checks the tokens of requests.
    fn guard(&self) -> Guard;
}

impl Mounts for AuthorizationServer {
    fn mounts(&self) -> Vec<Mount> {
        Self::mounts(self)
    }

    fn guard(&self) -> Guard {
        Self::guard(self)
    }
}

impl Mounts for ResourceServer {
    fn mounts(&self) -> Vec<Mount> {
        Self::mounts(self)
    }

    fn guard(&self) -> Guard {
        Self::guard(self)
    }
}
