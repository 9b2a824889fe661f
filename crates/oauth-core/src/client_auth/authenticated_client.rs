//! The proof that a client is who it says.

use std::sync::Arc;

use crate::model::Client;

/// A client that has proven who it is (or that is public and has said so). Only client
/// authentication makes one; whatever acts in a client's name asks for it.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient(Arc<Client>);

impl AuthenticatedClient {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self(client)
    }
}

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}
