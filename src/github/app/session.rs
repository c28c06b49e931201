//! An App's session on one organization: its token is requested when first needed, renewed in a long run, and revoked
//! at the end.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::client::AppClient;
use super::installation::Installation;
use super::permission::REGISTRIES;
use super::token::InstallationToken;
use super::{Needs, Trouble};
use crate::github::request::Request;
use crate::github::{ApiError, Kind, OnStop};
use crate::secrets;

/// How long an old token stays in use after a failed renewal, before the renewal is tried again.
const NEXT_RENEWAL: Duration = Duration::from_mins(1);
/// How long one attempt to revoke a token may take.
const REVOCATION: Duration = Duration::from_secs(5);
/// The deadline for all revocations after the signal to stop. The runner kills the process after 7.5 s.
const LAST_REVOCATION: Duration = Duration::from_secs(7);
/// The minimum time for revocations, even if that deadline has passed.
const SHORTEST_REVOCATION: Duration = Duration::from_millis(500);

/// An App's session on one organization.
pub(in crate::github) struct Session {
    app: AppClient,
    org: String,
    needs: Needs,
    state: Mutex<State>,
    /// Whether the installation can access only selected repositories; `false` until a token has said so.
    sees_some: AtomicBool,
}

/// The tokens of a session.
#[derive(Default)]
struct State {
    installation: Option<Installation>,
    current: Option<InstallationToken>,
    /// The replaced tokens, which are kept because a request with one may still be in flight.
    former: Vec<InstallationToken>,
    /// How many tokens may have been issued in answers that did not arrive.
    unseen: u32,
    /// When the renewal is tried again.
    next_renewal: Option<Instant>,
    /// Why there is no token. It is kept so that every request fails with it, without asking GitHub again.
    failed: Option<ApiError>,
}

impl State {
    /// Returns the current token if it can be used without a renewal.
    fn usable(&self, now: Instant) -> Option<&InstallationToken> {
        let may_wait = self.next_renewal.is_some_and(|next| now < next);
        self.current.as_ref().filter(|token| !token.is_old(now) || (may_wait && !token.is_over(now)))
    }
}

impl Session {
    pub(super) fn new(app: AppClient, org: &str, needs: Needs) -> Self {
        let (state, sees_some) = (Mutex::default(), AtomicBool::new(false));
        Self { app, org: org.to_owned(), needs, state, sees_some }
    }

    /// Returns whether the installation can access only selected repositories.
    pub(in crate::github) fn sees_some(&self) -> bool {
        self.sees_some.load(Ordering::Relaxed)
    }

    /// Returns the `Authorization` header for a request, after signing in if necessary.
    ///
    /// Signing in sends requests too, so the future's type would be recursive if it were not boxed. It runs in a task
    /// of its own, which continues when its caller is cancelled: a token that nobody received could not be revoked.
    pub(in crate::github) fn authorization(
        self: &Arc<Self>,
        on_stop: OnStop,
    ) -> Pin<Box<dyn Future<Output = Result<HeaderValue, ApiError>> + Send>> {
        let session = Arc::clone(self);
        Box::pin(async move {
            if let Ok(state) = session.state.try_lock()
                && let Some(token) = state.usable(Instant::now())
            {
                return Ok(token.authorization.clone());
            }
            match tokio::spawn(async move { session.sign_in(on_stop).await }).await {
                Ok(authorization) => authorization,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        })
    }

    async fn sign_in(&self, on_stop: OnStop) -> Result<HeaderValue, ApiError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(token) = state.usable(now) {
            return Ok(token.authorization.clone());
        }
        if let Some(failed) = &state.failed {
            return Err(failed.clone());
        }
        let error = match self.new_token(&mut state, on_stop).await {
            Ok(authorization) => return Ok(authorization),
            Err(error) => error,
        };
        let is_stop = matches!(error.kind, Kind::Stopped { .. });
        let current = state.current.as_ref().filter(|token| may_pass(&error) && !token.is_over(Instant::now()));
        if let Some(authorization) = current.map(|token| token.authorization.clone()) {
            state.next_renewal = Some(Instant::now() + NEXT_RENEWAL);
            return Ok(authorization);
        }
        state.failed = Some(error.clone()).filter(|_| !is_stop);
        Err(error)
    }

    /// Requests a token for the installation. The installation is looked up if it is not known yet, and again if GitHub
    /// refuses a token for the known one, because it may have changed.
    async fn ask(&self, state: &mut State, on_stop: OnStop) -> Result<(Installation, InstallationToken), ApiError> {
        if let Some(known) = state.installation.clone() {
            match self.app.token(&self.org, &known, self.needs, on_stop, &mut state.unseen).await {
                Err(error) if !may_pass(&error) => state.installation = None,
                token => return Ok((known, token?)),
            }
        }
        let found = self.app.installation(&self.org, self.needs, on_stop).await?;
        let token = self.app.token(&self.org, &found, self.needs, on_stop, &mut state.unseen).await?;
        Ok((found, token))
    }

