//! Sends the requests in order: first without the credential, so that an unreachable host never gets it, then with it;
//! and never again after a refusal.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::attempts::MOST_FAILURES;
use super::candidate::{Probe, SignIn};
use super::client::{RegistryClient, Reply};
use super::compare::{self, Answer, Because, Compared, compare};
use super::questions::{Question, Step};
use super::{Check, Verdict, challenge, discovery};

const REGISTRY: &str = "the registry";
const TOKEN_SERVER: &str = "its token server";
const NOTHING: &str = "there is nothing to request";
/// The number of probes with the same header that are tried together at a host, once it has accepted the header.
const WAVE: usize = 4;

/// The result of trying a credential; `Err` holds one that is clear before all requests are sent.
type Tried = Result<Check, Check>;

impl RegistryClient {
    /// Tries the credentials, and returns a result for each.
    pub async fn check(&self, probes: &[Probe]) -> Vec<Check> {
        self.add_hosts(probes.iter().map(Probe::origin));
        let checked = join_all(groups(probes).into_iter().map(|indexes| self.check_alike(probes, indexes))).await;
        let mut checks: Vec<(usize, Check)> = checked.into_iter().flatten().collect();
        checks.sort_by_key(|(index, _)| *index);
        checks.into_iter().map(|(_, check)| check).collect()
    }

    /// Tries the probes of a group. The header is not sent any more to a host that has answered 401 too often.
    async fn check_alike(&self, probes: &[Probe], mut left: Vec<usize>) -> Vec<(usize, Check)> {
        let mut checks: Vec<(usize, Check)> = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let (spent, mut rest): (Vec<usize>, Vec<usize>) =
                left.into_iter().partition(|index| self.attempts.is_spent(&probes[*index].sign_in));
            let later = rest.split_off(self.wave(probes, &rest));
            let wave = spent.into_iter().chain(rest);
            let tried = join_all(wave.map(|index| async move { (index, self.try_one(&probes[index]).await) })).await;
            for (index, check) in &tried {
                if check.verdict == Verdict::Accepted {
                    self.attempts.accepted(probes[*index].sign_in.clone());
                }
            }
            checks.extend(tried);
            left = later;
        }
        checks
    }

    /// Returns how many of the next probes of a group are tried together: no more than may fail at one host.
    fn wave(&self, probes: &[Probe], left: &[usize]) -> usize {
        let Some(first) = left.first() else { return 0 };
        let next = &left[..WAVE.min(left.len())];
        if next.iter().all(|index| self.attempts.is_known(&probes[*index].sign_in)) {
            return next.len();
        }
        let failures = self.attempts.most_failures(&probes[*first].sign_in.digest);
        MOST_FAILURES.saturating_sub(failures).clamp(1, left.len())
    }

    async fn try_one(&self, probe: &Probe) -> Check {
        let header = &probe.authorization;
        let tried = match &probe.question {
            Question::Status(steps) => self.ask_status(steps, header).await,
            Question::Npm { whoami, package } => self.ask_npm(whoami, package, header).await,
            Question::Docker(url) => self.ask_docker(url, header).await,
            Question::Terraform { discovery, below } => self.ask_terraform(discovery, below, header).await,
        };
        tried.unwrap_or_else(|early| early)
    }

    /// Sends a request without the credential.
    ///
    /// # Errors
    /// The result, if the answer already decides it.
    async fn get_openly(&self, url: &Url, wants_body: bool) -> Result<Reply, Check> {
        let reply = self.get(url, None, wants_body).await;
        compare::without(&reply.answer()).map_or(Ok(reply), Err)
    }

    /// Sends a request with the credential to a server that is called `who`, and counts an answer 401.
    ///
    /// # Errors
    /// The result, if the credential must not be sent to this host any more.
    async fn sign_in(&self, who: &str, url: &Url, header: &SecretString, wants_body: bool) -> Result<Reply, Check> {
        let reply = self.sign_in_uncounted(who, url, header, wants_body).await?;
        if reply.status == Ok(401) {
            self.attempts.failed(SignIn::new(url, header), url);
        }
        Ok(reply)
    }

    /// Does the same for an answer 401 that may not be about the credential.
    async fn sign_in_uncounted(
        &self,
        who: &str,
        url: &Url,
        header: &SecretString,
        wants_body: bool,
    ) -> Result<Reply, Check> {
        if self.attempts.allows(&SignIn::new(url, header), url) {
            return Ok(self.get(url, Some(header), wants_body).await);
        }
        Err(Check::not_proven(format!(
            "{who} answered 401 to the same credential {MOST_FAILURES} times, so it is not sent again: many hosts lock an \
             account after a few attempts"
        )))
    }

    /// Sends the requests in order, until one gives a result.
    async fn ask_status(&self, steps: &[Step], header: &SecretString) -> Tried {
        let mut last: Option<Compared> = None;
        for Step { url, after } in steps {
            match &last {
                Some(Compared::Settled(_)) => break,
                Some(Compared::Undecided(because, _)) if !after.contains(because) => {}
                _ => last = Some(self.ask_both(url, header).await?),
            }
        }
        Ok(last.map_or_else(|| Check::not_proven(NOTHING), Compared::check))
    }

    /// Sends the same request without the credential and with it.
    async fn ask_both(&self, url: &Url, header: &SecretString) -> Result<Compared, Check> {
        let without = self.get_openly(url, false).await?;
        let with = self.sign_in(REGISTRY, url, header, false).await?;
        Ok(compare(REGISTRY, &with.answer(), &without.answer()))
    }

    /// Requests the user name from an npm registry or, if it does not support that, a package.
    async fn ask_npm(&self, whoami: &Url, package: &Url, header: &SecretString) -> Tried {
        let without = self.get_openly(whoami, true).await?;
        let with = self.sign_in(REGISTRY, whoami, header, true).await?;
        match compare(REGISTRY, &named(&with), &named(&without)) {
            // A success without a user name is some other page.
            _ if with.status == Ok(200) && !matches!(named(&with), Answer::User(_)) => {}
            Compared::Undecided(Because::NotThere | Because::Redirected, _) => {}
            Compared::Settled(check) => return Ok(check),
        }
        Ok(self.ask_both(package, header).await?.check())
    }

    /// Requests the base of a Docker registry's API; if the registry requires a token, tries the token server.
    async fn ask_docker(&self, url: &Url, header: &SecretString) -> Tried {
        let without = self.get_openly(url, false).await?;
        let with = self.sign_in_uncounted(REGISTRY, url, header, false).await?;
        let is_challenged = with.status == Ok(401);
        let request = if is_challenged { challenge::token_request(&with.challenges, url) } else { Ok(None) };
        if let Ok(Some(request)) = &request {
            return self.ask_token_server(url, request, header).await;
        }
        if is_challenged {
            self.attempts.failed(SignIn::new(url, header), url);
        }
        request.map_err(Check::not_proven)?;
        Ok(compare(REGISTRY, &with.answer(), &without.answer()).check())
    }

    /// Asks the token server for a token, and the registry with it. The server's host is the registry's word, so it is never
    /// shown.
    async fn ask_token_server(&self, url: &Url, request: &Url, header: &SecretString) -> Tried {
        let without = self.get_openly(request, true).await?;
        let with = self.sign_in(TOKEN_SERVER, request, header, true).await?;
        let (Ok(200), Some(token)) = (&with.status, challenge::token(&with.body)) else {
            return Ok(match compare(TOKEN_SERVER, &with.answer(), &without.answer()).check() {
                // A success without a token proves nothing.
                Check { verdict: Verdict::Accepted, .. } => {
                    Check::not_proven(format!("{TOKEN_SERVER} issues no token"))
                }
                other => other,
            });
        };
        let with = self.get(url, Some(&bearer(&token)), false).await.answer();
        let without = match challenge::token(&without.body).filter(|_| without.status == Ok(200)) {
            Some(token) => self.get(url, Some(&bearer(&token)), false).await.answer(),
            None => without.answer(),
        };
        Ok(match compare(REGISTRY, &with, &without).check() {
            Check { verdict: Verdict::Accepted, .. } => Check::accepted(format!(
                "{TOKEN_SERVER} accepts the login, and the registry accepts its token; whether it may read an image is not \
                 proven"
            )),
            Check { verdict: Verdict::NotProven, .. } if with == without => {
                Check::not_proven(format!("{TOKEN_SERVER} gives everybody a token that the registry accepts"))
            }
            other => other,
        })
    }

    /// Requests the discovery document, with the credential only if the host requires it, and then a made-up module.
    async fn ask_terraform(&self, discovery: &Url, below: &Url, header: &SecretString) -> Tried {
        let mut reply = self.get_openly(discovery, true).await?;
        // Dependabot's proxy sends the credential only below the entry's url, so only a root url covers the document.
        if matches!(reply.status, Ok(401 | 403)) && below.path() == "/" {
            let with = self.sign_in(REGISTRY, discovery, header, true).await?;
            let compared = compare(REGISTRY, &with.answer(), &reply.answer()).check();
            if compared.verdict != Verdict::Accepted {
                return Ok(compared);
            }
            reply = with;
        }
        match reply.status {
            Ok(200) => {}
            Ok(status) => {
                let why = format!("the host answers {status} to the request for its discovery document");
                return Err(Check::not_proven(why));
            }
            Err(why) => return Err(Check::unreachable(why)),
        }
        let versions = discovery::versions(&reply.body, discovery, below).map_err(Check::not_proven)?;
        Ok(self.ask_both(&versions, header).await?.check())
    }
}

