//! The documented APIs, running.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use documented_apis::{Host, Keep, SYSTEMS, Store, Systems, on_actix, on_axum};
use oauth_core::clock::Timestamp;
use oauth_core_testkit::ManualClock;
use oauth_core_tests::{
    Adapter, Answer, Engine, Place, Setup,
    events::RecordedEvents,
    raw::{Raw, RawAnswer},
    world::basic,
};
use reqwest::{Method, RequestBuilder, redirect::Policy};
use serde_json::Value;
use tokio::sync::oneshot;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// All four, on one port, until it is dropped.
pub(crate) struct Rig {
    pub(crate) systems: Systems,
    pub(crate) clock: ManualClock,
    pub(crate) events: RecordedEvents,
    pub(crate) address: SocketAddr,
    pub(crate) directory: tempfile::TempDir,
    _places: Vec<Place>,
    http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ended = stop.send(());
        }
    }
}

impl Rig {
    pub(crate) async fn start(setup: Setup) -> Self {
        let clock = ManualClock::new(Timestamp::from_unix(1_790_000_000));
        let events = RecordedEvents::default();
        let directory = tempfile::tempdir().expect("a directory for the stores");
        let mut places = Vec::new();
        let keep = match setup.engine {
            Engine::Memory => Keep::InMemory,
            Engine::Sqlite => Keep::InSqlite(directory.path().to_owned()),
            Engine::Postgres | Engine::Redis => {
                let mut stores = HashMap::new();
                for system in SYSTEMS {
                    let place = Place::new(setup.engine).await;
                    let store: Arc<dyn Store> = Arc::new(place.open().await);
                    stores.insert(system, store);
                    places.push(place);
                }
                Keep::Elsewhere(stores)
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (own_clock, own_events) = (clock.clone(), events.clone());
        let host = Host::new(format!("http://{address}"), keep).servers(move |builder| {
            builder.clock(own_clock.clone()).events(own_events.clone()).client_cache(0)
        });
        let systems = Systems::build(&host).await.expect("four systems");
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            let _gone = stopped.await;
        };
        let served = systems.clone();
        match setup.adapter {
            Adapter::Axum => {
                tokio::spawn(on_axum::serve(served, listener, stopped));
            }
            Adapter::Actix => {
                thread::spawn(move || on_actix::serve(served, listener, stopped));
            }
        }
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
        let (http, stop) = (http.expect("a client"), Some(stop));
        Self { systems, clock, events, address, directory, _places: places, http, stop }
    }

    /// Sends a request as it stands in a document, to the byte: the line, the headers, the body.
    pub(crate) async fn raw(&self, line: &str, headers: &[&str], body: &str) -> RawAnswer {
        let (address, length) = (self.address, body.len());
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let mut connection = Raw::connect_to(address).await;
        let head = format!("{line} HTTP/1.1\r\nHost: {address}\r\n{headers}");
        connection.send(format!("{head}Content-Length: {length}\r\n\r\n{body}")).await;
        connection.answer().await.expect("an answer")
    }

    /// As [`raw`](Self::raw), of a token request that is answered with tokens.
    pub(crate) async fn tokens(&self, line: &str, headers: &[&str], body: &str) -> Value {
        let answer = self.raw(line, headers, body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        serde_json::from_str(&answer.body).expect("JSON")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// Posts a form, by a client that authenticates with Basic, or by one that does not.
    pub(crate) async fn post(
        &self,
        path: &str,
        client: Option<(&str, &str)>,
        form: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.request(Method::POST, path).form(form);
        if let Some((id, secret)) = client {
            request = request.header("authorization", basic(id, secret));
        }
        self.send(request).await
    }

    /// Gets a resource with a token.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// Gets a resource without a token.
    pub(crate) async fn get_bare(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }
}
