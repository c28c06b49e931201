//! One request to GitHub: headers, limits on the answer, pace, and the waits between attempts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use ::http::{HeaderMap, Method, Request, StatusCode};
use crypto_box::aead::OsRng;
use crypto_box::aead::rand_core::RngCore as _;
use http_body_util::BodyExt as _;
use octocrab::Octocrab;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::time::Instant;

use super::OnStop;
use super::advice;
use super::connection;
use super::error::{ApiError, Kind};
use super::refusal::{self, Refusal};
use super::retry::{self, History, Wait};
use crate::actions::Console;
use crate::diagnostics::Diagnostic;
use crate::github::Connection;
use crate::http::body::{self, Json};
use crate::http::{self, Tunnel, Unreachable};
use crate::registry::with_plain_start;
use crate::secrets;
use crate::stop::Stop;

/// How long a write that is under way may still take once the run is told to stop. The runner kills after 7.5 s.
const LAST_WRITE: Duration = Duration::from_secs(3);
/// By when the second half of a replacement must be done then, waits, further attempts and looks included.
const LAST_HALF: Duration = Duration::from_secs(6);
/// More than anybody reads.
const MOST_ADVICE: usize = 5;
/// So many writes of a run go at once.
const UNPACED_WRITES: u32 = 10;

/// Everything but what RFC 3986 leaves unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// GitHub, as one token sees it at one address.
pub struct Client {
    octocrab: Octocrab,
    /// The way through a proxy, if one leads to the host.
    tunnel: Option<Tunnel>,
    /// The API's host, with the port where it isn't the usual one.
    host: String,
    /// What every path begins with: empty, or such as `/api/v3`.
    base_path: String,
    headers: HeaderMap,
    pace: Mutex<Pace>,
    /// What GitHub says in headers of answers that are no refusals, each once.
    advice: Mutex<BTreeMap<String, String>>,
    /// What `X-GitHub-Enterprise-Version` says.
    enterprise_version: Mutex<Option<String>>,
    write_interval: Duration,
    max_wait: Duration,
    log: Console,
    stop: Stop,
}

/// How long this run has waited, and when it last wrote.
#[derive(Debug, Default)]
struct Pace {
    waited: Duration,
    /// Until when it waits already: requests that go together wait together.
    waiting_until: Option<Instant>,
    /// Whether a rate limit has ended it: whoever goes on knocking is kept out for longer.
    is_limited: bool,
    writes: u32,
    next_write: Option<Instant>,
}

/// One request, below the API's base.
pub(super) struct Call {
    pub(super) method: Method,
    /// With every segment percent-encoded.
    path: String,
    body: Option<String>,
    on_stop: OnStop,
    /// A name that makes the path that of something else, so that it must not be sent.
    misleading: Option<String>,
}

impl Call {
    pub(super) fn new(method: Method, segments: &[&str]) -> Self {
        let mut path = String::new();
        for text in segments {
            path.push('/');
            path.push_str(&segment(text));
        }
        Self { method, path, body: None, on_stop: OnStop::GiveUp, misleading: None }
    }

    pub(super) fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, segments)
    }

    pub(super) fn query(self, query: &str) -> Self {
        Self { path: self.path + query, ..self }
    }

    pub(super) fn body(self, body: String) -> Self {
        Self { body: Some(body), ..self }
    }

    pub(super) fn misleading(self, name: &str) -> Self {
        Self { misleading: Some(name.to_owned()), ..self }
    }

    pub(super) fn on_stop(self, on_stop: OnStop) -> Self {
        Self { on_stop, ..self }
    }
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A success.
pub(super) struct Answer {
    /// `Null` where there is no body.
    pub(super) json: Value,
    /// What the body takes in memory, in bytes, about.
    pub(super) size: usize,
    pub(super) headers: HeaderMap,
}

/// An attempt that failed, with the headers that may say how long to wait.
type Failed = Box<(ApiError, Option<HeaderMap>)>;