/// Groups the probes that may send the same header to the same host. A Docker registry may name any host as its token
/// server, and then the header decides alone.
fn groups(probes: &[Probe]) -> Vec<Vec<usize>> {
    let docker = probes.iter().filter(|probe| probe.has_token_server());
    let anywhere: BTreeSet<[u8; 32]> = docker.map(|probe| probe.sign_in.digest).collect();
    let mut groups: BTreeMap<([u8; 32], Option<&str>), Vec<usize>> = BTreeMap::new();
    for (index, Probe { sign_in: SignIn { origin, digest }, .. }) in probes.iter().enumerate() {
        let origin = (!anywhere.contains(digest)).then_some(origin.as_str());
        groups.entry((*digest, origin)).or_default().push(index);
    }
    groups.into_values().collect()
}

#[derive(Deserialize)]
struct WhoAmI {
    username: String,
}

/// Returns the answer, with the user name in it if there is one.
fn named(reply: &Reply) -> Answer {
    let user = serde_json::from_slice(&reply.body).ok().map(|WhoAmI { username }| username);
    match user.filter(|user| !user.is_empty()) {
        Some(user) if reply.status == Ok(200) => Answer::User(user),
        _ => reply.answer(),
    }
}

fn bearer(token: &SecretString) -> SecretString {
    SecretString::from(format!("Bearer {}", token.expose_secret()))
}
