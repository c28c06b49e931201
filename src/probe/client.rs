//! Sends the requests: GETs, each once in a run, at most four at once for a host, bounded in bytes and time. No redirect
//! is followed, and of an answer its status is looked at; its body only where a question needs it, and no word of it is
//! ever shown.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::{AUTHORIZATION, USER_AGENT, WWW_AUTHENTICATE};
use reqwest::dns::Resolve;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;
use url::Url;

use super::candidate::digest;
use super::compare::Answer;
use super::place;
use super::resolver::{self, LeadsHere, Resolver};
use crate::http::{self as transport, Proxies, Roots, Tunnel, Unreachable};
use crate::shutdown::Shutdown;

/// How long one request may take, its answer's body included. Dependabot would not wait for much longer either.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many requests go to one host at once.
const AT_ONCE: usize = 4;
/// A name, a token or a discovery document is much smaller, in bytes.
const LARGEST_BODY: usize = 64 * 1024;
/// So many requests to a host may get no answer in time. Each takes all the time there is.
const MOST_SILENCES: u32 = 3;

/// Asks registries, one run long.
pub struct RegistryClient {
    roots: Roots,
    proxies: Proxies,
    shutdown: Shutdown,
    patience: Duration,
    /// By origin.
    clients: Mutex<BTreeMap<String, Client>>,
    /// By host.
    turns: Mutex<BTreeMap<String, Arc<Semaphore>>>,
    /// What got no answer, by origin.
    silent: Mutex<BTreeMap<String, Silence>>,
    /// What was asked already, or is being asked.
    asked: Mutex<BTreeMap<Request, Arc<OnceCell<Reply>>>>,
}

/// A request by its url and a hash of its header.
type Request = (String, Option<[u8; 32]>);

/// A host that does not answer.
#[derive(Clone, Default)]
struct Silence {
    /// How many requests got no answer in time.
    late: u32,
    /// Why the next one need not be sent.
    why: Option<String>,
}

/// How a host is reached.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    /// The way through a proxy, if one leads to the host.
    tunnel: Option<Arc<Tunnel>>,
}

/// What came back. It may hold a token, so it can't be shown.
#[derive(Clone)]
pub(super) struct Reply {
    /// The status, or why there is none.
    pub(super) status: Result<u16, String>,
    /// Empty unless it was wanted.
    pub(super) body: Vec<u8>,
    /// `WWW-Authenticate`, each of them.
    pub(super) challenges: Vec<String>,
}

impl Reply {
    fn silence(why: impl Into<String>) -> Self {
        Self { status: Err(why.into()), body: Vec::new(), challenges: Vec::new() }
    }

    /// As far as it is compared.
    pub(super) fn answer(&self) -> Answer {
        match &self.status {
            Ok(status) => Answer::Status(*status),
            Err(why) => Answer::Silence(why.clone()),
        }
    }
}

impl RegistryClient {
    /// Prepares; nothing is sent yet.
    pub fn new(roots: Roots, proxies: Proxies, shutdown: Shutdown) -> Self {
        let (clients, turns, silent, asked) = (Mutex::default(), Mutex::default(), Mutex::default(), Mutex::default());
        Self { roots, proxies, shutdown, patience: PATIENCE, clients, turns, silent, asked }
    }

    /// Whether a signal has ended the run: what was not asked by then is not known.
    pub fn is_stopped(&self) -> bool {
        self.shutdown.signal().is_some()
    }

    /// Sends a GET, unless the same was sent before, and answers what came back then.
    pub(super) async fn get(&self, url: &Url, header: Option<&SecretString>, wants_body: bool) -> Reply {
        let request = (url.as_str().to_owned(), header.map(digest));
        let cell = Arc::clone(lock(&self.asked).entry(request).or_default());
        cell.get_or_init(|| self.send(url, header, wants_body)).await.clone()
    }

