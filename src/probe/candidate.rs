//! Decides which request tries the credential of a configuration, and with which header.

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::questions::{self, Question};
use super::{Check, authorization, place};
use crate::registry::{AuthType, RegistryType};
use crate::rules::Address;

/// A configuration whose credential may be tried.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The type; `None` if this release does not know it.
    pub registry_type: Option<RegistryType>,
    /// The auth type; `None` if this release does not know it.
    pub auth_type: Option<AuthType>,
    /// The url as it is stored.
    pub url: Option<String>,
    /// The user name.
    pub username: Option<String>,
    /// The secret.
    pub value: Value,
}

/// The value of a secret, which may be unavailable.
#[derive(Clone, Debug)]
pub enum Value {
    /// The secret in plain text.
    Plain(SecretString),
    /// A sealed secret, which only GitHub can open.
    Sealed,
    /// There is no secret.
    Absent,
}

/// The requests that try a credential, with their header.
#[derive(Clone, Debug)]
pub struct Probe {
    pub(super) question: Question,
    /// The value of the `Authorization` header.
    pub(super) authorization: SecretString,
    /// The host and the hash of the header, which must not be tried again after a refusal.
    pub(super) sign_in: SignIn,
}

/// A header that is sent to a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SignIn {
    pub(super) origin: String,
    pub(super) digest: [u8; 32],
}

impl SignIn {
    pub(super) fn new(url: &Url, header: &SecretString) -> Self {
        Self { origin: place::origin(url), digest: digest(header) }
    }
}

impl Probe {
    /// Decides which requests try a credential.
    ///
    /// # Errors
    /// The verdict, if there is no request that can try it.
    pub fn new(candidate: &Candidate) -> Result<Self, Check> {
        Self::build(candidate).map_err(Check::not_proven)
    }

    fn build(candidate: &Candidate) -> Result<Self, String> {
        let Candidate { registry_type, auth_type, url, username, value } = candidate;
        let registry_type = registry_type.ok_or("this release does not know the registry type")?;
        let auth_type = auth_type.ok_or("this release does not know the auth type")?;
        let url = address(registry_type, url.as_deref().ok_or("it has no url")?)?;
        let username = username.as_deref();
        let secret = match value {
            Value::Plain(secret) => secret,
            Value::Sealed => return Err("the secret is sealed, and only GitHub can open it".to_owned()),
            // With OIDC, building the header fails below with the reason.
            Value::Absent if auth_type.is_oidc() => &SecretString::default(),
            Value::Absent => return Err("there is no secret to try".to_owned()),
        };
        let authorization = authorization::authorization(registry_type, auth_type, &url, username, secret)?;
        place::check(&url)?;
        if registry_type == RegistryType::DockerRegistry && is_exchanged(&url, username) {
            return Err("the secret is an AWS access key, which Dependabot exchanges for a password at AWS".to_owned());
        }
        let question = questions::question(registry_type, &url)?;
        let sign_in = SignIn::new(&url, &authorization);
        Ok(Self { question, authorization, sign_in })
    }

    /// Returns scheme, host and port of the only host that gets the credential, apart from the token server of a Docker
    /// registry.
    pub fn origin(&self) -> &str {
        &self.sign_in.origin
    }

    /// Reports whether the registry may name a token server, another host that also gets the credential.
    pub fn has_token_server(&self) -> bool {
        matches!(self.question, Question::Docker(_))
    }
}

/// Hashes a secret, for comparisons.
pub(super) fn digest(secret: &SecretString) -> [u8; 32] {
    use secrecy::ExposeSecret as _;
    Sha256::digest(secret.expose_secret().as_bytes()).into()
}

/// Returns the url to request: with a scheme, and without user information.
fn address(registry_type: RegistryType, url: &str) -> Result<Url, String> {
    let url = match url.strip_prefix("sparse+") {
        Some(sparse) if registry_type == RegistryType::CargoRegistry => sparse,
        _ => url,
    };
    let url = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let mut url = Url::parse(&url).map_err(|_| "the url can't be parsed".to_owned())?;
    // User information would become a second header. These calls fail only for a url without a host, which is refused
    // later.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(url)
}

