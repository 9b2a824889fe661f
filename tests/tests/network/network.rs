//! A network between a server and its store, which fails on demand.
//!
//! Whatever the store speaks: somebody asks, and is answered. The time from the first byte of a
//! question to the first of its answer is a trip.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};
use url::Url;

/// What PostgreSQL is asked when a connection is given back: a trip that no request waits for, and
/// that does not count.
const SYNC: [u8; 5] = *b"S\0\0\0\x04";

/// What becomes of a trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is cut before the question has gone through.
    Unasked,
    /// The connection is cut as soon as the question has gone through.
    Cut,
    /// The connection is cut when the answer comes, and the answer is lost.
    Unheard,
    /// The question is lost, and the connection stays, silent for ever.
    Swallowed,
    /// The answer is lost, and the connection stays, silent for ever.
    Silent,
}

/// How all connections fare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fair,
    /// Nobody listens, and what was connected is cut.
    Refused,
    /// Nothing goes through any more on the connections of now, nor on new ones.
    Silent,
}

#[derive(Debug)]
struct State {
    /// The fault, and how many trips there are until it.
    fault: Option<(u32, Fault)>,
    weather: watch::Sender<Weather>,
    /// How many trips there were.
    trips: u64,
}

/// A network, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Network {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    listening: JoinHandle<()>,
}

#[derive(Clone, Debug)]
enum Store {
    Tcp(String),
    Unix(PathBuf),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Network {
    /// A network before the store at `url`, and the address of the store behind it.
    pub(crate) async fn before(url: &str) -> (Self, String) {
        let mut url = Url::parse(url).expect("an address");
        let port = url.port().unwrap_or(if url.scheme() == "redis" { 6379 } else { 5432 });
        let socket = url.query_pairs().find(|(name, _)| name == "host");
        let store = match socket {
            Some((_, path)) => Store::Unix(format!("{path}/.s.PGSQL.{port}").into()),
            None => Store::Tcp(format!("{}:{port}", url.host_str().expect("a host"))),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let query = url.query_pairs().into_owned().filter(|(name, _)| name != "host");
        let query: Vec<_> = query.collect();
        url.query_pairs_mut().clear().extend_pairs(query);
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(address.port())).expect("a port");

        let weather = watch::Sender::new(Weather::Fair);
        let state = Arc::new(Mutex::new(State { fault: None, weather, trips: 0 }));
        let listening = tokio::spawn(listen(listener, store, Arc::clone(&state)));
        (Self { address, state, listening }, url.into())
    }

    /// From now on, the `nth` trip has a fault.
    pub(crate) fn fault(&self, nth: u32, fault: Fault) {
        lock(&self.state).fault = Some((nth, fault));
    }

    /// Takes back a fault, and tells whether it has happened by now.
    pub(crate) fn no_fault(&self) -> bool {
        lock(&self.state).fault.take().is_none()
    }

    /// How many trips there were so far.
    pub(crate) fn trips(&self) -> u64 {
        lock(&self.state).trips
    }

    /// Cuts all connections, and refuses new ones.
    pub(crate) async fn refuse(&self) {
        self.set(Weather::Refused);
        while TcpStream::connect(self.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Lets nothing through any more.
    pub(crate) fn silence(&self) {
        self.set(Weather::Silent);
    }

    /// Lets new connections through. Those that fell silent stay so.
    pub(crate) fn lift(&self) {
        self.set(Weather::Fair);
    }

    fn set(&self, weather: Weather) {
        lock(&self.state).weather.send_replace(weather);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl State {
    /// What becomes of the trip that begins now.
    fn next(&mut self) -> Option<Fault> {
        self.trips += 1;
        let (left, fault) = self.fault.as_mut()?;
        *left -= 1;
        let fault = (*left == 0).then_some(*fault)?;
        self.fault = None;
        Some(fault)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn until(weather: &mut watch::Receiver<Weather>, is: fn(Weather) -> bool) -> Weather {
    *weather.wait_for(|now| is(*now)).await.expect("the network")
}

async fn listen(mut listener: TcpListener, store: Store, state: Arc<Mutex<State>>) {
    let address = listener.local_addr().expect("an address");
    let mut weather = lock(&state).weather.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (client, _) = accepted.expect("a connection");
                tokio::spawn(carry(client, store.clone(), Arc::clone(&state)));
            }
            _ = until(&mut weather, |now| now == Weather::Refused) => {
                drop(listener);
                // Kept, so that nobody else gets the port, and nobody is accepted.
                let socket = TcpSocket::new_v4().expect("a socket");
                socket.set_reuseaddr(true).expect("a port that was used before");
                socket.bind(address).expect("its port");
                until(&mut weather, |now| now != Weather::Refused).await;
                listener = socket.listen(64).expect("a listener");
            }
        }
    }
}

/// Carries one connection until it is cut.
async fn carry(mut client: TcpStream, store: Store, state: Arc<Mutex<State>>) {
    let mut weather = lock(&state).weather.subscribe();
    let mut store: Box<dyn Stream> = match store {
        Store::Tcp(address) => Box::new(TcpStream::connect(address).await.expect("the store")),
        Store::Unix(path) => Box::new(UnixStream::connect(path).await.expect("the store")),
    };
    let (mut question, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    let (mut asking, mut fault) = (false, None);
    loop {
        tokio::select! {
            biased;
            now = until(&mut weather, |now| now != Weather::Fair) => match now {
                Weather::Silent => break,
                Weather::Fair | Weather::Refused => return,
            },
            read = client.read(&mut question) => {
                let Ok(length @ 1..) = read else { return };
                if !asking {
                    asking = true;
                    fault = if question[..length] == SYNC { None } else { lock(&state).next() };
                }
                match fault {
                    Some(Fault::Unasked) => return,
                    Some(Fault::Swallowed) => break,
                    _ => {}
                }
                if store.write_all(&question[..length]).await.is_err() || fault == Some(Fault::Cut) {
                    return;
                }
            }
            read = store.read(&mut answer) => {
                let Ok(length @ 1..) = read else { return };
                match fault {
                    Some(Fault::Unheard) => return,
                    Some(Fault::Silent) => break,
                    _ => asking = false,
                }
                if client.write_all(&answer[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
    // Silent from here on: the store is not told either.
    while let Ok(1..) = client.read(&mut question).await {}
}