    async fn send(&self, url: &Url, header: Option<&SecretString>, wants_body: bool) -> Reply {
        // Whatever led here: nothing with a secret leaves for another place.
        if let Err(why) = place::check(url) {
            return Reply::silence(why);
        }
        let host = url.host_str().unwrap_or_default();
        let turns =
            Arc::clone(lock(&self.turns).entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))));
        // It is never closed.
        let _turn = turns.acquire().await;
        if self.is_stopped() {
            return Reply::silence("the run was stopped");
        }
        // What does not lead there, or has not answered in time again and again, is not waited for once more.
        let known = lock(&self.silent).get(&place::origin(url)).and_then(|silence| silence.why.clone());
        if let Some(why) = known {
            return Reply::silence(why);
        }
        tokio::select! {
            biased;
            _ = self.shutdown.requested() => Reply::silence("the run was stopped"),
            reply = self.exchange(url, host, header, wants_body) => reply,
        }
    }

    async fn exchange(&self, url: &Url, host: &str, header: Option<&SecretString>, wants_body: bool) -> Reply {
        let out_of_reach = |why: &str| {
            let why = format!("{host} can't be reached: {why}");
            lock(&self.silent).entry(place::origin(url)).or_default().why = Some(why.clone());
            Reply::silence(why)
        };
        let late = || {
            let why = format!("{host} gave no answer within {} s", self.patience.as_secs_f32());
            let mut silent = lock(&self.silent);
            let silence = silent.entry(place::origin(url)).or_default();
            silence.late += 1;
            if silence.late >= MOST_SILENCES {
                silence.why = Some(why.clone());
            }
            Reply::silence(why)
        };
        let Client { http, tunnel } = match self.client(url) {
            Ok(client) => client,
            Err(why) => return out_of_reach(&why),
        };
        if tunnel.is_some() && timeout(self.patience, resolver::leads_here(host)).await.unwrap_or_default() {
            return out_of_reach(&LeadsHere.to_string());
        }
        let mut request =
            http.get(url.clone()).header(USER_AGENT, concat!("private-registries/", env!("CARGO_PKG_VERSION")));
        if let Some(header) = header {
            // It was checked when it was built.
            let Ok(mut value) = HeaderValue::from_bytes(header.expose_secret().as_bytes()) else {
                return out_of_reach("the credential does not fit into a header");
            };
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let deadline = tokio::time::Instant::now() + self.patience;
        match timeout(self.patience, request.send()).await {
            Err(_) => late(),
            Ok(Err(error)) => match why(&error, tunnel.as_deref()).await {
                (why, true) => out_of_reach(&why),
                (why, false) => Reply::silence(format!("{host} gave no answer: {why}")),
            },
            Ok(Ok(response)) => {
                let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
                let challenges = challenges.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
                let status = Ok(response.status().as_u16());
                let body = if wants_body { beginning(response, deadline).await } else { Vec::new() };
                Reply { status, body, challenges }
            }
        }
    }

    /// The way to a host: directly, or through a proxy, past which nothing goes.
    fn client(&self, url: &Url) -> Result<Client, String> {
        let mut clients = lock(&self.clients);
        let origin = place::origin(url);
        if let Some(client) = clients.get(&origin) {
            return Ok(client.clone());
        }
        let is_loopback = place::is_loopback(url);
        let proxy = if is_loopback { Ok(None) } else { self.proxies.to(url) };
        let proxy = proxy
            .map_err(|unreadable| format!("environment variable {} {}", unreadable.variable, unreadable.message))?;
        // With a proxy, what is looked up here is the proxy.
        let resolver = proxy.is_none().then(|| Arc::new(Resolver { is_loopback }) as Arc<dyn Resolve>);
        let http =
            transport::client_with(url, &self.roots, proxy.as_ref(), resolver).map_err(|error| format!("{error:#}"))?;
        let client = Client { http, tunnel: proxy.map(|proxy| Arc::new(Tunnel::new(&proxy, url))) };
        clients.insert(origin, client.clone());
        Ok(client)
    }
}

/// The beginning of a body. What has not come by the deadline is left.
async fn beginning(mut response: reqwest::Response, deadline: tokio::time::Instant) -> Vec<u8> {
    let mut body = Vec::new();
    let _ = tokio::time::timeout_at(deadline, async {
        while let Ok(Some(piece)) = response.chunk().await {
            let room = LARGEST_BODY - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if body.len() == LARGEST_BODY {
                break;
            }
        }
    })
    .await;
    body
}

/// Why there was no answer, and whether there was no connection either, so that there will be none for the next.
async fn why(error: &reqwest::Error, tunnel: Option<&Tunnel>) -> (String, bool) {
    let mut cause = Some(error as &(dyn Error + 'static));
    while let Some(error) = cause {
        if error.is::<LeadsHere>() {
            return (LeadsHere.to_string(), true);
        }
        cause = error.source();
    }
    let unreachable = Unreachable::of(error);
    let Unreachable { detail, sent, barrier } = match tunnel {
        Some(tunnel) => tunnel.explain(unreachable).await,
        None => unreachable,
    };
    (barrier.map_or(detail, |barrier| barrier.as_str().to_owned()), !sent)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
