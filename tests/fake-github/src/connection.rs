//! One connection: records every request on it, and handles and answers it unless a fault prevents that.

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, future};

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, http};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::body::{Outgoing, Received, cut_short, read, whole};
use crate::delivery::{Delivery, carry_out_late, deliver};
use crate::request::Request;
use crate::state::Shared;

/// Serves a connection until the client, or a fault, closes it.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>, connection: usize) {
    // Answers are small, so don't wait for a packet to fill up.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|incoming| respond(incoming, Arc::clone(&shared), connection));
    // An error here means that the client went away or that a fault closed the connection.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// The reason for sending no answer: hyper closes the connection on any error.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no answer to this request")
    }
}

impl std::error::Error for NoAnswer {}

async fn respond(
    incoming: http::Request<Incoming>,
    shared: Arc<Shared>,
    connection: usize,
) -> Result<Response<Outgoing>, NoAnswer> {
    let (head, body) = incoming.into_parts();
    let received = read(body).await.map_err(|_| NoAnswer)?;
    let (request, latency, delivery) = take_in(&shared, &head, received, connection);
    let (answer, delay, cut) = match delivery {
        Delivery::Answered { answer, delay, cut_short } => (answer, delay, cut_short),
        Delivery::Dropped => return Err(NoAnswer),
        Delivery::Later(delay) => {
            tokio::spawn(async move {
                sleep(delay).await;
                carry_out_late(&mut shared.state(), &request);
            });
            return Err(NoAnswer);
        }
        Delivery::Never => future::pending().await,
    };
    let delay = latency + delay;
    if !delay.is_zero() {
        sleep(delay).await; // even a delay of zero would wait for the timer's next millisecond
    }
    shared.state().answered(&request.id, answer.status);
    Ok(if cut { cut_short(answer) } else { whole(answer) })
}

/// Records a request and handles it under one lock, so that requests are recorded in the order of their effects.
fn take_in(shared: &Shared, head: &Parts, received: Received, connection: usize) -> (Request, Duration, Delivery) {
    let mut state = shared.state();
    let (body, too_large) = match received {
        Received::Body(body) => (body, false),
        Received::TooLarge => (None, true),
    };
    let request = noted(state.next_id(), head, body, connection);
    state.requests.push(request.clone());
    let delivery = deliver(&mut state, &request, too_large);
    let latency = state.latency;
    (request, latency, delivery)
}

fn noted(id: String, head: &Parts, body: Option<Value>, connection: usize) -> Request {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Request {
        id,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
        token: head.headers.get("authorization").and_then(|value| token(&text(value))),
        connection,
        at: Instant::now(),
        status: None,
    }
}

/// Returns the token of the header. GitHub accepts both schemes; `token` is octokit's.
fn token(authorization: &str) -> Option<String> {
    ["Bearer ", "token "].iter().find_map(|scheme| authorization.strip_prefix(scheme)).map(str::to_owned)
}
