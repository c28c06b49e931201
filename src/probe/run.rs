//! Sends the requests in order: first without the credential, so that an unreachable host never gets it, then with it;
//! and never again after a refusal.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::candidate::{Probe, SignIn};
use super::client::{RegistryClient, Reply};
use super::compare::{self, Answer, Because, Compared, compare};
use super::questions::{Question, Step};
use super::{Check, Verdict, challenge, discovery};

const REGISTRY: &str = "the registry";
const NOTHING: &str = "there is nothing to request";
/// The number of probes with the same header that are tried together at a host, once it has accepted the header.
const WAVE: usize = 4;
/// The number of times that a host may answer 401 to a header that it has not accepted before. Many hosts lock an
/// account after five attempts.
const MOST_FAILURES: usize = 3;

impl RegistryClient {
    /// Tries the credentials, and returns a result for each.
    pub async fn check(&self, probes: &[Probe]) -> Vec<Check> {
        let mut groups: BTreeMap<&SignIn, Vec<usize>> = BTreeMap::new();
        for (index, probe) in probes.iter().enumerate() {
            groups.entry(&probe.sign_in).or_default().push(index);
        }
        let checked = join_all(groups.into_values().map(|indexes| self.check_alike(probes, indexes))).await;
        let mut checks: Vec<(usize, Check)> = checked.into_iter().flatten().collect();
        checks.sort_by_key(|(index, _)| *index);
        checks.into_iter().map(|(_, check)| check).collect()
    }

    /// Tries the probes with the same header and host. The header is not sent any more after too many 401 answers.
    async fn check_alike(&self, probes: &[Probe], indexes: Vec<usize>) -> Vec<(usize, Check)> {
        let mut checks: Vec<(usize, Check)> = Vec::with_capacity(indexes.len());
        let mut left = indexes.as_slice();
        let mut failures = 0;
        let mut is_known = false;
        while !left.is_empty() {
            let size = if is_known { WAVE } else { MOST_FAILURES - failures };
            let (wave, rest) = left.split_at(size.min(left.len()));
            left = rest;
            let tried =
                join_all(wave.iter().map(|index| async move { (*index, self.try_one(&probes[*index]).await) })).await;
            failures += tried.iter().filter(|(_, tried)| tried.is_unauthorized).count();
            is_known |= tried.iter().any(|(_, tried)| tried.check.verdict == Verdict::Accepted);
            checks.extend(tried.into_iter().map(|(index, tried)| (index, tried.check)));
            if !is_known && failures >= MOST_FAILURES {
                let not_sent = left
                    .iter()
                    .map(|index| async move { (*index, self.ask_without_credential(&probes[*index]).await) });
                checks.extend(join_all(not_sent).await);
                break;
            }
        }
        checks
    }

    /// Returns the result without sending a credential that the host has refused for other probes.
    async fn ask_without_credential(&self, probe: &Probe) -> Check {
        let url = match &probe.question {
            Question::Status(steps) => steps.first().map(|step| &step.url),
            Question::Npm { whoami: url, .. } | Question::Docker(url) | Question::Terraform { discovery: url, .. } => {
                Some(url)
            }
        };
        let Some(url) = url else { return Check::not_proven(NOTHING) };
        let without = self.get(url, None, false).await.answer();
        if let Some(check) = compare::without(&without) {
            return check;
        }
        let again = format!(
            "the host answered 401 to the same credential for {MOST_FAILURES} other entries, so it is not sent again: \
             many hosts lock an account after a few attempts"
        );
        if without == Answer::Status(401) { Check::refused(again) } else { Check::not_proven(again) }
    }

    async fn try_one(&self, probe: &Probe) -> Tried {
        let header = &probe.authorization;
        match &probe.question {
            Question::Status(steps) => self.ask_status(steps, header).await,
            Question::Npm { whoami, package } => self.ask_npm(whoami, package, header).await,
            Question::Docker(url) => self.ask_docker(url, header).await,
            Question::Terraform { discovery, below } => self.ask_terraform(discovery, below, header).await,
        }
    }

    /// Sends the requests in order, until one gives a result.
    async fn ask_status(&self, steps: &[Step], header: &SecretString) -> Tried {
        let mut last: Option<(Tried, Option<Because>)> = None;
        for Step { url, after } in steps {
            if let Some((_, because)) = &last
                && because.is_none_or(|because| !after.contains(&because))
            {
                continue;
            }
            let (compared, status) = self.ask_both(url, header).await;
            let because = match &compared {
                Compared::Settled(_) => None,
                Compared::Undecided(because, _) => Some(*because),
            };
            last = Some((Tried { is_unauthorized: status == Some(401), check: compared.check() }, because));
        }
        last.map_or_else(|| Tried::of(Check::not_proven(NOTHING)), |(tried, _)| tried)
    }

    async fn ask_one(&self, url: &Url, header: &SecretString) -> Tried {
        let (compared, status) = self.ask_both(url, header).await;
        Tried { is_unauthorized: status == Some(401), check: compared.check() }
    }

