//! The least that speaks HTTP/1.1 on a connection that is kept.
//!
//! It never waits: whoever sleeps until an answer comes has to be woken, and that would be done, and
//! paid for, by the server.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

/// A connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        stream.set_nonblocking(true).expect("no waiting");
        Self { stream, buffer: Vec::new() }
    }

    pub(crate) fn send(&mut self, request: &[u8]) {
        self.stream.write_all(request).expect("sent");
    }

    /// The answer, once it is there.
    pub(crate) fn receive(&mut self) -> Option<Answer> {
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk) {
            Ok(read) => {
                assert_ne!(read, 0, "the server closed the connection");
                self.buffer.extend_from_slice(&chunk[..read]);
                self.whole().inspect(|_| self.buffer.clear())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// An answer says how long it is.
    fn whole(&self) -> Option<Answer> {
        let text = std::str::from_utf8(&self.buffer).expect("text");
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
        });
        let length = length.expect("a Content-Length").expect("a number");
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        (body.len() == length).then(|| Answer {
            status: status.expect("a status"),
            head: format!("{head}\r\n\r\n"),
            body: body.to_owned(),
        })
    }
}
