//! A client that shows what comes over the wire, including the end of a connection.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;
use fake_github::{FakeGitHub, Value, WRITE_TOKEN, json};

/// The path of the list of configurations.
pub(crate) const LIST: &str = "/orgs/acme/private-registries";

/// An answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    /// Returns the body as JSON, or null if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A connection that is kept alive.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    base_path: String,
}

impl Connection {
    /// Opens a connection.
    pub(crate) fn to(github: &FakeGitHub) -> Self {
        let url = github.url();
        let address = url.strip_prefix("http://").expect("an http address");
        let (authority, base_path) = address
            .split_once('/')
            .map_or((address, String::new()), |(authority, path)| (authority, format!("/{path}")));
        let stream = TcpStream::connect(authority).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        Self { stream: BufReader::new(stream), base_path }
    }

    /// Sends a request with the headers that GitHub requires.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Answer> {
        self.send_as(WRITE_TOKEN, method, path, body)
    }

    /// Sends a request with this token.
    pub(crate) fn send_as(
        &mut self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> io::Result<Answer> {
        let headers = format!("user-agent: it\r\nauthorization: Bearer {token}\r\n");
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send_raw(method, path, &headers, &body)
    }

    /// Sends a request with these headers and this body.
    pub(crate) fn send_raw(&mut self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
        let base_path = &self.base_path;
        let length = body.len();
        let head =
            format!("{method} {base_path}{path} HTTP/1.1\r\nhost: fake\r\ncontent-length: {length}\r\n{headers}\r\n");
        self.stream.get_mut().write_all(head.as_bytes())?;
        self.stream.get_mut().write_all(body.as_bytes())?;
        self.read()
    }

    fn read(&mut self) -> io::Result<Answer> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut headers = BTreeMap::new();
        while let Some((name, value)) = self.line()?.split_once(": ") {
            headers.insert(name.to_owned(), value.to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        if headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked") {
            body = self.chunks()?;
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status, headers, body })
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            let mut chunk = vec![0; length];
            self.stream.read_exact(&mut chunk)?;
            body.extend(chunk);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

/// Sends one request on its own connection.
pub(crate) fn send(github: &FakeGitHub, method: &str, path: &str, body: Option<&Value>) -> Answer {
    Connection::to(github).send(method, path, body).expect("an answer")
}

/// Sends a GET request.
pub(crate) fn get(github: &FakeGitHub, path: &str) -> Answer {
    send(github, "GET", path, None)
}

/// Sends a POST request that creates a configuration.
pub(crate) fn create(github: &FakeGitHub, body: &Value) -> Answer {
    send(github, "POST", LIST, Some(body))
}

/// Returns a body that GitHub accepts, with its secret sealed for the current key.
pub(crate) fn npm(github: &FakeGitHub, secret: &str) -> Value {
    let (key_id, key) = github.public_key();
    json!({
        "registry_type": "npm_registry",
        "url": "https://npm.acme.dev",
        "visibility": "all",
        "encrypted_value": seal(&key, secret),
        "key_id": key_id,
    })
}

/// Seals with a different implementation than the one that opens.
pub(crate) fn seal(key: &str, plaintext: &str) -> String {
    let key = BASE64_STANDARD.decode(key).expect("base64");
    let key = PublicKey::from_slice(&key).expect("a public key");
    let sealed = key.seal(&mut OsRng, plaintext.as_bytes()).expect("a sealed box");
    BASE64_STANDARD.encode(sealed)
}

/// Returns `object` with some fields set, or removed if their new value is null.
pub(crate) fn with(mut object: Value, changes: Value) -> Value {
    if let (Some(fields), Value::Object(changes)) = (object.as_object_mut(), changes) {
        for (field, value) in changes {
            match value {
                Value::Null => fields.remove(&field),
                value => fields.insert(field, value),
            };
        }
    }
    object
}
