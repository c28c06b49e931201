//! Sends the requests: GETs, each once in a run, at most four at once to a host, limited in bytes and time. Redirects
//! are not followed. Only the status of an answer is used, and its body where a question needs it; the body is never
//! shown.

use std::collections::{BTreeMap, BTreeSet};
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

use super::attempts::Attempts;
use super::candidate::digest;
use super::compare::Answer;
use super::place;
use super::resolver::{self, LeadsHere, Resolver};
use crate::http::{self as transport, Proxies, Roots, Tunnel, Unreachable};
use crate::shutdown::Shutdown;

/// The time limit of a request, including its answer's body. Dependabot would not wait much longer either.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most requests to one host at the same time.
const AT_ONCE: usize = 4;
/// The most bytes of a body that are read. A user name, a token or a discovery document is much smaller.
const LARGEST_BODY: usize = 64 * 1024;
/// The number of requests to a host that may time out before no more are sent, since each takes the full time limit.
const MOST_SILENCES: u32 = 3;

/// The client that asks registries during a run.
pub struct RegistryClient {
    roots: Roots,
    proxies: Proxies,
    shutdown: Shutdown,
    patience: Duration,
    /// The clients by origin.
    clients: Mutex<BTreeMap<String, Client>>,
    /// The limits on concurrent requests, by host.
    turns: Mutex<BTreeMap<String, Arc<Semaphore>>>,
    /// The hosts that did not answer, by origin.
    silent: Mutex<BTreeMap<String, Silence>>,
    /// The requests that were sent or are under way.
    asked: Mutex<BTreeMap<Request, Arc<OnceCell<Reply>>>>,
    /// The failed attempts of each header at each host.
    pub(super) attempts: Attempts,
    /// The origins of the entries. Any other one is a server's word, and is not shown.
    hosts: Mutex<BTreeSet<String>>,
}

/// A request's url and the hash of its header.
type Request = (String, Option<[u8; 32]>);

/// A host that does not answer.
#[derive(Clone, Default)]
struct Silence {
    /// The number of requests that timed out.
    late: u32,
    /// The reason why no more requests are sent.
    why: Option<String>,
}

/// The connection to a host.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    /// The tunnel through a proxy, if the host is reached through one.
    tunnel: Option<Arc<Tunnel>>,
}

/// The answer to a request. It may contain a token, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct Reply {
    /// The status, or the reason why there is no answer.
    pub(super) status: Result<u16, String>,
    /// The body; empty unless it was requested.
    pub(super) body: Vec<u8>,
    /// The `WWW-Authenticate` headers.
    pub(super) challenges: Vec<String>,
}

impl Reply {
    fn silence(why: impl Into<String>) -> Self {
        Self { status: Err(why.into()), body: Vec::new(), challenges: Vec::new() }
    }

    /// Returns the part that is compared.
    pub(super) fn answer(&self) -> Answer {
        match &self.status {
            Ok(status) => Answer::Status(*status),
            Err(why) => Answer::Silence(why.clone()),
        }
    }
}

impl RegistryClient {
    /// Creates the client without sending anything.
    pub fn new(roots: Roots, proxies: Proxies, shutdown: Shutdown) -> Self {
        let (clients, turns, silent, asked) = (Mutex::default(), Mutex::default(), Mutex::default(), Mutex::default());
        let (attempts, hosts) = (Attempts::default(), Mutex::default());
        Self { roots, proxies, shutdown, patience: PATIENCE, clients, turns, silent, asked, attempts, hosts }
    }

    /// Adds the origins of entries, whose hosts may be shown.
    pub(super) fn add_hosts<'a>(&self, origins: impl Iterator<Item = &'a str>) {
        lock(&self.hosts).extend(origins.map(str::to_owned));
    }

    /// Reports whether a signal has ended the run. Credentials not tried by then have no result.
    pub fn is_stopped(&self) -> bool {
        self.shutdown.signal().is_some()
    }

    /// Sends a GET. If the same request was sent before, returns its answer instead.
    pub(super) async fn get(&self, url: &Url, header: Option<&SecretString>, wants_body: bool) -> Reply {
        let request = (url.as_str().to_owned(), header.map(digest));
        let cell = Arc::clone(lock(&self.asked).entry(request).or_default());
        cell.get_or_init(|| self.send(url, header, wants_body)).await.clone()
    }

    async fn send(&self, url: &Url, header: Option<&SecretString>, wants_body: bool) -> Reply {
        // Checked again for every request, so that no secret goes anywhere else, whatever the caller does.
        if let Err(why) = place::check(url) {
            return Reply::silence(why);
        }
        let host = url.host_str().unwrap_or_default();
        let turns =
            Arc::clone(lock(&self.turns).entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))));
        // This fails only for a closed semaphore, and it is never closed.
        let _turn = turns.acquire().await;
        if self.is_stopped() {
            return Reply::silence("the run was stopped");
        }
        // A host that can't be reached, or has timed out too often, is not tried again.
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
        let is_of_entry = lock(&self.hosts).contains(&place::origin(url));
        // A registry can name its token server after a secret, and the details of an error may repeat that name.
        let shown = if is_of_entry { host } else { "its token server" };
        let detail = |why: String| if is_of_entry { why } else { "the connection failed".to_owned() };
        let out_of_reach = |why: &str| {
            let why = format!("{shown} can't be reached: {why}");
            lock(&self.silent).entry(place::origin(url)).or_default().why = Some(why.clone());
            Reply::silence(why)
        };
        let late = || {
            let why = format!("{shown} did not answer within {} s", self.patience.as_secs_f32());
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
            // The header was checked when it was built, so this does not fail.
            let Ok(mut value) = HeaderValue::from_bytes(header.expose_secret().as_bytes()) else {
                return out_of_reach("the credential is not a valid header value");
            };
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let deadline = tokio::time::Instant::now() + self.patience;
        match timeout(self.patience, request.send()).await {
            Err(_) => late(),
            Ok(Err(error)) => match why(&error, tunnel.as_deref()).await {
                (why, true) => out_of_reach(&detail(why)),
                (why, false) => Reply::silence(format!("{shown} did not answer: {}", detail(why))),
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

    /// Returns the client for a host, which connects directly or only through a proxy.
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
        // With a proxy, only the proxy's own name is resolved here.
        let resolver = proxy.is_none().then(|| Arc::new(Resolver { is_loopback }) as Arc<dyn Resolve>);
        let http =
            transport::client_with(url, &self.roots, proxy.as_ref(), resolver).map_err(|error| format!("{error:#}"))?;
        let client = Client { http, tunnel: proxy.map(|proxy| Arc::new(Tunnel::new(&proxy, url))) };
        clients.insert(origin, client.clone());
        Ok(client)
    }
}

/// Reads the beginning of a body, until the deadline.
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

/// Returns the reason why there was no answer, and whether no connection was made, so that another request would fail
/// too.
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
