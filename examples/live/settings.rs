//! The settings of a run, from its environment.

use private_registries::Environment;
use secrecy::SecretString;
use url::{Host, Url};

const MISSING_ORG: &str = "LIVE_ORG is not set: set it to the organization to test, such as acme";
const MISSING_TOKEN: &str =
    "LIVE_TOKEN is not set: set it to a token that may write the organization's private registries";

/// The settings of a run.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) org: String,
    pub(crate) token: SecretString,
    pub(crate) api_url: Url,
    /// The JWT of a GitHub App, for the one question that needs it.
    pub(crate) app_jwt: Option<SecretString>,
    /// The repository that may use what is created; `None` for no repository.
    pub(crate) repository: Option<u64>,
    pub(crate) is_confirmed: bool,
}

impl Settings {
    /// Reads the variables.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn read(environment: &Environment) -> Result<Self, Vec<String>> {
        let text = |name: &str| environment.get(name).map(|value| value.to_string_lossy().into_owned());
        let token = environment.secret("LIVE_TOKEN").and_then(|token| token.ok_or(MISSING_TOKEN.to_owned()));
        let org = text("LIVE_ORG").ok_or(MISSING_ORG.to_owned());
        let app_jwt = environment.secret("LIVE_APP_JWT");
        let api_url = api_url(&text("LIVE_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()));
        let repository = text("LIVE_REPOSITORY_ID").map(|id| id.parse()).transpose();
        let repository = repository.map_err(|_| "LIVE_REPOSITORY_ID is not a number, such as 1296269".to_owned());
        match (org, token, app_jwt, api_url, repository) {
            (Ok(org), Ok(token), Ok(app_jwt), Ok(api_url), Ok(repository)) => {
                let is_confirmed = text("LIVE_CONFIRM").as_deref() == Some("yes");
                Ok(Self { org, token, api_url, app_jwt, repository, is_confirmed })
            }
            (org, token, app_jwt, api_url, repository) => {
                let problems = [org.err(), token.err(), app_jwt.err(), api_url.err(), repository.err()];
                Err(problems.into_iter().flatten().collect())
            }
        }
    }

    /// Returns whether the API is a stand-in on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.api_url.scheme() == "http"
    }

    /// Returns what the run would do, to be confirmed by the user.
    pub(crate) fn intentions(&self) -> String {
        let Self { org, api_url, repository, app_jwt, .. } = self;
        let users = repository.map_or("no repository".to_owned(), |id| format!("the repository {id}"));
        let app = if app_jwt.is_some() {
            "\n- as the App, requests an installation token that may read private registries, and revokes it"
        } else {
            ""
        };
        format!(
            "With LIVE_CONFIRM=yes, this tests undocumented behaviour on the organization {org} at {api_url}. It\n\
             - lists the private registries, and reads the public key\n\
             - creates up to four of a type that the organization does not have, with urls below {URLS},\n  \
               a made-up secret and {users} that may use them\n\
             - changes the ones that it created\n\
             - deletes the ones that it created, by the names that GitHub gave them, even after a failure{app}\n\
             It touches nothing else. Use a test organization if possible. Nothing has been sent.\n",
            URLS = crate::session::URLS,
        )
    }
}

/// Parses an address that a token may be sent to: https, or a stand-in on this machine.
fn api_url(text: &str) -> Result<Url, String> {
    let is_allowed = |url: &Url| {
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let has_user = !url.username().is_empty() || url.password().is_some();
        !has_user && (url.scheme() == "https" || url.scheme() == "http" && is_loopback)
    };
    let url = Url::parse(text).ok().filter(is_allowed);
    url.ok_or("LIVE_API_URL is not an https address, such as https://api.acme.ghe.com".to_owned())
}
