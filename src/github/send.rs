//! Sending a request to GitHub: headers, limits on the answer, pace, and the waits between attempts.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::http::{HeaderMap, HeaderValue, Method, StatusCode};
use crypto_box::aead::OsRng;
use crypto_box::aead::rand_core::RngCore as _;
use tokio::time::Instant;

use super::OnStop;
use super::credential::{Asker, Credential, Identity};
use super::error::{ApiError, Kind, SignInError};
use super::host::Host;
use super::pace::Pacing;
use super::refusal::{self, Refusal};
use super::request::{Request, Response};
use super::retry::{self, History, Wait};
use crate::actions::Console;
use crate::diagnostics::Diagnostic;
use crate::shutdown::Shutdown;

/// How long a write in flight may still take once the run is told to stop. The runner kills the process after 7.5 s.
const LAST_WRITE: Duration = Duration::from_secs(3);
/// How long the second half of a replacement may take in that case, including waits, retries and look-ups. An answer that
/// contains a token must arrive in it too, so that the token can be revoked.
const LAST_HALF: Duration = Duration::from_secs(6);

/// A GitHub host as one credential sees it.
#[derive(Clone)]
pub struct Client {
    host: Arc<Host>,
    credential: Arc<Credential>,
    /// The console that shows progress.
    console: Console,
    shutdown: Shutdown,
}

/// A failed attempt, with the headers that may say how long to wait.
pub(super) type Failed = Box<(ApiError, Option<HeaderMap>)>;

/// The refusals of one request that were blamed on the App's token and not on the request.
#[derive(Default)]
struct Doubts {
    early: u32,
    is_renewed: bool,
}

impl Client {
    /// Creates a client without sending anything.
    pub const fn new(host: Arc<Host>, credential: Arc<Credential>, console: Console, shutdown: Shutdown) -> Self {
        Self { host, credential, console, shutdown }
    }

    /// The host that it talks to.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Returns a client for the same host with another credential.
    pub(super) fn with(&self, credential: Credential) -> Self {
        Self { credential: Arc::new(credential), ..self.clone() }
    }

    /// Returns the same client with another console.
    pub(super) fn telling(&self, console: Console) -> Self {
        Self { console, ..self.clone() }
    }

    /// The signal to stop.
    pub(super) const fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// The kind of credential that it uses.
    pub fn asker(&self) -> Asker {
        self.credential.asker()
    }

    /// Revokes the tokens that an App was given for this client. Call it at the end, even after a failure.
    ///
    /// Returns warnings about what could not be revoked.
    pub async fn sign_out(&self) -> Vec<String> {
        match &self.credential.identity {
            Identity::Installation(session) => session.sign_out().await,
            Identity::Token(_) | Identity::App(_) => Vec::new(),
        }
    }

    /// Returns whether GitHub's rate limit allows no further request within `max-wait`.
    pub fn is_limited(&self) -> bool {
        self.credential.pace().is_limited
    }

    /// Returns how the given number of further writes would be spaced.
    pub fn pacing(&self, writes: usize) -> Pacing {
        self.credential.pace().pacing(writes)
    }

    /// The console that shows progress.
    pub const fn console(&self) -> &Console {
        &self.console
    }

    /// Sends a request, and again after failures, until it succeeds, is refused, or must not be sent again.
    pub(super) async fn send(&self, request: &Request) -> Result<Response, ApiError> {
        self.send_counting(request, &mut 0).await
    }

    /// The same, counting the attempts of which nobody can say if they were carried out.
    pub(super) async fn send_counting(&self, request: &Request, losses: &mut u32) -> Result<Response, ApiError> {
        if let Some(name) = &request.misleading {
            return Err(self.error(request, Kind::NoAddress { name: name.clone() }));
        }
        let path = request.path.split('?').next().unwrap_or_default();
        let _busy = self.console.busy(|| format!("Waiting for {}: {} {path}", self.host.authority, request.method));
        let mut history = History::default();
        let ended = self.send_again(request, &mut history).await;
        *losses += history.losses;
        let lost_before = history.losses > 0 && request.is_write();
        ended.map_err(|error| ApiError { lost_before, ..error })
    }

