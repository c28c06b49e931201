//! GitHub as an App itself sees it: its installations, and the tokens for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, StatusCode};
use tokio::time::Instant;

use super::installation::Installation;
use super::permission;
use super::session::Session;
use super::signer::{Signer, epoch};
use super::token::InstallationToken;
use super::trouble::Site;
use super::{Needs, Trouble};
use crate::actions::Console;
use crate::github::credential::Credential;
use crate::github::error::SignInError;
use crate::github::list::LARGEST_LIST;
use crate::github::pace::Pace;
use crate::github::request::{Request, Response};
use crate::github::{ApiError, Client, Connection, Host, Kind, Limits, OnStop, Refusal, retry};
use crate::shutdown::Shutdown;

const PER_PAGE: usize = 100;
/// The maximum number of pages: far more than the installations of any App need.
const MOST_PAGES: usize = 1_000;

/// GitHub as an App itself sees it.
pub struct AppClient {
    client: Client,
    signer: Arc<Signer>,
    limits: Limits,
    site: Site,
    /// The installations by lower-case account name; `None` until they have been listed.
    known: Arc<Mutex<Option<BTreeMap<String, Installation>>>>,
}

impl AppClient {
    /// Creates a client without sending anything.
    pub fn new(
        host: Arc<Host>,
        connection: &Connection,
        signer: Arc<Signer>,
        console: Console,
        shutdown: Shutdown,
    ) -> Self {
        let Connection { api_url, limits, .. } = connection;
        let credential = Credential::app(Arc::clone(&signer), pace(*limits));
        let client = Client::new(host, Arc::new(credential), console, shutdown);
        Self { client, signer, limits: *limits, site: Site::of(api_url), known: Arc::default() }
    }

    /// Returns a client for one organization, with a pace of its own. It requests a token before its first request, and
    /// [`Client::sign_out`] revokes it.
    pub fn on(&self, org: &str, needs: Needs, console: &Console) -> Client {
        let pace = pace(self.limits);
        let own = self.client.telling(console.clone());
        let client = own.with(Credential::app(Arc::clone(&self.signer), Arc::clone(&pace)));
        let app = Self {
            client,
            signer: Arc::clone(&self.signer),
            limits: self.limits,
            site: self.site.clone(),
            known: Arc::clone(&self.known),
        };
        own.with(Credential::installation(Arc::new(Session::new(app, org, needs)), pace))
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Lists the App's installations, over all pages:
    /// <https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app>
    ///
    /// # Errors
    /// [`ApiError`], also when a page can't be understood.
    pub async fn installations(&self) -> Result<Vec<Installation>, ApiError> {
        let mut installations: Vec<Installation> = Vec::new();
        let mut ids = BTreeSet::new();
        let mut size = 0;
        for page in 1..=MOST_PAGES {
            let query = format!("?per_page={PER_PAGE}&page={page}");
            let request = Request::get(&["app", "installations"]).query(&query).signing_in();
            let response = self.client.send(&request).await.map_err(|error| self.failed(error, None, |_| None))?;
            let misunderstood = |detail| self.misunderstood(&request, &response, detail, None);
            let listed = response.json.as_array().ok_or_else(|| misunderstood("its body is not a list".to_owned()))?;
            size += response.size;
            if size > LARGEST_LIST {
                return Err(misunderstood(format!("its list takes more than {} MiB", LARGEST_LIST >> 20)));
            }
            let before = installations.len();
            for installation in listed {
                let installation = Installation::from_json(installation);
                let installation = installation.map_err(|error| misunderstood(format!("it has {error}")))?;
                // One that comes or goes meanwhile may move others to the next page.
                if ids.insert(installation.id) {
                    installations.push(installation);
                }
            }
            // Whatever it says, a list that brings nothing new has no more.
            if !response.has_next() || installations.len() == before {
                break;
            }
        }
        let accounts = installations.iter().filter_map(|it| Some((it.account.as_ref()?.to_lowercase(), it.clone())));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(accounts.collect());
        Ok(installations)
    }

    /// Returns an organization's installation from the list, or an error if it is not on it; `None` if nothing has been
    /// listed.
    fn known(&self, request: &Request, org: &str) -> Option<Result<Installation, ApiError>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.as_ref()?.get(&org.to_lowercase()).cloned();
        Some(found.ok_or_else(|| self.trouble(request, Trouble::not_installed(&self.site, org))))
    }

