//! A local authorization server to develop and test clients against. It has everything switched on
//! that the crates can do; users, clients and resources come from a JSON file.

mod config;
mod on_actix;
mod on_axum;
mod photos;
mod server;
mod users;

use std::{
    error::Error,
    fmt,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    str::FromStr,
};

use clap::{Parser, ValueEnum};
use oauth_core::store::MemoryStore;
use oauth_core_redis::RedisStore;
use oauth_core_sql::{PostgresStore, SqliteStore};
use tracing_subscriber::{filter::Targets, fmt as lines, prelude::*};

use crate::config::Config;

/// A local authorization server to develop and test clients against.
#[derive(Debug, Parser)]
struct Arguments {
    /// The JSON file with users, clients and resources.
    #[arg(long)]
    config: PathBuf,
    /// The framework that serves.
    #[arg(long, value_enum, default_value_t = Adapter::Axum)]
    adapter: Adapter,
    /// Where grants and clients are kept: `memory`, `sqlite:PATH`, `postgres:URL`, or `redis:URL`.
    /// Keys in Redis begin with `oauth`, or with PREFIX in `redis:URL#PREFIX`.
    #[arg(long, default_value = "memory")]
    store: Store,
    /// Where to listen; the issuer's host and port unless told otherwise.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// What is logged: a level, or one for each target, as in `info,oauth_core=debug`.
    #[arg(long, default_value = "info")]
    log: Targets,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Adapter {
    Axum,
    Actix,
}

#[derive(Clone)]
enum Store {
    Memory,
    Sqlite(PathBuf),
    /// The URL, which may hold a password.
    Postgres(String),
    /// The URL, which may hold a password.
    Redis(String),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres"),
            Self::Redis(_) => f.write_str("redis"),
        }
    }
}

impl FromStr for Store {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            // With the scheme once, as in `--store postgres://…`, or twice.
            Some(("postgres", url)) if url.starts_with("//") => Ok(Self::Postgres(text.to_owned())),
            Some(("postgres", url)) if !url.is_empty() => Ok(Self::Postgres(url.to_owned())),
            Some(("redis", url)) if url.starts_with("//") => Ok(Self::Redis(text.to_owned())),
            Some(("redis", url)) if !url.is_empty() => Ok(Self::Redis(url.to_owned())),
            _ => Err("a store is `memory`, `sqlite:PATH`, `postgres:URL` or `redis:URL`"),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    tracing_subscriber::registry().with(lines::layer()).with(arguments.log.clone()).init();
    let config = Config::read(&arguments.config)?;
    let unused = config.unused_keys();
    if !unused.is_empty() {
        tracing::warn!(
            keys = unused.join(", "),
            "the configuration has keys that are not supported"
        );
    }
    let server = match &arguments.store {
        Store::Memory => server::build(&config, MemoryStore::new()).await?,
        Store::Sqlite(path) => server::build(&config, SqliteStore::open(path).await?).await?,
        Store::Postgres(url) => server::build(&config, PostgresStore::connect(url).await?).await?,
        Store::Redis(url) => {
            let (url, prefix) = url.split_once('#').unwrap_or((url, "oauth"));
            let store = RedisStore::options().prefix(prefix).connect(url).await?;
            server::build(&config, store).await?
        }
    };
    let listen = match arguments.listen {
        Some(listen) => listen,
        None => config.address()?,
    };
    let listener = TcpListener::bind(listen).map_err(|error| format!("{listen}: {error}"))?;
    let (listen, adapter) = (listener.local_addr()?, arguments.adapter);
    let store = &arguments.store;
    tracing::info!(issuer = config.issuer, %listen, ?adapter, ?store, "dev-server is ready");
    match adapter {
        Adapter::Axum => on_axum::serve(server, listener).await,
        // actix-web has a runtime of its own on each of its threads.
        Adapter::Actix => tokio::task::spawn_blocking(move || on_actix::serve(server, listener))
            .await?
            .map_err(Into::into),
    }
}
