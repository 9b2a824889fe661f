//! A server that says what it is told to, and names that lead where they are told to.

use std::{
    future::pending,
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use oauth_core_fetch::{GuardedFetch, GuardedFetchBuilder, Lookup};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// The name in the server's certificate.
pub(crate) const HOST: &str = "a.example";

/// A GET that asks for JSON.
pub(crate) fn get(url: &str) -> Request<Bytes> {
    Request::get(url).header("accept", "application/json").body(Bytes::new()).unwrap()
}

/// What a server does once it was asked.
#[derive(Clone)]
enum Manner {
    Says(Vec<u8>),
    Drips,
}

/// A server on 127.0.0.1.
pub(crate) struct Server {
    port: u16,
    root: Vec<u8>,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    /// Says this to whoever asks.
    pub(crate) async fn says(said: Vec<u8>) -> Self {
        Self::new(|_| said).await
    }

    /// Says what depends on its own URL.
    pub(crate) async fn new(says: impl FnOnce(String) -> Vec<u8>) -> Self {
        let (server, listener, acceptor) = Self::listen().await;
        server.serve(listener, Some(acceptor), Manner::Says(says(server.url())));
        server
    }

    /// A byte a second, for ever.
    pub(crate) async fn drips() -> Self {
        let (server, listener, acceptor) = Self::listen().await;
        server.serve(listener, Some(acceptor), Manner::Drips);
        server
    }

    /// Without TLS.
    pub(crate) async fn plain(said: Vec<u8>) -> Self {
        let (server, listener, _) = Self::listen().await;
        server.serve(listener, None, Manner::Says(said));
        server
    }

    /// Accepts, and never says anything.
    pub(crate) async fn mute() -> Self {
        let (server, listener, _) = Self::listen().await;
        tokio::spawn(async move {
            let _kept = listener.accept().await;
            pending::<()>().await;
        });
        server
    }

    async fn listen() -> (Self, TcpListener, TlsAcceptor) {
        let issued = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
        let key =
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![issued.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            root: issued.cert.pem().into_bytes(),
            connections: Arc::default(),
            heard: Arc::default(),
        };
        (server, listener, TlsAcceptor::from(Arc::new(config)))
    }

    fn serve(&self, listener: TcpListener, acceptor: Option<TlsAcceptor>, manner: Manner) {
        let (connections, heard) = (Arc::clone(&self.connections), Arc::clone(&self.heard));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                let (heard, manner) = (Arc::clone(&heard), manner.clone());
                match acceptor.clone() {
                    None => drop(tokio::spawn(answer(stream, heard, manner))),
                    Some(acceptor) => drop(tokio::spawn(async move {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            answer(stream, heard, manner).await;
                        }
                    })),
                }
            }
        });
    }

    /// A client that trusts it, and finds it where the tests put it.
    pub(crate) fn fetch(&self) -> GuardedFetch {
        let builder = self.builder().dangerous_allow_loopback();
        builder.lookup(Names::local()).build().unwrap()
    }

    /// A client that trusts it, and asks no loopback address.
    pub(crate) fn builder(&self) -> GuardedFetchBuilder {
        GuardedFetch::builder().port(self.port).root_certificate(self.root.clone())
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}:{}/doc", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many have connected.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What it was asked.
    pub(crate) fn heard(&self) -> String {
        String::from_utf8(self.heard.lock().unwrap().clone()).unwrap()
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    heard: Arc<Mutex<Vec<u8>>>,
    manner: Manner,
) {
    let mut buffer = [0; 4096];
    let mut asked = Vec::new();
    while !is_complete(&asked) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => asked.extend_from_slice(&buffer[..read]),
        }
    }
    heard.lock().unwrap().extend_from_slice(&asked);
    match manner {
        Manner::Says(said) => {
            // Whoever has read enough hangs up.
            let _gone = stream.write_all(&said).await;
            let _gone = stream.shutdown().await;
        }
        Manner::Drips => {
            let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(b"x").await.is_ok() && stream.flush().await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Head and body, as `Content-Length` says.
fn is_complete(asked: &[u8]) -> bool {
    let text = String::from_utf8_lossy(asked);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

/// Where every name leads.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    answers: Arc<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn new(answers: Vec<Vec<IpAddr>>) -> Self {
        Self { answers: Arc::new(answers), asked: Arc::default() }
    }

    /// To the servers of the tests.
    pub(crate) fn local() -> Self {
        Self::of(vec!["127.0.0.1"])
    }

    /// To these.
    pub(crate) fn of(addresses: Vec<&str>) -> Self {
        Self::new(vec![addresses.iter().map(|address| address.parse().unwrap()).collect()])
    }

    /// To one, and whoever asks again to another.
    pub(crate) fn that_change(first: IpAddr, then: IpAddr) -> Self {
        Self::new(vec![vec![first], vec![then]])
    }

    /// Nowhere, ever.
    pub(crate) fn that_never_answer() -> Self {
        Self::new(Vec::new())
    }

    /// How often somebody looked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        match self.answers.get(asked).or(self.answers.last()) {
            Some(addresses) => Ok(addresses.clone()),
            None => pending().await,
        }
    }
}