    async fn new_token(&self, state: &mut State, on_stop: OnStop) -> Result<HeaderValue, ApiError> {
        let (installation, token) = self.ask(state, on_stop).await?;
        let console = self.app.client().console();
        for mask in secrets::masks(&token.text, None) {
            console.mask(&mask);
        }
        if token.ends_too_soon {
            let message = format!(
                "GitHub gave the App a token for {} that ends as soon as it was issued, by its `expires_at`: one of its \
                 clocks must be wrong. The token is used as one that is valid for an hour",
                self.org
            );
            self.app.client().host().advise(&format!("lifetime on {}", self.org), message);
        }
        state.installation = Some(installation.clone());
        state.former.extend(state.current.take());
        let token = state.current.insert(token);
        self.sees_some.store(token.granted.is_for_some_repositories, Ordering::Relaxed);
        let authorization = token.authorization.clone();
        if token.granted.lacks(self.needs) {
            let trouble = Trouble::left_out(self.needs.registries, token.granted.access(REGISTRIES));
            state.former.extend(state.current.take());
            return Err(self.app.trouble(&self.app.token_request(&installation, self.needs), trouble));
        }
        self.tell_surplus(&token.granted);
        Ok(authorization)
    }

    /// Keeps a warning if a token has permissions that were not requested.
    fn tell_surplus(&self, granted: &Installation) {
        let client = self.app.client();
        let surplus = self.app.surplus(self.needs, granted);
        if !surplus.is_empty() {
            let message = format!(
                "GitHub gave the App a token for {} with more permissions than requested ({}): give the App no \
                 permission other than \"Organization private registries\"",
                self.org,
                client.console().redact(&surplus.join(", "))
            );
            client.host().advise(&format!("surplus on {}", self.org), message);
        }
    }

    /// Returns whether a refusal may only mean that GitHub does not know a new token, or its permissions, everywhere
    /// yet.
    pub(in crate::github) fn may_be_too_early(&self, error: &ApiError) -> bool {
        let is_new = |state: tokio::sync::MutexGuard<'_, State>| {
            state.current.as_ref().is_some_and(|token| token.is_new(Instant::now()))
        };
        let is_about_rights = match &error.kind {
            Kind::Refused(refusal) if refusal.status == StatusCode::UNAUTHORIZED => true,
            Kind::Refused(refusal) => refusal.meets_all() && refusal.message.to_lowercase().contains("not accessible"),
            _ => false,
        };
        is_about_rights && self.state.try_lock().is_ok_and(is_new)
    }

    /// Discards a token that GitHub does not accept, unless it has already been replaced.
    pub(in crate::github) async fn give_up(&self, authorization: &HeaderValue) {
        let mut state = self.state.lock().await;
        if let Some(token) = state.current.take_if(|token| token.authorization == authorization) {
            state.former.push(token);
        }
    }

    /// Revokes every token: <https://docs.github.com/rest/apps/installations#revoke-an-installation-access-token>
    ///
    /// Returns warnings about what could not be revoked.
    pub(in crate::github) async fn sign_out(&self) -> Vec<String> {
        let mut state = self.state.lock().await;
        let begun = Instant::now();
        let mut tokens: Vec<_> = std::mem::take(&mut state.former).into_iter().chain(state.current.take()).collect();
        // One that is over by the clock here may be alive by GitHub's; but the others go first.
        tokens.sort_by_key(|token| token.is_over(begun));
        let last_moment = async {
            let stopped = self.app.client().shutdown().requested().await;
            tokio::time::sleep_until((stopped + LAST_REVOCATION).max(begun + SHORTEST_REVOCATION)).await;
        };
        let mut failed = Vec::new();
        let all = async {
            for token in &tokens {
                failed.extend(self.revoke(token).await.err());
            }
        };
        let is_cut = tokio::select! {
            biased;
            () = all => false,
            () = last_moment => true,
        };
        failed.extend(is_cut.then(|| "the run was stopped".to_owned()));
        let text = |why| format!("the App's token for {} was not revoked ({why}); it expires within an hour", self.org);
        let unseen = match std::mem::take(&mut state.unseen) {
            0 => None,
            1 => Some(("a token", "it")),
            _ => Some(("tokens", "they")),
        };
        let unseen = unseen.map(|(tokens, they)| {
            format!(
                "the answer to a request for the App's token for {} was lost, so GitHub may have issued {tokens} that \
                 can't be revoked; {they} will expire within an hour",
                self.org
            )
        });
        failed.into_iter().map(text).chain(unseen).collect()
    }

    /// Revokes one token, with a second attempt if there is no clear answer.
    async fn revoke(&self, token: &InstallationToken) -> Result<(), String> {
        let client = self.app.client();
        let request = Request::new(Method::DELETE, &["installation", "token"]).signing_in();
        let attempt = || async {
            match timeout(REVOCATION, client.exchange(&request, &token.authorization)).await {
                Ok(Ok(_)) => Ok(()),
                // It has already expired or been revoked.
                Ok(Err(failed)) if failed.0.status() == Some(StatusCode::UNAUTHORIZED) => Ok(()),
                Ok(Err(failed)) => Err((failed.0.is_lost(), failed.0.headline())),
                Err(_) => Err((true, format!("no answer within {} s", REVOCATION.as_secs()))),
            }
        };
        match attempt().await {
            Err((true, _)) => attempt().await,
            done => done,
        }
        .map_err(|(_, why)| why)
    }
}

/// Returns whether signing in failed for a reason that may be temporary.
fn may_pass(error: &ApiError) -> bool {
    match &error.kind {
        Kind::SignIn(error) => error.may_pass,
        Kind::Stopped { .. } => true,
        _ => false,
    }
}
