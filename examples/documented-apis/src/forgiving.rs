//! What software that was written from the document of the workspaces is forgiven, the
//! applications included that people register by themselves.

use std::sync::Arc;

use async_trait::async_trait;
use oauth_core::{
    model::{Client, ClientId, Dialect, Subject, Tenant},
    store::{ClientRegistry, ClientStore, StoreError},
};

use crate::Store;

/// How the document has applications speak: `grant_type=code`, `scope=*`, and a form that does not
/// say that it is one.
pub(crate) fn documented(dialect: &mut Dialect) {
    let (code, meant) = ("code".to_owned(), "authorization_code".to_owned());
    dialect.grant_type_aliases.insert(code, meant);
    dialect.form_without_content_type = true;
    dialect.wildcard_scope = true;
}

/// A registry that forgives every new application that. Those that keep a secret may leave PKCE
/// out, too; passwords and the implicit grant are for applications that the operator registers.
#[derive(Clone, Debug)]
pub(crate) struct Forgiving {
    store: Arc<dyn Store>,
}

impl Forgiving {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ClientStore for Forgiving {
    async fn find(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        ClientStore::find(&self.store, tenant, client_id).await
    }
}

#[async_trait]
impl ClientRegistry for Forgiving {
    async fn register(&self, tenant: &Tenant, client: &Client) -> Result<(), StoreError> {
        let mut client = client.clone();
        documented(&mut client.dialect);
        client.dialect.dangerous_pkce_optional = !client.is_public();
        self.store.register(tenant, &client).await
    }

    async fn replace(
        &self,
        tenant: &Tenant,
        seen: &Client,
        next: &Client,
    ) -> Result<bool, StoreError> {
        self.store.replace(tenant, seen, next).await
    }

    async fn remove(&self, tenant: &Tenant, client_id: &ClientId) -> Result<bool, StoreError> {
        self.store.remove(tenant, client_id).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        owner: Option<&Subject>,
        after: Option<&ClientId>,
        limit: u32,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        self.store.list(tenant, owner, after, limit).await
    }
}