    async fn send_again(&self, request: &Request, history: &mut History) -> Result<Response, ApiError> {
        let mut doubts = Doubts::default();
        loop {
            self.await_turn(request).await?;
            let authorization = self.authorization(request).await?;
            let (error, headers) = match self.once(request, &authorization, history).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => *failed,
            };
            if self.is_doubted(request, &error, &authorization, &mut doubts).await {
                continue;
            }
            let now = time_at(headers.as_ref());
            let wait =
                retry::after_failure(request.may_be_repeated(), &error, headers.as_ref(), history, now, jitter());
            let Some(wait) = wait else {
                self.credential.pace().is_limited |=
                    matches!(&error.kind, Kind::Refused(refusal) if refusal.is_rate_limit);
                return Err(error);
            };
            self.wait(&wait, request, &error).await?;
        }
    }

    /// Returns the `Authorization` header for a request, after signing in if necessary.
    async fn authorization(&self, request: &Request) -> Result<HeaderValue, ApiError> {
        match &self.credential.identity {
            Identity::Token(authorization) => Ok(authorization.clone()),
            Identity::App(signer) => signer.authorization(&self.console).map_err(|trouble| {
                let error = SignInError { trouble, request_id: None, may_pass: false };
                self.error(request, Kind::SignIn(Box::new(error)))
            }),
            Identity::Installation(session) => session.authorization(request.on_stop).await,
        }
    }

    /// Returns whether to try a refused request again because the App's token may be the reason: GitHub does not know a
    /// new token everywhere at once, and somebody may have revoked an old one.
    async fn is_doubted(
        &self,
        request: &Request,
        error: &ApiError,
        authorization: &HeaderValue,
        doubts: &mut Doubts,
    ) -> bool {
        let Identity::Installation(session) = &self.credential.identity else { return false };
        if session.may_be_too_early(error) {
            doubts.early += 1;
            return self.pause(doubts.early, request, error, "GitHub may not know the new token yet").await;
        }
        if error.status() == Some(StatusCode::UNAUTHORIZED) && !doubts.is_renewed {
            doubts.is_renewed = true;
            session.give_up(authorization).await;
            return true;
        }
        false
    }

    /// Waits and logs it. If `max-wait` does not allow the wait, returns [`Kind::WaitTooLong`] for a rate limit, and
    /// the failure itself for anything else.
    async fn wait(&self, wait: &Wait, request: &Request, error: &ApiError) -> Result<(), ApiError> {
        let Wait { how_long, reason } = wait;
        let granted = self.credential.pace().wait(*how_long);
        let more = match granted {
            Ok(more) => more,
            Err(left) => {
                let Kind::Refused(Refusal { is_rate_limit: true, message, .. }) = &error.kind else {
                    return Err(error.clone());
                };
                self.credential.pace().is_limited = true;
                let reason = format!("{reason}: {message}");
                return Err(self.error(request, Kind::WaitTooLong { reason, wait: *how_long, left }));
            }
        };
        if matches!(&error.kind, Kind::Refused(refusal) if refusal.is_rate_limit) {
            self.credential.pace().hold(*how_long);
        }
        if !more.is_zero() {
            let message = format!("waiting {:.1} s before {} again: {reason}", how_long.as_secs_f32(), request);
            self.console.tell(&Diagnostic::notice("Waiting", message));
        }
        self.sleep(*how_long, request).await
    }

    /// Waits after a failure, before the next attempt or look. Returns `false` if `max-wait` does not allow it.
    pub(super) async fn pause(&self, number: u32, request: &Request, error: &ApiError, why: &str) -> bool {
        let reason = format!("{why} ({})", error.headline());
        self.wait(&Wait { how_long: retry::backoff(number, jitter()), reason }, request, error).await.is_ok()
    }

    /// Waits until the request may be sent: past a rate limit, and for a write until its turn. Fails once the run has
    /// been told to stop.
    async fn await_turn(&self, request: &Request) -> Result<(), ApiError> {
        if self.shutdown.signal().is_some() && request.on_stop == OnStop::GiveUp {
            return Err(self.error(request, Kind::Stopped { sent: false }));
        }
        let held = self.credential.pace().held();
        self.sleep(held, request).await?;
        if !request.is_write() {
            return Ok(());
        }
        let at = self.credential.pace().write();
        tokio::select! {
            biased;
            // After the signal there is no time left for spacing writes.
            _ = self.shutdown.requested(), if request.on_stop == OnStop::Finish => Ok(()),
            turn = self.sleep(at.saturating_duration_since(Instant::now()), request) => turn,
        }
    }

    async fn sleep(&self, how_long: Duration, request: &Request) -> Result<(), ApiError> {
        if how_long.is_zero() {
            return Ok(());
        }
        let until = Instant::now() + how_long;
        let last_moment = async {
            let stopped = self.shutdown.requested().await;
            // A request that completes a change may go on waiting if the wait ends in time.
            if request.on_stop == OnStop::Finish && until < stopped + LAST_HALF {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep_until(until) => Ok(()),
            () = last_moment => Err(self.error(request, Kind::Stopped { sent: false })),
        }
    }

    /// Makes one attempt. A signal aborts a GET at once, and a write after a grace period for its answer.
    async fn once(
        &self,
        request: &Request,
        authorization: &HeaderValue,
        history: &mut History,
    ) -> Result<Response, Failed> {
        let is_write = request.is_write();
        let left = match request.on_stop {
            OnStop::Finish => LAST_HALF,
            OnStop::GiveUp if is_write => LAST_WRITE,
            // A sign-in, whose answer has a token to revoke.
            OnStop::GiveUp if request.method != Method::GET => LAST_HALF,
            OnStop::GiveUp => Duration::ZERO,
        };
        let last_moment = async { tokio::time::sleep_until(self.shutdown.requested().await + left).await };
        tokio::select! {
            biased;
            answer = self.exchange(request, authorization) => answer,
            () = last_moment => {
                // Of a write the error says it.
                history.losses += u32::from(!is_write && request.method != Method::GET);
                Err(Box::new((self.error(request, Kind::Stopped { sent: is_write }), None)))
            }
        }
    }

    /// Builds an error about a request.
    pub(super) fn error(&self, request: &Request, kind: Kind) -> ApiError {
        ApiError {
            method: request.method.clone(),
            path: request.path.clone(),
            host: self.host.authority.clone(),
            base_path: self.host.base_path.clone(),
            asker: self.asker(),
            kind,
            lost_before: false,
        }
    }

    /// Builds an error about an answer that is valid JSON with the wrong content.
    pub(super) fn misunderstood(&self, request: &Request, headers: &HeaderMap, detail: String) -> ApiError {
        self.error(request, self.unreadable(StatusCode::OK, headers, detail))
    }

    /// Builds an error about an answer that can't be understood.
    pub(super) fn unreadable(&self, status: StatusCode, headers: &HeaderMap, detail: String) -> Kind {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let request_id = header("x-github-request-id");
        Kind::Unreadable {
            status,
            detail,
            request_id: request_id.map(|id| refusal::told(id, |id| self.console.redact(id))),
            is_page: header("content-type").is_some_and(|kind| kind.starts_with("text/html")),
        }
    }
}

/// Returns the time in seconds since the epoch: from the answer's `date`, else from the local clock, which may be
/// wrong.
fn time_at(headers: Option<&HeaderMap>) -> u64 {
    let here = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    retry::date(headers, "date").unwrap_or_else(here)
}

fn jitter() -> f64 {
    f64::from(OsRng.next_u32()) / f64::from(u32::MAX)
}
