//! An address that leads to one server after the other, as that of a service does.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::redis::Redis;

/// An address, gone when it is dropped.
pub(crate) struct Address {
    port: u16,
    leads_to: Arc<AtomicU16>,
    listening: JoinHandle<()>,
}

impl Address {
    /// One that leads to this server.
    pub(crate) async fn of(server: &Redis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let leads_to = Arc::new(AtomicU16::new(server.port));
        let listening = tokio::spawn(listen(listener, Arc::clone(&leads_to)));
        Self { port, leads_to, listening }
    }

    /// Lets new connections lead to another server.
    pub(crate) fn lead_to(&self, server: &Redis) {
        self.leads_to.store(server.port, Ordering::Relaxed);
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, leads_to: Arc<AtomicU16>) {
    loop {
        let (mut client, _) = listener.accept().await.expect("a connection");
        let port = leads_to.load(Ordering::Relaxed);
        tokio::spawn(async move {
            // Where nobody listens, the connection is cut.
            if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                let _cut = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}
