//! What a scenario starts from.

use std::sync::Arc;

use oauth_core::{
    AuthorizationServer,
    clock::Timestamp,
    model::{Client, Resource, ResourceId, Scope, Tenant},
    server::ServerBuilder,
    store::{GrantStore, KeyStore, ReplayStore, UnusedClients},
};
use oauth_core_testkit::{FaultyStore, ManualClock};

use crate::{World, app, clients, events::RecordedEvents, place::Place, world::ISSUER};

/// The framework that carries the endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// axum.
    Axum,
    /// actix-web.
    Actix,
}

/// The store behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// In memory.
    Memory,
    /// A SQLite file of the scenario's own.
    Sqlite,
    /// A schema of the scenario's own in PostgreSQL.
    Postgres,
    /// Keys of the scenario's own in Redis, which forgets by itself.
    Redis,
}

/// Every role that a scenario's store plays.
pub trait FullStore: GrantStore + UnusedClients + ReplayStore + KeyStore {}

impl<T: GrantStore + UnusedClients + ReplayStore + KeyStore> FullStore for T {}

/// The store of a scenario, which fails on demand.
pub type Store = FaultyStore<Arc<dyn FullStore>>;

type Change = Box<dyn FnOnce(ServerBuilder) -> ServerBuilder>;

/// An adapter and a store, and what the scenario wants different from the usual.
pub struct Setup {
    /// The framework that carries the endpoints.
    pub adapter: Adapter,
    /// The store behind them.
    pub engine: Engine,
    clients: Vec<Client>,
    change: Change,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Setup({:?}, {:?})", self.adapter, self.engine)
    }
}

impl Setup {
    /// The usual.
    pub fn new(adapter: Adapter, engine: Engine) -> Self {
        Self { adapter, engine, clients: clients::all(), change: Box::new(|builder| builder) }
    }

    /// Adds a client, in place of the one with its identifier.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.clients.retain(|own| own.client_id != client.client_id);
        self.clients.push(client);
        self
    }

    /// Builds the server differently.
    #[must_use]
    pub fn server(mut self, change: impl FnOnce(ServerBuilder) -> ServerBuilder + 'static) -> Self {
        let before = self.change;
        self.change = Box::new(|builder| change(before(builder)));
        self
    }

    /// Starts the application.
    pub async fn start(mut self) -> World {
        let change = std::mem::replace(&mut self.change, Box::new(|builder| builder));
        self.start_as(|base| change(base.builder(ISSUER)).build().expect("a server")).await
    }

    /// Starts the application with a server made from scratch: of another issuer, or of many.
    pub async fn start_as(self, make: impl FnOnce(&Base) -> AuthorizationServer) -> World {
        let clock = ManualClock::new(Timestamp::from_unix(1_790_000_000));
        let events = RecordedEvents::default();
        let place = Place::new(self.engine).await;
        let store = place.open().await;
        for client in &self.clients {
            store.register(&Tenant::default(), client).await.expect("registered");
        }
        let base = Base { store: Store::new(store), clock, events };
        let server = make(&base);
        let app = app::start(self.adapter, server.clone());
        World::new(app, server, base.store, base.clock, base.events, place)
    }
}

/// What every server of a world is built on.
#[derive(Clone, Debug)]
pub struct Base {
    /// The store, which fails on demand.
    pub store: Store,
    /// What time it is.
    pub clock: ManualClock,
    /// What the operator heard.
    pub events: RecordedEvents,
}

impl Base {
    /// The usual server, of this issuer.
    pub fn builder(&self, issuer: &str) -> ServerBuilder {
        AuthorizationServer::builder(issuer, self.store.clone(), self.store.clone())
            .replay_store(self.store.clone())
            .clock(self.clock.clone())
            .events(self.events.clone())
            .client_cache(0)
            .scopes(Scope::parse("read write api openid offline_access").expect("a scope"))
            .resource(resource("https://a.example"))
            .resource(resource("https://b.example"))
            .browser_origin("https://spa.example")
    }
}

fn resource(identifier: &str) -> Resource {
    let identifier = ResourceId::parse(identifier).expect("a resource");
    Resource::new(identifier).scopes(Scope::parse("read write").expect("a scope"))
}