    /// Returns the App's installation on an organization, or an error if it is suspended or lacks a permission:
    /// <https://docs.github.com/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app>
    pub(super) async fn installation(
        &self,
        org: &str,
        needs: Needs,
        on_stop: OnStop,
    ) -> Result<Installation, ApiError> {
        let request = Request::get(&["orgs", org, "installation"]).on_stop(on_stop).signing_in();
        let not_found = |refusal: &Refusal| {
            (refusal.status == StatusCode::NOT_FOUND).then(|| Trouble::not_installed(&self.site, org))
        };
        let found = if let Some(known) = self.known(&request, org) {
            known?
        } else {
            let response = self.client.send(&request).await;
            let response = response.map_err(|error| self.failed(error, Some(org), not_found))?;
            Installation::from_json(&response.json)
                .map_err(|error| self.misunderstood(&request, &response, format!("it is {error}"), Some(org)))?
        };
        let trouble = if found.is_suspended {
            Trouble::suspended(&self.site, org, found.id)
        } else if found.lacks(needs) {
            Trouble::permission_missing(&self.site, org, &found, needs)
        } else {
            return Ok(found);
        };
        Err(self.trouble(&request, trouble))
    }

    /// Builds the request for an installation's token.
    pub(super) fn token_request(&self, installation: &Installation, needs: Needs) -> Request {
        let body = permission::request(self.signer.permissions(), needs, installation);
        let request =
            Request::new(Method::POST, &["app", "installations", &installation.id.to_string(), "access_tokens"]);
        request.body(body.to_string()).signing_in()
    }

    /// Requests a token for an installation:
    /// <https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app>
    ///
    /// `unseen` counts those that may have been issued in answers that did not arrive.
    pub(super) async fn token(
        &self,
        org: &str,
        installation: &Installation,
        needs: Needs,
        on_stop: OnStop,
        unseen: &mut u32,
    ) -> Result<InstallationToken, ApiError> {
        let id = installation.id;
        let request = self.token_request(installation, needs).on_stop(on_stop);
        let refused = |refusal: &Refusal| match refusal.status {
            StatusCode::NOT_FOUND => Some(Trouble::not_installed(&self.site, org)),
            StatusCode::FORBIDDEN if refusal.message.to_lowercase().contains("suspended") => {
                Some(Trouble::suspended(&self.site, org, id))
            }
            StatusCode::UNPROCESSABLE_ENTITY if refusal.message.to_lowercase().contains("not granted") => {
                Some(Trouble::not_granted(refusal, &self.site, org, id))
            }
            StatusCode::UNPROCESSABLE_ENTITY => Some(Trouble::not_requestable(refusal)),
            _ => None,
        };
        let response = self.client.send_counting(&request, unseen).await;
        let response = response.map_err(|error| self.failed(error, Some(org), refused))?;
        let date = retry::date(Some(&response.headers), "date").unwrap_or_else(epoch);
        InstallationToken::from_json(&response.json, date, Instant::now()).map_err(|error| {
            *unseen += 1;
            self.misunderstood(&request, &response, format!("it has {error}"), Some(org))
        })
    }

    /// Returns the permissions of a token that were not requested.
    pub(super) fn surplus(&self, needs: Needs, granted: &Installation) -> Vec<String> {
        permission::surplus(self.signer.permissions(), needs, granted)
    }

    /// Builds an error about signing in that is not caused by a refusal.
    pub(super) fn trouble(&self, request: &Request, trouble: Trouble) -> ApiError {
        self.client.error(request, Kind::SignIn(Box::new(SignInError { trouble, request_id: None, may_pass: false })))
    }

