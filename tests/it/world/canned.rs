//! A minimal TCP server, such as a proxy that only answers CONNECT.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// A server that records the first request of each connection and answers it with one fixed text.
pub(crate) struct CannedServer {
    pub(crate) port: u16,
    received: Receiver<String>,
}

impl CannedServer {
    pub(crate) fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, received) = channel();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let mut client = client.unwrap();
                let mut first = [0; 4096];
                let length = client.read(&mut first).unwrap_or_default();
                if tell.send(String::from_utf8_lossy(&first[..length]).into_owned()).is_err() {
                    break;
                }
                let _ = client.write_all(answer.as_bytes());
            }
        });
        Self { port, received }
    }

    pub(crate) fn received(&self) -> Vec<String> {
        self.received.try_iter().collect()
    }
}