    /// Sends the same request without the credential and with it. Also returns the status of the answer with it.
    async fn ask_both(&self, url: &Url, header: &SecretString) -> (Compared, Option<u16>) {
        let without = self.get(url, None, false).await.answer();
        if let Some(check) = compare::without(&without) {
            return (Compared::Settled(check), None);
        }
        let with = self.get(url, Some(header), false).await;
        (compare(REGISTRY, &with.answer(), &without), with.status.ok())
    }

    /// Requests the user name from an npm registry or, if it does not support that, a package.
    async fn ask_npm(&self, whoami: &Url, package: &Url, header: &SecretString) -> Tried {
        let without = self.get(whoami, None, true).await;
        if let Some(check) = compare::without(&without.answer()) {
            return Tried::of(check);
        }
        let with = self.get(whoami, Some(header), true).await;
        match compare(REGISTRY, &named(&with), &named(&without)) {
            // A success without a user name is some other page.
            _ if with.status == Ok(200) && !matches!(named(&with), Answer::User(_)) => {}
            Compared::Undecided(Because::NotThere | Because::Redirected, _) => {}
            Compared::Undecided(Because::Forbidden, check) | Compared::Settled(check) => {
                return Tried { is_unauthorized: with.status == Ok(401), check };
            }
        }
        self.ask_one(package, header).await
    }

    /// Requests the base of a Docker registry's API; if the registry requires a token, tries the token server.
    async fn ask_docker(&self, url: &Url, header: &SecretString) -> Tried {
        let without = self.get(url, None, false).await;
        if let Some(check) = compare::without(&without.answer()) {
            return Tried::of(check);
        }
        let with = self.get(url, Some(header), false).await;
        let is_challenged = with.status == Ok(401);
        let request = if is_challenged { challenge::token_request(&with.challenges, url) } else { Ok(None) };
        match request {
            Err(why) => Tried::of(Check::not_proven(why)),
            Ok(Some(request)) => self.ask_token_server(url, &request, header).await,
            Ok(None) => {
                let check = compare(REGISTRY, &with.answer(), &without.answer()).check();
                Tried { is_unauthorized: is_challenged, check }
            }
        }
    }

    async fn ask_token_server(&self, url: &Url, request: &Url, header: &SecretString) -> Tried {
        let host = request.host_str().unwrap_or_default();
        let without = self.get(request, None, true).await;
        if let Some(check) = compare::without(&without.answer()) {
            return Tried::of(check);
        }
        let with = self.get(request, Some(header), true).await;
        let (Ok(200), Some(token)) = (&with.status, challenge::token(&with.body)) else {
            let check = match compare(&format!("its token server {host}"), &with.answer(), &without.answer()).check() {
                // A success without a token proves nothing.
                Check { verdict: Verdict::Accepted, .. } => {
                    Check::not_proven(format!("its token server {host} issues no token"))
                }
                other => other,
            };
            return Tried { is_unauthorized: with.status == Ok(401), check };
        };
        let with = self.get(url, Some(&bearer(&token)), false).await.answer();
        let without = match challenge::token(&without.body).filter(|_| without.status == Ok(200)) {
            Some(token) => self.get(url, Some(&bearer(&token)), false).await.answer(),
            None => without.answer(),
        };
        let check = match compare(REGISTRY, &with, &without).check() {
            Check { verdict: Verdict::Accepted, .. } => Check::accepted(format!(
                "its token server {host} accepts the login, and the registry accepts its token; whether it may read an \
                 image is not proven"
            )),
            Check { verdict: Verdict::NotProven, .. } if with == without => {
                Check::not_proven(format!("its token server {host} gives everybody a token that the registry accepts"))
            }
            other => other,
        };
        Tried::of(check)
    }

    /// Requests the discovery document, with the credential only if the host requires it, and then a made-up module.
    async fn ask_terraform(&self, discovery: &Url, below: &Url, header: &SecretString) -> Tried {
        let mut reply = self.get(discovery, None, true).await;
        if let Some(check) = compare::without(&reply.answer()) {
            return Tried::of(check);
        }
        // Dependabot's proxy sends the credential only below the entry's url, so only a root url covers the document.
        if matches!(reply.status, Ok(401 | 403)) && below.path() == "/" {
            let with = self.get(discovery, Some(header), true).await;
            let compared = compare(REGISTRY, &with.answer(), &reply.answer()).check();
            if compared.verdict != Verdict::Accepted {
                return Tried { is_unauthorized: with.status == Ok(401), check: compared };
            }
            reply = with;
        }
        match reply.status {
            Ok(200) => {}
            Ok(status) => {
                let why = format!("the host answers {status} to the request for its discovery document");
                return Tried::of(Check::not_proven(why));
            }
            Err(why) => return Tried::of(Check::unreachable(why)),
        }
        match discovery::versions(&reply.body, discovery, below) {
            Ok(versions) => self.ask_one(&versions, header).await,
            Err(why) => Tried::of(Check::not_proven(why)),
        }
    }
}

/// The result of one probe.
struct Tried {
    check: Check,
    /// Whether the host answered 401, so that another attempt with the same credential would fail as well.
    is_unauthorized: bool,
}

impl Tried {
    fn of(check: Check) -> Self {
        Self { check, is_unauthorized: false }
    }
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
