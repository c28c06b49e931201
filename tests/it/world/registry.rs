//! A small HTTP server on loopback that answers like a registry and records its requests.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The parts of a request that a registry looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// The path with the query.
    pub(crate) path: String,
    /// The value of `Authorization`.
    pub(crate) authorization: Option<String>,
    /// The names and values of all headers, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// How many other requests were being handled when it arrived.
    pub(crate) others: usize,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A status with headers and a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// The connection stays open without an answer.
    Never,
    /// A 200 whose body never ends.
    Endless,
    /// An answer after a delay.
    Late(Duration, Box<Answer>),
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, Vec::new(), String::new())
    }

    pub(crate) fn body(body: &str) -> Self {
        Self::Status(200, Vec::new(), body.to_owned())
    }

    pub(crate) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Status(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Status(status, headers, body)
            }
            other => other,
        }
    }
}

type Answers = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A listening registry. It listens as long as the test process lives.
#[derive(Clone)]
pub(crate) struct Registry {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    under_way: usize,
}

impl Registry {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) fn start(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let registry = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let (state, answers): (_, Arc<Answers>) = (Arc::clone(&registry.state), Arc::new(answers));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (state, answers) = (Arc::clone(&state), Arc::clone(&answers));
                std::thread::spawn(move || serve(client, &state, answers.as_ref()));
            }
        });
        registry
    }

    /// Returns a registry that must not get any request; [`Registry::assert_untouched`] checks that.
    pub(crate) fn trap() -> Self {
        Self::start(|_| Answer::status(200))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns its address with a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Returns the requests since the last call.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    pub(crate) fn assert_untouched(&self) {
        assert_eq!(self.asked(), [], "the trap was asked");
    }
}

fn serve(client: TcpStream, state: &Mutex<State>, answers: &Answers) {
    let Ok(mut out) = client.try_clone() else { return };
    let mut lines = BufReader::new(client);
    while let Some(asked) = read(&mut lines, state) {
        let answer = answers(&asked);
        let is_open = write(&mut out, answer);
        state.lock().unwrap().under_way -= 1;
        if !is_open {
            break;
        }
    }
}

fn read(lines: &mut BufReader<TcpStream>, state: &Mutex<State>) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        lines.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let authorization = headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
    let mut state = state.lock().unwrap();
    let asked = Asked { method, path, authorization, headers, others: state.under_way };
    state.under_way += 1;
    state.asked.push(asked.clone());
    Some(asked)
}

/// Returns whether the connection can be used again.
fn write(out: &mut TcpStream, answer: Answer) -> bool {
    match answer {
        Answer::Status(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                let _ = write!(head, "{name}: {value}\r\n");
            }
            head.push_str("\r\n");
            out.write_all((head + &body).as_bytes()).is_ok()
        }
        Answer::Never => {
            std::thread::sleep(Duration::from_mins(1));
            false
        }
        Answer::Endless => {
            let _ = out.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            // Until the client closes the connection.
            while out.write_all(b"8\r\n{\"a\":[[[\r\n").is_ok() {}
            false
        }
        Answer::Late(delay, answer) => {
            std::thread::sleep(delay);
            write(out, *answer)
        }
    }
}
