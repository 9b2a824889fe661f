//! Serves the documented APIs.

use std::{
    future,
    net::{SocketAddr, TcpListener},
};

use clap::{Parser, ValueEnum};
use documented_apis::{Failure, Host, Keep, Systems, on_actix, on_axum};

/// Four APIs with OAuth dialects of their own, rebuilt from their documentation.
#[derive(Debug, Parser)]
struct Arguments {
    /// The framework that serves.
    #[arg(long, value_enum, default_value_t = Adapter::Axum)]
    adapter: Adapter,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:4400")]
    listen: SocketAddr,
    /// Where clients and grants are kept: `memory`, or `sqlite:DIRECTORY`.
    #[arg(long, default_value = "memory")]
    store: Keep,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Adapter {
    Axum,
    Actix,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    tracing_subscriber::fmt().init();
    let Arguments { adapter, listen, store } = Arguments::parse();
    let listener = TcpListener::bind(listen)?;
    let origin = format!("http://{}", listener.local_addr()?);
    let systems = Systems::build(&Host::new(&origin, store)).await?;
    tracing::info!(origin, ?adapter, "ready");
    match adapter {
        Adapter::Axum => on_axum::serve(systems, listener, future::pending()).await?,
        Adapter::Actix => {
            let serve = move || on_actix::serve(systems, listener, future::pending());
            tokio::task::spawn_blocking(serve).await??;
        }
    }
    Ok(())
}
