//! From names to addresses.

use std::{
    fmt::Debug,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::target::{Inside, Reach};

/// How many names are looked up at once. A look-up that hangs holds a thread for as long.
const LOOKUPS: usize = 16;

/// Looks names up.
#[async_trait]
pub trait Lookup: Debug + Send + Sync + 'static {
    /// The addresses of a name. They are checked, whatever this answers.
    ///
    /// # Errors
    /// Whatever went wrong; a name without an address is an error, or none.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the operating system.
#[derive(Debug)]
pub struct SystemLookup {
    // Inside the thread, so that one that hangs still counts when nobody waits for it any more.
    room: Arc<Semaphore>,
}

impl Default for SystemLookup {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(io::Error::other)?;
        let name = name.to_owned();
        let looking = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            (name.as_str(), 0).to_socket_addrs().map(|all| all.map(|one| one.ip()).collect())
        });
        looking.await.map_err(io::Error::other)?
    }
}

/// What the HTTP client resolves names with: it learns no address that has not been checked.
#[derive(Clone, Debug)]
pub(crate) struct CheckedLookup {
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) reach: Reach,
}

impl CheckedLookup {
    /// One address on the inside among several is no accident, so it spoils them all.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let addresses = match name.trim_end_matches('.') {
            // RFC 6761 §6.3: nobody is asked what it means.
            "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            _ => self.lookup.addresses(name).await?,
        };
        if addresses.iter().all(|address| self.reach.includes(*address)) {
            Ok(addresses)
        } else {
            Err(io::Error::other(Inside))
        }
    }
}

impl Resolve for CheckedLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.resolve(name.as_str()).await?;
            // Port 0 stands for the one in the URL.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
