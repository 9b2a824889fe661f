//! A connection on which a scenario writes its bytes by itself.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::World;

/// For how long an answer is waited for. Long enough for a slow machine; no test waits for it to
/// pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// The status.
    pub status: u16,
    /// Status line and headers, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Raw {
    /// Connects.
    pub async fn connect(world: &World) -> Self {
        Self::connect_to(world.address()).await
    }

    /// Connects to an application that is no world.
    pub async fn connect_to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        Self { stream, read: Vec::new() }
    }

    /// Writes, whether or not the server still reads.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that has answered already may have closed its side.
        let _gone = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Says that nothing more is coming.
    pub async fn finish(&mut self) {
        let _gone = self.stream.shutdown().await;
    }

    /// The next answer (which has a `Content-Length`, or no body), or `None` if the server closes
    /// instead.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        timeout(PATIENCE, self.next(true)).await.expect("an answer or the end")
    }

    /// The next answer, to a request by `HEAD`.
    pub async fn answer_to_head(&mut self) -> Option<RawAnswer> {
        timeout(PATIENCE, self.next(false)).await.expect("an answer or the end")
    }

    async fn next(&mut self, has_body: bool) -> Option<RawAnswer> {
        let end = loop {
            match self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.more().await?,
            }
        };
        let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
        let length = header(&head, "content-length").filter(|_| has_body);
        let length = length.map_or(0, |text| text.parse().expect("a length"));
        while self.read.len() < end + length {
            self.more().await?;
        }
        let body = String::from_utf8_lossy(&self.read[end..end + length]).into_owned();
        self.read.drain(..end + length);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Some(RawAnswer { status: status.expect("a status"), head, body })
    }

    async fn more(&mut self) -> Option<()> {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.read.extend_from_slice(&buffer[..count]);
        (count > 0).then_some(())
    }
}

impl RawAnswer {
    /// A header in lower case, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        header(&self.head, name).unwrap_or_default()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    lines.find(|(own, _)| *own == name).map(|(_, value)| value.trim())
}
