//! The two clients.

use oauth_core::{
    model::{Client, Introspects, Secret, SecretHash, Tenant},
    store::{ClientRegistry, StoreError},
};

/// Registers the page in the browser (public) and a backend (confidential, which may introspect),
/// unless they are registered already.
///
/// # Errors
/// If a client is not sound, or the store cannot keep it.
pub async fn register_clients(
    store: &impl ClientRegistry,
) -> Result<(), Box<dyn std::error::Error>> {
    let page = Client::public("page")
        .name("Quickstart page")
        .redirect_uri("http://127.0.0.1:3000/")
        .scope("photos:read offline_access")
        .build()?;
    let secret = SecretHash::of_generated(&Secret::new("backend-secret-0123456789abcdef"));
    let backend = Client::confidential("backend", secret)
        .name("Quickstart backend")
        .grant_types(["client_credentials"])
        .scope("photos:read")
        .introspects(Introspects::Any)
        .build()?;
    for client in [page, backend] {
        match store.register(&Tenant::default(), &client).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