/// Reports whether the secret is an AWS access key, from which Dependabot makes the registry's password. With the
/// username `AWS` it is the password itself.
fn is_exchanged(url: &Url, username: Option<&str>) -> bool {
    Address::parse(url.as_str()).is_some_and(|address| address.is_ecr()) && username != Some("AWS")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::super::Verdict;
    use super::*;

    fn candidate(registry_type: RegistryType, url: &str, username: Option<&str>) -> Candidate {
        let auth_type = if username.is_some() { AuthType::UsernamePassword } else { AuthType::Token };
        Candidate {
            registry_type: Some(registry_type),
            auth_type: Some(auth_type),
            url: Some(url.to_owned()),
            username: username.map(str::to_owned),
            value: Value::Plain(SecretString::from("s3cret")),
        }
    }

    /// Returns the reason why there is nothing to request.
    fn why(candidate: &Candidate) -> String {
        let Check { verdict, why } = Probe::new(candidate).expect_err("nothing to ask");
        assert_eq!(verdict, Verdict::NotProven);
        assert!(!why.contains("s3cret"), "{why}");
        why
    }

    #[test]
    fn probes_that_are_impossible_say_why() {
        use RegistryType::{DockerRegistry, GitSource, HelmRegistry, MavenRepository, NpmRegistry};
        for (candidate, words) in [
            (candidate(GitSource, "https://git.acme.dev", Some("me")), "names a git host but no repository"),
            (candidate(GitSource, "https://github.com/acme", Some("me")), "names a git host but no repository"),
            (candidate(GitSource, "ssh://git.acme.dev/a/b", Some("me")), "not an https url"),
            (candidate(HelmRegistry, "oci://registry.acme.dev/charts", Some("me")), "not an https url"),
            (candidate(MavenRepository, "https://maven.acme.dev", None), "`type-ignores-token`"),
            (candidate(MavenRepository, "http://maven.acme.dev", Some("me")), "unencrypted"),
            (candidate(NpmRegistry, "https://", None), "can't be parsed"),
            (candidate(DockerRegistry, "https://1.dkr.ecr.eu-west-1.amazonaws.com", Some("AKIA")), "AWS access key"),
            (Candidate { value: Value::Sealed, ..candidate(NpmRegistry, "https://npm.acme.dev", None) }, "sealed"),
            (Candidate { value: Value::Absent, ..candidate(NpmRegistry, "https://npm.acme.dev", None) }, "no secret"),
            (Candidate { url: None, ..candidate(NpmRegistry, "", None) }, "no url"),
            (
                Candidate { registry_type: None, ..candidate(NpmRegistry, "https://npm.acme.dev", None) },
                "registry type",
            ),
            (
                Candidate {
                    auth_type: Some(AuthType::OidcGcp),
                    value: Value::Absent,
                    ..candidate(NpmRegistry, "https://npm.acme.dev", None)
                },
                "OIDC",
            ),
        ] {
            assert!(why(&candidate).contains(words), "{candidate:?}: {}", why(&candidate));
        }
    }

    #[test]
    fn a_probe_knows_its_host_and_shows_no_secret() {
        let probe = |url: &str| Probe::new(&candidate(RegistryType::NpmRegistry, url, None)).unwrap();
        let one = probe("https://NPM.acme.dev:443/a");
        assert_eq!(one.origin(), "https://npm.acme.dev");
        assert_eq!(one.authorization.expose_secret(), "Bearer s3cret");
        assert_eq!(one.sign_in, probe("npm.acme.dev/b").sign_in);
        assert_ne!(one.sign_in, probe("https://npm.acme.dev:8443").sign_in);
        let hidden = probe("https://me:hunter2@npm.acme.dev");
        assert!(!format!("{one:?} {hidden:?}").contains("s3cret") && !format!("{hidden:?}").contains("hunter2"));
    }

    #[test]
    fn an_ecr_password_is_tried_and_cargo_s_sparse_url_is_parsed() {
        let ecr = candidate(RegistryType::DockerRegistry, "https://1.dkr.ecr.eu-west-1.amazonaws.com/x", Some("AWS"));
        let probe = Probe::new(&ecr).unwrap();
        assert!(probe.has_token_server());
        let cargo = candidate(RegistryType::CargoRegistry, "sparse+https://cargo.acme.dev/index/", None);
        let Question::Status(steps) = Probe::new(&cargo).unwrap().question else { panic!("another question") };
        assert_eq!(steps[0].url.as_str(), "https://cargo.acme.dev/index/config.json");
    }
}