impl Client {
    /// Prepares the connection; nothing is sent yet. Needs a running tokio runtime.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(connection: &Connection, log: Console, stop: Stop) -> anyhow::Result<Self> {
        let Connection { api_url, api_version, token, roots, proxy, max_wait, write_interval } = connection;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (::http::header::AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (USER_AGENT, HeaderValue::from_static(concat!("private-registries/", env!("CARGO_PKG_VERSION")))),
            (::http::HeaderName::from_static("x-github-api-version"), HeaderValue::from_str(api_version)?),
        ]);
        Ok(Self {
            octocrab: connection::connect(api_url, roots, proxy.as_deref())?,
            tunnel: proxy.as_deref().map(|proxy| Tunnel::new(proxy, api_url)),
            host: connection::authority(api_url).to_owned(),
            base_path: api_url.path().trim_end_matches('/').to_owned(),
            headers,
            pace: Mutex::default(),
            advice: Mutex::default(),
            enterprise_version: Mutex::default(),
            write_interval: *write_interval,
            max_wait: *max_wait,
            log,
            stop,
        })
    }

    /// Whether GitHub's rate limit allows nothing more within `max-wait`.
    pub fn is_limited(&self) -> bool {
        self.pace().is_limited
    }

    /// The API's host, without a port.
    pub fn api_host(&self) -> &str {
        self.host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(&self.host, |(host, _)| host)
    }

    /// The release of a GitHub Enterprise Server, once it has answered.
    pub fn enterprise_version(&self) -> Option<String> {
        self.enterprise_version.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What GitHub has said besides, that is worth a warning: that something will not work for much longer.
    pub fn advice(&self) -> Vec<String> {
        self.advice.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn take_advice(&self, call: &Call, headers: &HeaderMap) {
        if let Some(version) = headers.get("x-github-enterprise-version").and_then(|version| version.to_str().ok()) {
            *self.enterprise_version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.to_owned());
        }
        let path = call.path.split('?').next().unwrap_or_default();
        let version =
            self.headers.get("x-github-api-version").and_then(|version| version.to_str().ok()).unwrap_or_default();
        let ending = advice::ending(headers).map(|ending| {
            let message = format!(
                "{} says that `{} {path}` of API version {version} {ending}: set `api-version` to a newer one, or use a \
                 newer release of this action",
                self.host, call.method
            );
            (ending, message)
        });
        let left_out = advice::left_out(headers).map(|left_out| (left_out.clone(), left_out));
        let mut advice = self.advice.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, message) in ending.into_iter().chain(left_out) {
            if advice.len() < MOST_ADVICE {
                advice.entry(key).or_insert_with(|| refusal::told(&message, |text| self.log.redact(text)));
            }
        }
    }

    /// Never to be held while anything is awaited.
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where progress is told.
    pub const fn log(&self) -> &Console {
        &self.log
    }

    /// Sends a request until it succeeds, is refused, or must not be sent again.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, ApiError> {
        if let Some(name) = &call.misleading {
            return Err(self.error(call, Kind::NoAddress { name: name.clone() }));
        }
        let mut history = History::default();
        let ended = self.send_again(call, &mut history).await;
        let lost_before = history.lost && call.method != Method::GET;
        ended.map_err(|error| ApiError { lost_before, ..error })
    }

    async fn send_again(&self, call: &Call, history: &mut History) -> Result<Answer, ApiError> {
        loop {
            self.await_turn(call).await?;
            let (error, headers) = match self.once(call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => *failed,
            };
            let now = time_at(headers.as_ref());
            let wait = retry::after_failure(&call.method, &error, headers.as_ref(), history, now, jitter());
            let Some(wait) = wait else {
                self.pace().is_limited |= matches!(&error.kind, Kind::Refused(refusal) if refusal.is_rate_limit);
                return Err(error);
            };
            self.wait(&wait, call, &error).await?;
        }
    }

    /// Waits, if `max-wait` allows it, and says so. When a failure and not a limit is the reason, and the wait is not
    /// allowed, the failure is what the person must hear of.
    async fn wait(&self, wait: &Wait, call: &Call, error: &ApiError) -> Result<(), ApiError> {
        let Wait { how_long, reason } = wait;
        let more = {
            let mut pace = self.pace();
            let now = Instant::now();
            let left = self.max_wait.saturating_sub(pace.waited);
            let more = how_long.saturating_sub(pace.waiting_until.unwrap_or(now).saturating_duration_since(now));
            if more > left {
                let Kind::Refused(Refusal { is_rate_limit: true, message, .. }) = &error.kind else {
                    return Err(error.clone());
                };
                pace.is_limited = true;
                let reason = format!("{reason}; its words: {message}");
                return Err(self.error(call, Kind::WaitTooLong { reason, wait: *how_long, left }));
            }
            pace.waited += more;
            // `max-wait` bounds it.
            pace.waiting_until = pace.waiting_until.max(now.checked_add(*how_long));
            more
        };
        if !more.is_zero() {
            let message = format!("waiting {:.1} s before {} again: {reason}", how_long.as_secs_f32(), call);
            self.log.tell(&Diagnostic::notice("Waiting", message));
        }
        self.sleep(*how_long, call).await
    }

    /// Waits before something is sent again, or looked for, after a failure; `false` where no wait is allowed.
    pub(super) async fn pause(&self, number: u32, call: &Call, error: &ApiError, why: &str) -> bool {
        let reason = format!("{why} ({})", error.headline());
        self.wait(&Wait { how_long: retry::backoff(number, jitter()), reason }, call, error).await.is_ok()
    }

    /// Sends nothing more once the run is told to stop, and keeps writes apart after the first few, as GitHub asks.
    async fn await_turn(&self, call: &Call) -> Result<(), ApiError> {
        if self.stop.signal().is_some() && call.on_stop == OnStop::GiveUp {
            return Err(self.error(call, Kind::Stopped { sent: false }));
        }
        if call.method == Method::GET {
            return Ok(());
        }
        let at = {
            let mut pace = self.pace();
            pace.writes += 1;
            let at = pace.next_write.filter(|_| pace.writes > UNPACED_WRITES).unwrap_or_else(Instant::now);
            pace.next_write = Some(at.max(Instant::now()) + self.write_interval);
            at
        };
        tokio::select! {
            biased;
            // What is to be finished has no time for that.
            _ = self.stop.requested(), if call.on_stop == OnStop::Finish => Ok(()),
            turn = self.sleep(at.saturating_duration_since(Instant::now()), call) => turn,
        }
    }

    async fn sleep(&self, how_long: Duration, call: &Call) -> Result<(), ApiError> {
        if how_long.is_zero() {
            return Ok(());
        }
        let until = Instant::now() + how_long;
        let last_moment = async {
            let stopped = self.stop.requested().await;
            // What is finished may go on waiting, if the wait ends in time.
            if call.on_stop == OnStop::Finish && until < stopped + LAST_HALF {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep_until(until) => Ok(()),
            () = last_moment => Err(self.error(call, Kind::Stopped { sent: false })),
        }
    }

    /// One attempt, bounded in time, which a signal ends: a GET at once, a write after a last chance to be answered.
    async fn once(&self, call: &Call) -> Result<Answer, Failed> {
        let is_write = call.method != Method::GET;
        let left = match call.on_stop {
            OnStop::Finish => LAST_HALF,
            OnStop::GiveUp if is_write => LAST_WRITE,
            OnStop::GiveUp => Duration::ZERO,
        };
        let last_moment = async { tokio::time::sleep_until(self.stop.requested().await + left).await };
        tokio::select! {
            biased;
            answer = self.exchange(call) => answer,
            () = last_moment => Err(Box::new((self.error(call, Kind::Stopped { sent: is_write }), None))),
        }
    }

    async fn exchange(&self, call: &Call) -> Result<Answer, Failed> {
        let failed = |kind| Box::new((self.error(call, kind), None));
        let request =
            self.request(call).map_err(|error| failed(Kind::Unreachable(Unreachable::unsent(error.to_string()))))?;
        let response = match self.octocrab.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                let unreachable = Unreachable::of(&error);
                let explained = match &self.tunnel {
                    Some(tunnel) => tunnel.explain(unreachable).await,
                    None => unreachable,
                };
                return Err(failed(Kind::Unreachable(explained)));
            }
        };
        let (head, mut body) = response.into_parts();
        self.take_advice(call, &head.headers);
        let body = async {
            let mut gathered = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| format!("broke off ({})", http::chain(&error)))?;
                body::append(&mut gathered, frame.data_ref().map_or(&[], |piece| piece))?;
            }
            Ok::<_, String>(gathered)
        };
        let body = body.await;
        if !head.status.is_success() && (body.is_ok() || !needs_words(head.status, &head.headers)) {
            // A status is an answer, whatever became of the words.
            let refusal =
                Refusal::read(head.status, &head.headers, &body.unwrap_or_default(), |text| self.log.redact(text));
            return Err(Box::new((self.error(call, Kind::Refused(refusal)), Some(head.headers))));
        }
        let unreadable =
            |detail: String| failed(self.unreadable(head.status, &head.headers, format!("its body {detail}")));
        let body = body.map_err(unreadable)?;
        let may_be_silent = [Method::PATCH, Method::DELETE].contains(&call.method);
        // GitHub documents 204; whatever the success, without a body it says no more than that.
        if may_be_silent && (head.status == StatusCode::NO_CONTENT || body.trim_ascii().is_empty()) {
            return Ok(Answer { json: Value::Null, size: 0, headers: head.headers });
        }
        let Json { value: json, size } = body::read(&body).map_err(unreadable)?;
        self.mask_passwords(&json);
        if may_be_silent && json.get("name").is_none() {
            // Something on the way may say 200 to everything.
            return Err(unreadable("is not a configuration".to_owned()));
        }
        Ok(Answer { json, size, headers: head.headers })
    }

    /// What GitHub shows of a credential, though it belongs into a secret, is one all the same.
    fn mask_passwords(&self, json: &Value) {
        match json {
            Value::String(text) => {
                for mask in secrets::in_url(text) {
                    self.log.mask(&mask);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.mask_passwords(value)),
            Value::Object(fields) => {
                fields.values().for_each(|value| self.mask_passwords(value));
                if let Some(Value::String(url)) = fields.get("url") {
                    for mask in secrets::in_url(&with_plain_start(url)) {
                        self.log.mask(&mask);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn request(&self, call: &Call) -> ::http::Result<Request<String>> {
        let mut request = Request::builder().method(&call.method).uri(format!("{}{}", self.base_path, call.path));
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
            if call.body.is_some() {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
        }
        request.body(call.body.clone().unwrap_or_default())
    }

    /// What of an address comes below the API's base, if it is an address of this API.
    pub(super) fn path_here(&self, location: &str) -> Option<String> {
        let base = url::Url::parse(&format!("https://{}", self.host)).ok()?;
        let location = base.join(location).ok()?;
        let path = location.path().strip_prefix(&self.base_path)?;
        (connection::authority(&location) == self.host).then(|| path.to_owned())
    }

    /// An error about this request.
    pub(super) fn error(&self, call: &Call, kind: Kind) -> ApiError {
        ApiError {
            method: call.method.clone(),
            path: call.path.clone(),
            host: self.host.clone(),
            kind,
            lost_before: false,
        }
    }

    /// An error about an answer that has the right form but not the right content.
    pub(super) fn misunderstood(&self, call: &Call, headers: &HeaderMap, detail: String) -> ApiError {
        self.error(call, self.unreadable(StatusCode::OK, headers, detail))
    }

    fn unreadable(&self, status: StatusCode, headers: &HeaderMap, detail: String) -> Kind {
        let request_id = headers.get("x-github-request-id").and_then(|id| id.to_str().ok());
        Kind::Unreadable {
            status,
            detail,
            request_id: request_id.map(|id| refusal::told(id, |id| self.log.redact(id))),
        }
    }
}

/// Whether only the words of a refusal say what to do: seal again, delete first, or wait.
fn needs_words(status: StatusCode, headers: &HeaderMap) -> bool {
    [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&status)
        || (status == StatusCode::FORBIDDEN && !headers.contains_key(RETRY_AFTER))
}

/// The time by the `date` of an answer, in seconds since the epoch; without one, by the clock here, which may be wrong.
fn time_at(headers: Option<&HeaderMap>) -> u64 {
    let here = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    retry::date(headers, "date").unwrap_or_else(here)
}

fn jitter() -> f64 {
    f64::from(OsRng.next_u32()) / f64::from(u32::MAX)
}
