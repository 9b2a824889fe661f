//! From the configuration to a server.

use std::{error::Error, sync::Arc};

use oauth_core::{
    AuthorizationServer,
    client_auth::PrivateKeyJwt,
    client_documents::ClientDocuments,
    endpoint::registration::Registration,
    keys::RotatingKeys,
    model::{Client, Introspects, Resource, Scope, Secret, SecretHash, Tenant},
    store::{ClientStore, GrantStore, KeyStore, ReplayStore, StoreError, UnusedClients},
    throttle::Unthrottled,
};
use oauth_core_fetch::{GuardedFetch, InvalidFetch};
use oauth_core_pages::{Applications, Pages};

use crate::{
    config::{Config, RegisteredClient},
    users::ConfiguredUsers,
};

/// Registers the clients and joins the parts.
pub(crate) async fn build<S>(
    config: &Config,
    store: S,
) -> Result<AuthorizationServer, Box<dyn Error>>
where
    S: GrantStore + UnusedClients + ReplayStore + KeyStore + Clone,
{
    let (mut scopes, mut password, mut implicit) = (Scope::default(), false, false);
    for registered in &config.clients {
        let client = client(config, registered)
            .map_err(|error| format!("client {}: {error}", registered.client_id))?;
        scopes = scopes.union(&client.scope);
        password |= client.dialect.dangerous_password_grant;
        implicit |= client.dialect.dangerous_implicit_grant;
        let tenant = Tenant::default();
        match ClientStore::find(&store, &tenant, &client.client_id).await? {
            // Another node, started at the same time, may be faster.
            Some(known) => drop(store.replace(&tenant, &known, &client).await?),
            None => match store.register(&tenant, &client).await {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            },
        }
    }
    let users = Arc::new(ConfiguredUsers::new(&config.users).await?);
    let mut builder = AuthorizationServer::builder(&config.issuer, store.clone(), store.clone())
        .replay_store(store.clone())
        .signing_keys(RotatingKeys::new(store.clone()))
        .access_token_format(config.access_token_format);
    // What gives up a protection is there only where the configuration has a client for it.
    if password {
        builder = builder.dangerous_password_grant(Arc::clone(&users));
    }
    if implicit {
        builder = builder.dangerous_implicit_grant();
    }
    for resource in &config.resources {
        let own = Scope::parse(&resource.scopes.join(" "))?;
        scopes = scopes.union(&own);
        let mut own = Resource::new(resource.identifier.clone()).scopes(own);
        if let Some(format) = resource.access_token_format {
            own = own.access_token_format(format);
        }
        builder = builder.resource(own);
    }
    for origin in &config.browser_origins {
        builder = builder.browser_origin(origin);
    }
    if !config.development.throttle {
        builder = builder.throttle(Unthrottled);
    }
    let fetch = Arc::new(fetch(config)?);
    let mut documents = ClientDocuments::new(Arc::clone(&fetch));
    let mut registration = Registration::new(store.clone()).open().whole_scope();
    if config.development.allow_loopback_fetch {
        documents = documents.dangerous_allow_loopback();
        registration = registration.dangerous_allow_loopback();
    }
    builder = builder.client_auth(PrivateKeyJwt::new().fetch(fetch));
    builder = builder.client_documents(documents).registration(registration);
    let applications = Applications::new(store).scope(scopes.clone());
    let pages = Pages::new(users).applications(applications);
    Ok(builder.with(pages).scopes(scopes).build()?)
}

fn fetch(config: &Config) -> Result<GuardedFetch, InvalidFetch> {
    let development = &config.development;
    let mut fetch = GuardedFetch::builder();
    if development.allow_loopback_fetch {
        fetch = fetch.dangerous_allow_loopback();
    }
    for (url, stand_in) in &development.client_metadata_map {
        fetch = fetch.dangerous_map(url, stand_in);
    }
    fetch.build()
}

fn client(config: &Config, registered: &RegisteredClient) -> Result<Client, Box<dyn Error>> {
    let secret = registered.client_secret.as_deref().map(Secret::new);
    let hash = secret.as_ref().map(SecretHash::of_generated);
    let metadata = registered.metadata()?;
    let names = |list: &Option<Vec<String>>, name| list.iter().flatten().any(|own| own == name);
    let mut builder = metadata.client(&registered.client_id, hash)?;
    if names(&metadata.grant_types, "password") {
        builder = builder.dangerous_password_grant();
    }
    if names(&metadata.response_types, "token") {
        builder = builder.dangerous_implicit_grant();
    }
    if config.may_introspect.contains(&registered.client_id) {
        builder = builder.introspects(Introspects::Any);
    }
    Ok(builder.build()?)
}
