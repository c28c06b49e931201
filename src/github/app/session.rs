//! An App on one organization: its token, asked for when it is first needed, renewed in a long run, and revoked at the end.

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

/// How long a token that can't be renewed is used before that is tried again.
const NEXT_RENEWAL: Duration = Duration::from_mins(1);
/// How long one attempt to revoke a token may take.
const REVOCATION: Duration = Duration::from_secs(5);
/// By when all of it must be done once the run is told to stop. The runner kills after 7.5 s.
const LAST_REVOCATION: Duration = Duration::from_secs(7);
/// What it may take even then.
const SHORTEST_REVOCATION: Duration = Duration::from_millis(500);

/// An App on one organization.
pub(in crate::github) struct Session {
    app: AppClient,
    org: String,
    needs: Needs,
    state: Mutex<State>,
    /// Whether the installation can see only some repositories, as far as that was told.
    sees_some: AtomicBool,
}

/// What has come of it so far.
#[derive(Default)]
struct State {
    installation: Option<Installation>,
    current: Option<InstallationToken>,
    /// Those that were replaced; a request with one may still be under way.
    former: Vec<InstallationToken>,
    /// How many more may have been issued in answers that did not arrive.
    unseen: u32,
    /// When renewal is tried again.
    next_renewal: Option<Instant>,
    /// Why there is no token: asked for once, whoever wants it.
    failed: Option<ApiError>,
}

impl State {
    /// The token to use now, if there is one that need not be renewed.
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

    /// Whether the installation can see only some repositories.
    pub(in crate::github) fn sees_some(&self) -> bool {
        self.sees_some.load(Ordering::Relaxed)
    }

    /// What to send with a request.
    ///
    /// Signing in sends requests itself, so the type is spelled out. It goes on when nobody waits for it any more: a token
    /// that nobody has heard of could not be revoked.
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

    /// A token of the installation, which is looked for first unless it is known already, and again where GitHub gives
    /// none for the one that is known: it may have changed since.
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

    /// Keeps for a warning that a token has more than was asked for.
    fn tell_surplus(&self, granted: &Installation) {
        let client = self.app.client();
        let surplus = self.app.surplus(self.needs, granted);
        if !surplus.is_empty() {
            let message = format!(
                "GitHub gave the App a token for {} with more than was asked for ({}): give the App no other permission \
                 than \"Organization private registries\"",
                self.org,
                client.console().redact(&surplus.join(", "))
            );
            client.host().advise(&format!("surplus on {}", self.org), message);
        }
    }

    /// Whether a refusal may only mean that GitHub does not know a new token, or what it may do, everywhere yet.
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

    /// Gives up a token that GitHub does not accept, unless another one has taken its place.
    pub(in crate::github) async fn give_up(&self, authorization: &HeaderValue) {
        let mut state = self.state.lock().await;
        if let Some(token) = state.current.take_if(|token| token.authorization == authorization) {
            state.former.push(token);
        }
    }

    /// Revokes every token: <https://docs.github.com/rest/apps/installations#revoke-an-installation-access-token>
    ///
    /// Returns what could not be done, for a warning.
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
        let text =
            |why| format!("the App's token for {} was not revoked ({why}); it ends by itself within an hour", self.org);
        let unseen = match std::mem::take(&mut state.unseen) {
            0 => None,
            1 => Some(("a token", "it")),
            _ => Some(("tokens", "they")),
        };
        let unseen = unseen.map(|(tokens, they)| {
            format!(
                "the answer to a request for the App's token for {} was lost, so GitHub may have issued {tokens} that \
                 nobody has seen and nobody can revoke; {they} will end within an hour",
                self.org
            )
        });
        failed.into_iter().map(text).chain(unseen).collect()
    }

    /// Revokes one token. What got no clear answer is tried again, once.
    async fn revoke(&self, token: &InstallationToken) -> Result<(), String> {
        let client = self.app.client();
        let request = Request::new(Method::DELETE, &["installation", "token"]).signing_in();
        let attempt = || async {
            match timeout(REVOCATION, client.exchange(&request, &token.authorization)).await {
                Ok(Ok(_)) => Ok(()),
                // It is over already.
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

/// Whether signing in failed for a reason that may not last.
fn may_pass(error: &ApiError) -> bool {
    match &error.kind {
        Kind::SignIn(error) => error.may_pass,
        Kind::Stopped { .. } => true,
        _ => false,
    }
}
