//! What can be set.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use reqwest::{Certificate, Client, redirect::Policy};
use rustls::crypto::CryptoProvider;
use tokio::sync::Semaphore;
use url::Url;

use crate::{
    GuardedFetch, Lookup, SystemLookup,
    lookup::CheckedLookup,
    target::{Reach, Targets},
};

/// How long a connection may take, in seconds, name and handshake included.
const CONNECT: u32 = 3;

/// How long a whole request may take, in seconds.
const TOTAL: u32 = 5;

/// How many requests may be under way.
const CONCURRENCY: usize = 32;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidFetch {
    /// Nobody does the cryptography of TLS.
    #[error(
        "no TLS: switch on the feature `aws-lc-rs` (the default) of oauth-core-fetch, or install a CryptoProvider of rustls"
    )]
    NoCryptoProvider,
    /// A root certificate that cannot be read.
    #[error("a root certificate is not X.509 in PEM")]
    RootCertificate,
    /// A URL that is mapped, or what it is mapped to, is not what it has to be.
    #[error("{0:?} is mapped: an https URL in its normal spelling, to a URL on a loopback address")]
    Map(String),
    /// TLS cannot be set up; often the system has no root certificates.
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
}

/// Gathers what can be set; [`build`](Self::build) makes the client.
#[derive(Debug)]
#[must_use = "it fetches once it is built"]
pub struct GuardedFetchBuilder {
    lookup: Arc<dyn Lookup>,
    reach: Reach,
    ports: Vec<u16>,
    map: Vec<(String, String)>,
    roots: Vec<Vec<u8>>,
    connect: u32,
    total: u32,
    concurrency: usize,
}

impl GuardedFetchBuilder {
    pub(crate) fn new() -> Self {
        Self {
            lookup: Arc::new(SystemLookup::default()),
            reach: Reach::default(),
            ports: vec![443],
            map: Vec::new(),
            roots: Vec::new(),
            connect: CONNECT,
            total: TOTAL,
            concurrency: CONCURRENCY,
        }
    }

    /// Who looks names up: the operating system unless told otherwise.
    pub fn lookup(mut self, lookup: impl Lookup) -> Self {
        self.lookup = Arc::new(lookup);
        self
    }

    /// Allows another port than 443.
    pub fn port(mut self, port: u16) -> Self {
        self.ports.push(port);
        self
    }

    /// How long a connection may take, name and handshake included: 3 seconds unless told otherwise.
    pub fn connect_timeout(mut self, seconds: u32) -> Self {
        self.connect = seconds;
        self
    }

    /// How long a whole request may take: 5 seconds unless told otherwise.
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.total = seconds;
        self
    }

    /// How many requests may be under way: 32 unless told otherwise. Others wait for their turn
    /// within their own time.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests;
        self
    }

    /// Trusts another root certificate, in PEM, besides those of the system.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Weak: asks loopback addresses, too, at any port and by plain http. Whatever listens on this
    /// machine can then be asked by whoever names a URL. For development and tests.
    pub fn dangerous_allow_loopback(mut self) -> Self {
        self.reach.loopback = true;
        self
    }

    /// Weak: asks addresses of private networks (RFC 1918, RFC 6598, RFC 4193), too. For a client that
    /// asks only what the operator has named, such as the keys of an issuer inside the network: never for
    /// one to which strangers name URLs.
    pub fn dangerous_allow_private(mut self) -> Self {
        self.reach.private = true;
        self
    }

    /// Weak: asks `stand_in`, which is on a loopback address, wherever the https URL `url` is named.
    /// Nothing proves then that it is whose URL it is. For development and tests.
    pub fn dangerous_map(mut self, url: impl Into<String>, stand_in: impl Into<String>) -> Self {
        self.map.push((url.into(), stand_in.into()));
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// [`InvalidFetch`] says what does not fit.
    pub fn build(self) -> Result<GuardedFetch, InvalidFetch> {
        if cfg!(not(feature = "aws-lc-rs")) && CryptoProvider::get_default().is_none() {
            return Err(InvalidFetch::NoCryptoProvider);
        }
        let map = self.map.into_iter().map(mapped).collect::<Result<BTreeMap<_, _>, _>>()?;
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            // A connection belongs to the runtime that opened it, and to the address that was checked
            // for it: none is kept.
            .pool_max_idle_per_host(0)
            .connect_timeout(seconds(self.connect))
            .dns_resolver(CheckedLookup { lookup: self.lookup, reach: self.reach });
        for pem in &self.roots {
            let bundle = Certificate::from_pem_bundle(pem).ok().filter(|all| !all.is_empty());
            client = client.tls_certs_merge(bundle.ok_or(InvalidFetch::RootCertificate)?);
        }
        Ok(GuardedFetch {
            client: client.build().map_err(InvalidFetch::Tls)?,
            targets: Targets { reach: self.reach, ports: self.ports, map },
            total: seconds(self.total),
            room: Arc::new(Semaphore::new(self.concurrency.min(Semaphore::MAX_PERMITS))),
        })
    }
}

fn mapped((url, stand_in): (String, String)) -> Result<(String, Url), InvalidFetch> {
    let normal = Url::parse(&url).is_ok_and(|own| own.scheme() == "https" && own.as_str() == url);
    let target = Url::parse(&stand_in).ok().filter(|target| {
        let loopback = match target.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        loopback && matches!(target.scheme(), "http" | "https")
    });
    match target {
        Some(target) if normal => Ok((url, target)),
        _ => Err(InvalidFetch::Map(url)),
    }
}
