//! Bodies on the wire: reads those of requests, and sends those of answers in full or in part.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use http_body_util::channel::Channel;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use serde_json::Value;
use tokio::time::sleep;

use crate::answer::Answer;

/// The largest body that GitHub accepts, in bytes.
const LIMIT: usize = 1024 * 1024;

/// The body of an answer, which may end early.
pub(crate) type Outgoing = Either<Full<Bytes>, Channel<Bytes, io::Error>>;

/// The body of a request, as it came.
pub(crate) enum Received {
    /// JSON, or the text of a body that is not JSON; `None` if it was empty.
    Body(Option<Value>),
    /// A body larger than GitHub accepts.
    TooLarge,
}

/// Reads a body to its end even when it is too large: a client that is still sending does not read the answer.
pub(crate) async fn read(mut incoming: Incoming) -> Result<Received, hyper::Error> {
    let mut bytes = Vec::new();
    let mut size = 0;
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        size += data.len();
        if size <= LIMIT {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(match size {
        0 => Received::Body(None),
        1..=LIMIT => Received::Body(Some(
            serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into()),
        )),
        _ => Received::TooLarge,
    })
}

/// Returns the whole answer.
pub(crate) fn whole(answer: Answer) -> Response<Outgoing> {
    if answer.in_bytes {
        return in_bytes(answer);
    }
    let body = Full::new(answer.body.into());
    response(answer.status, &answer.headers, Either::Left(body))
}

/// Returns the whole answer, one byte per chunk.
fn in_bytes(answer: Answer) -> Response<Outgoing> {
    let (mut sender, channel) = Channel::new(1);
    let body = Bytes::from(answer.body);
    tokio::spawn(async move {
        for at in 0..body.len() {
            if sender.send_data(body.slice(at..=at)).await.is_err() {
                return;
            }
        }
    });
    response(answer.status, &answer.headers, Either::Right(channel))
}

/// Returns an answer that announces its whole body and ends after half of it.
pub(crate) fn cut_short(answer: Answer) -> Response<Outgoing> {
    let promised = answer.body.len();
    if promised == 0 {
        return whole(answer);
    }
    let half = Bytes::copy_from_slice(&answer.body[..promised / 2]);
    let (mut sender, channel) = Channel::new(1);
    tokio::spawn(async move {
        if sender.send_data(half).await.is_ok() {
            // Data written right before the connection closes would be discarded with it.
            sleep(Duration::from_millis(20)).await;
            sender.abort(io::ErrorKind::ConnectionAborted.into());
        }
    });
    let answer = answer.with("content-length", promised);
    response(answer.status, &answer.headers, Either::Right(channel))
}

/// # Panics
///
/// When a test asked for a status or a header that is invalid in HTTP.
fn response(status: u16, headers: &BTreeMap<String, String>, body: Outgoing) -> Response<Outgoing> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).expect("a status and headers that HTTP can have")
}
