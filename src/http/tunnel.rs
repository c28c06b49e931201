//! Finds out why a proxy does not open a tunnel. reqwest hides the proxy's status, and whether a retry makes sense
//! depends on it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::barrier::Barrier;
use super::{Proxy, Unreachable};

/// How long to wait for the proxy's answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A tunnel to a host through a proxy.
pub struct Tunnel {
    proxy: Url,
    /// The host and port.
    target: String,
}

impl Tunnel {
    pub fn new(proxy: &Proxy, target_url: &Url) -> Self {
        let host = target_url.host_str().unwrap_or_default();
        let port = target_url.port_or_known_default().unwrap_or(443);
        Self { proxy: proxy.url.clone(), target: format!("{host}:{port}") }
    }

    /// Adds the proxy's status to a failure, if the proxy is the reason.
    pub async fn explain(&self, failure: Unreachable) -> Unreachable {
        match failure {
            Unreachable { detail, sent, barrier: None } if detail.contains("tunnel error: unsuccessful") => {
                let Some(status) = timeout(PATIENCE, self.ask()).await.ok().flatten() else {
                    return Unreachable { detail, sent, barrier: None };
                };
                let barrier = match status {
                    401 | 407 => Some(Barrier::ProxySignIn),
                    408 | 429 => None,
                    400..=499 => Some(Barrier::ProxyRefuses),
                    _ => None,
                };
                Unreachable { detail: format!("the proxy answered {status} to CONNECT"), sent, barrier }
            }
            other => other,
        }
    }

    /// Requests the tunnel once more, and reads the status.
    async fn ask(&self) -> Option<u16> {
        let Self { proxy, target } = self;
        if proxy.scheme() != "http" {
            return None; // a TLS connection to the proxy is not worth the effort
        }
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if !proxy.username().is_empty() || proxy.password().is_some() {
            let decode = |text| percent_decode_str(text).decode_utf8_lossy();
            let sign_in = format!("{}:{}", decode(proxy.username()), decode(proxy.password().unwrap_or_default()));
            request.extend(["Proxy-Authorization: Basic ", &STANDARD.encode(sign_in), "\r\n"]);
        }
        request.push_str("\r\n");
        let host = proxy.host_str()?.trim_matches(['[', ']']);
        let mut connection = TcpStream::connect((host, proxy.port_or_known_default()?)).await.ok()?;
        connection.write_all(request.as_bytes()).await.ok()?;
        // `HTTP/1.1 407`
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).await.ok()?;
        str::from_utf8(&answer).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
    }
}