    /// Turns the error of a failed request into one about signing in. `explain` says what particular refusals mean.
    fn failed(
        &self,
        error: ApiError,
        org: Option<&str>,
        explain: impl FnOnce(&Refusal) -> Option<Trouble>,
    ) -> ApiError {
        let trouble = match &error.kind {
            Kind::Stopped { .. } | Kind::SignIn(_) => return error,
            Kind::Refused(refusal) if refusal.is_decision() => {
                Trouble::of_jwt(refusal, epoch()).or_else(|| explain(refusal))
            }
            _ => None,
        };
        let may_pass = !matches!(&error.kind, Kind::Refused(refusal) if refusal.is_decision());
        let trouble = trouble.unwrap_or_else(|| Trouble::other(&error, &self.site, org));
        let request_id = error.request_id().map(str::to_owned);
        ApiError {
            kind: Kind::SignIn(Box::new(SignInError { trouble, request_id, may_pass })),
            lost_before: false,
            ..error
        }
    }

    fn misunderstood(&self, request: &Request, response: &Response, detail: String, org: Option<&str>) -> ApiError {
        self.failed(self.client.misunderstood(request, &response.headers, detail), org, |_| None)
    }
}

fn pace(limits: Limits) -> Arc<Mutex<Pace>> {
    Arc::new(Mutex::new(Pace::new(limits)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fake_github::{APP_CLIENT_ID, FakeGitHub, Fault, Kind as FaultKind, Matcher, Options, json, keys};

    use super::*;
    use crate::actions::{Screen, Style};
    use crate::github::SignIn;
    use crate::github::app::{Access, App, Key, Permissions, installation::State};
    use crate::http::Roots;

    const REGISTRIES: &str = "organization_private_registries";

    fn app_client(github: &FakeGitHub, client_id: &str) -> AppClient {
        let key = Key::read(&keys::APP.into()).expect("a key");
        let app = App { client_id: client_id.to_owned(), key, permissions: Permissions::Narrow };
        let connection = Connection {
            api_url: github.url().parse().expect("an address"),
            api_version: "2026-03-10".to_owned(),
            roots: Roots::default(),
            proxy: None,
            sign_in: SignIn::App(app.clone()),
            limits: Limits { max_wait: Duration::ZERO, write_interval: Duration::ZERO },
        };
        let host = Arc::new(Host::new(&connection).expect("a host"));
        let shutdown = Shutdown::listen().expect("signals");
        AppClient::new(
            host,
            &connection,
            Arc::new(Signer::new(app)),
            Console::new(Style::Plain, Screen::default()),
            shutdown,
        )
    }

    #[tokio::test]
    async fn every_installation_is_listed_with_what_it_is_good_for() {
        let github = FakeGitHub::with(Options { largest_page: 2, ..Options::default() });
        let app = app_client(&github, APP_CLIENT_ID);
        assert!(app.installations().await.unwrap().is_empty());
        for (login, permissions) in
            [("acme", [(REGISTRIES, "write")]), ("beta", [("metadata", "read")]), ("gamma", [(REGISTRIES, "read")])]
        {
            github.install_app(login, &permissions);
        }
        github.suspend_app("gamma", true);
        github.install_app_for_user("monalisa", &[(REGISTRIES, "read")]);
        let listed = app.installations().await.unwrap();
        let shown: Vec<_> = listed
            .iter()
            .map(|found| (found.account.as_deref().unwrap_or_default(), found.is_organization, found.state()))
            .collect();
        assert_eq!(
            shown,
            [
                ("acme", true, State::Ok),
                ("beta", true, State::PermissionMissing),
                ("gamma", true, State::Suspended),
                ("monalisa", false, State::Ok)
            ]
        );
        // The first list had one page, and the second has two; one signature is enough.
        let requests = github.requests();
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| request.token == requests[0].token));
    }

    #[tokio::test]
    async fn a_list_that_is_refused_tells_why_without_an_organization() {
        let github = FakeGitHub::start();
        let error = app_client(&github, "Iv23liSomeOtherApp").installations().await.unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains("does not know an App with this `app-client-id`")
                && told.contains("in the settings of its owner"),
            "{told}"
        );
        github.fault(Fault::new(
            Matcher::any(),
            FaultKind::Status { status: 200, body: "no list".into(), headers: Vec::new() },
        ));
        let told = app_client(&github, APP_CLIENT_ID).installations().await.unwrap_err().to_string();
        assert!(told.contains("its body is not a list"), "{told}");
    }

    /// A server may always announce a next page, or repeat what it has listed.
    #[tokio::test]
    async fn a_list_without_an_end_ends_where_nothing_new_comes() {
        let next = || vec![("link".to_owned(), "<https://x/?page=2>; rel=\"next\"".to_owned())];
        let page = |ids: &[u64]| {
            let installation =
                |id: &u64| json!({"id": id, "account": {"login": format!("org{id}"), "type": "Organization"}});
            let body = ids.iter().map(installation).collect();
            Fault::new(Matcher::any(), FaultKind::Status { status: 200, body, headers: next() })
        };
        let github = FakeGitHub::start();
        github.fault(page(&[1, 2]));
        github.fault(page(&[2, 3]));
        github.fault(page(&[1, 3]).times(usize::MAX));
        let listed = app_client(&github, APP_CLIENT_ID).installations().await.unwrap();
        assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(github.requests().len(), 3);
    }

    #[tokio::test]
    async fn a_list_that_fills_the_memory_is_given_up() {
        let github = FakeGitHub::start();
        for id in 1..=20 {
            let body = json!([{"id": id, "account": {"login": "x".repeat(6 << 20), "type": "Organization"}}]);
            let headers = vec![("link".to_owned(), "<https://x/?page=2>; rel=\"next\"".to_owned())];
            github.fault(Fault::new(Matcher::any(), FaultKind::Status { status: 200, body, headers }));
        }
        let told = app_client(&github, APP_CLIENT_ID).installations().await.unwrap_err().to_string();
        assert!(told.contains("its list takes more than 64 MiB"), "{told}");
        assert!(github.requests().len() <= 11, "{}", github.requests().len());
    }

    /// The request that waits for a token is given up, but the token is issued all the same and must be revoked.
    #[tokio::test]
    async fn a_token_that_nobody_waits_for_any_more_is_revoked() {
        let github = FakeGitHub::start();
        github.install_app("acme", &[(REGISTRIES, "read")]);
        github.fault(Fault::new(Matcher::path("access_tokens"), FaultKind::Slow(Duration::from_millis(300))));
        let acme = app_client(&github, APP_CLIENT_ID).on(
            "acme",
            Needs { registries: Access::Read, names: false },
            &Console::new(Style::Plain, Screen::default()),
        );
        let request = Request::get(&["orgs", "acme", "private-registries"]);
        let given_up = tokio::time::timeout(Duration::from_millis(150), acme.send(&request)).await;
        assert!(given_up.is_err());
        assert!(acme.sign_out().await.is_empty());
        assert!(github.issued_tokens().iter().map(|issued| issued.is_revoked).eq([true]));
    }

    /// Concurrent requests sign in once.
    #[tokio::test]
    async fn one_token_is_enough_for_requests_that_go_at_once() {
        let github = FakeGitHub::start();
        github.install_app("acme", &[(REGISTRIES, "read")]);
        let acme = app_client(&github, APP_CLIENT_ID).on(
            "acme",
            Needs { registries: Access::Read, names: false },
            &Console::new(Style::Plain, Screen::default()),
        );
        let request = || async { acme.send(&Request::get(&["orgs", "acme", "private-registries"])).await.map(drop) };
        futures_util::future::try_join_all((0..9).map(|_| request())).await.unwrap();
        assert_eq!(github.issued_tokens().len(), 1);
        assert!(acme.sign_out().await.is_empty() && github.live_tokens().is_empty());
    }
}
