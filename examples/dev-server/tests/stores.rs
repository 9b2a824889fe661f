//! The program as it is started by hand, on each adapter and each store.
#![expect(clippy::expect_used, clippy::panic, reason = "what fails here fails the test")]

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use oauth_core_tests::{Engine, place::Place, postgres, redis};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Mutex;

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// A dev-server, until it is dropped.
struct DevServer {
    process: Child,
    issuer: String,
}

impl Drop for DevServer {
    fn drop(&mut self) {
        self.process.kill().expect("it was there");
        self.process.wait().expect("it has ended");
    }
}

impl DevServer {
    /// As in the README, but at a port of its own.
    async fn start(directory: &TempDir, adapter: &str, store: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let config = include_str!("../dev-server.json").replace("http://127.0.0.1:4000", &issuer);
        let path = directory.path().join("dev-server.json");
        fs::write(&path, config).expect("a file");
        let process = Command::new(env!("CARGO_BIN_EXE_dev-server"))
            .args(["--adapter", adapter, "--store", store, "--config"])
            .arg(path)
            .stdout(Stdio::null())
            .spawn();
        let mut server = Self { process: process.expect("a process"), issuer };
        for _ in 0..600 {
            if client().get(&server.issuer).send().await.is_ok() {
                return server;
            }
            if let Some(status) = server.process.try_wait().expect("a state") {
                panic!("dev-server --adapter {adapter} --store {store} ended: {status}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("dev-server --adapter {adapter} --store {store} does not answer");
    }

    async fn metadata(&self) -> Value {
        let url = format!("{}/.well-known/oauth-authorization-server", self.issuer);
        let answer = client().get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.json().await.expect("JSON")
    }

    async fn token(&self) -> String {
        let request = client().post(format!("{}/token", self.issuer));
        let resource = format!("{}/photos", self.issuer);
        let request = request
            .basic_auth("backend", Some("backend-secret-0123456789abcdef"))
            .form(&[("grant_type", "client_credentials"), ("resource", resource.as_str())]);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    async fn photos(&self, token: &str) -> u16 {
        let request = client().get(format!("{}/photos", self.issuer));
        request.bearer_auth(token).send().await.expect("an answer").status().as_u16()
    }
}

/// One at a time: the port of one must not be taken by the other before it listens there.
static TURN: Mutex<()> = Mutex::const_new(());

async fn serves(engine: Engine, places: [Place; 2]) {
    let _turn = TURN.lock().await;
    for (adapter, place) in ["axum", "actix"].into_iter().zip(places) {
        let directory = tempfile::tempdir().expect("a directory");
        let store = if engine == Engine::Memory { "memory".to_owned() } else { place.url() };
        let server = DevServer::start(&directory, adapter, &store).await;
        assert_eq!(server.metadata().await["issuer"], server.issuer);
        let token = server.token().await;
        assert_eq!(server.photos(&token).await, 200);
        assert_eq!(server.photos("another").await, 401);
    }
}

macro_rules! stores {
    ($($name:ident $engine:ident if $is_there:expr;)+) => {$(
        #[tokio::test]
        async fn $name() {
            if $is_there {
                let place = || Place::new(Engine::$engine);
                serves(Engine::$engine, [place().await, place().await]).await;
            }
        }
    )+};
}

stores! {
    it_serves_from_memory Memory if true;
    it_serves_from_sqlite Sqlite if true;
    it_serves_from_postgres Postgres if postgres::is_there();
    it_serves_from_redis Redis if redis::is_there();
}
