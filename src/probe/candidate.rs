//! From a configuration and its secret to what is asked, and with which header.

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
    /// What kind of registry it is for; `None` for a type that this release does not know.
    pub registry_type: Option<RegistryType>,
    /// How Dependabot signs in; `None` for an auth type that this release does not know.
    pub auth_type: Option<AuthType>,
    /// Where, as it is stored.
    pub url: Option<String>,
    /// As whom.
    pub username: Option<String>,
    /// The secret.
    pub value: Value,
}

/// A secret, as far as it is here.
#[derive(Clone, Debug)]
pub enum Value {
    /// This one.
    Plain(SecretString),
    /// Only GitHub can open it.
    Sealed,
    /// None is stored.
    Absent,
}

/// What to ask, with which header.
#[derive(Clone, Debug)]
pub struct Probe {
    pub(super) question: Question,
    /// The value of `Authorization`.
    pub(super) authorization: SecretString,
    /// Which host the header goes to, and a hash of the header: what must not be tried again after it was refused.
    pub(super) sign_in: SignIn,
}

/// A header at a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SignIn {
    pub(super) origin: String,
    pub(super) digest: [u8; 32],
}

impl Probe {
    /// Decides what is asked.
    ///
    /// # Errors
    /// The verdict, where there is nothing to ask.
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
            // With OIDC the header says why.
            Value::Absent if auth_type.is_oidc() => &SecretString::default(),
            Value::Absent => return Err("there is no secret to try".to_owned()),
        };
        let authorization = authorization::authorization(registry_type, auth_type, &url, username, secret)?;
        place::check(&url)?;
        if registry_type == RegistryType::DockerRegistry && is_exchanged(&url, username) {
            return Err("the secret is an AWS access key, which Dependabot exchanges for a password at AWS".to_owned());
        }
        let question = questions::question(registry_type, &url)?;
        let sign_in = SignIn { origin: place::origin(&url), digest: digest(&authorization) };
        Ok(Self { question, authorization, sign_in })
    }

    /// Scheme, host and port of the only host that the credential is sent to, but for the token server that a Docker
    /// registry names.
    pub fn origin(&self) -> &str {
        &self.sign_in.origin
    }

    /// Whether the registry may name another host, a token server, that gets the credential as well.
    pub fn has_token_server(&self) -> bool {
        matches!(self.question, Question::Docker(_))
    }
}

/// A hash to compare secrets by.
pub(super) fn digest(secret: &SecretString) -> [u8; 32] {
    use secrecy::ExposeSecret as _;
    Sha256::digest(secret.expose_secret().as_bytes()).into()
}

/// The url to ask at: with a scheme, and without user information.
fn address(registry_type: RegistryType, url: &str) -> Result<Url, String> {
    let url = match url.strip_prefix("sparse+") {
        Some(sparse) if registry_type == RegistryType::CargoRegistry => sparse,
        _ => url,
    };
    let url = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let mut url = Url::parse(&url).map_err(|_| "the url can't be read".to_owned())?;
    // It would become a header of its own. A scheme without a host has none, and is refused later.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(url)
}

/// A registry of AWS whose password is made from an access key, unless the username says that the password is given.
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

    /// Why nothing is asked.
    fn why(candidate: &Candidate) -> String {
        let Check { verdict, why } = Probe::new(candidate).expect_err("nothing to ask");
        assert_eq!(verdict, Verdict::NotProven);
        assert!(!why.contains("s3cret"), "{why}");
        why
    }

    #[test]
    fn what_cannot_be_asked_says_why() {
        use RegistryType::{DockerRegistry, GitSource, HelmRegistry, MavenRepository, NpmRegistry};
        for (candidate, words) in [
            (candidate(GitSource, "https://git.acme.dev", Some("me")), "names a git host and no repository"),
            (candidate(GitSource, "https://github.com/acme", Some("me")), "names a git host and no repository"),
            (candidate(GitSource, "ssh://git.acme.dev/a/b", Some("me")), "not one of the web"),
            (candidate(HelmRegistry, "oci://registry.acme.dev/charts", Some("me")), "not one of the web"),
            (candidate(MavenRepository, "https://maven.acme.dev", None), "`type-ignores-token`"),
            (candidate(MavenRepository, "http://maven.acme.dev", Some("me")), "in the clear"),
            (candidate(NpmRegistry, "https://", None), "can't be read"),
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
    fn a_password_of_ecr_is_asked_for_and_cargo_s_sparse_url_is_read() {
        let ecr = candidate(RegistryType::DockerRegistry, "https://1.dkr.ecr.eu-west-1.amazonaws.com/x", Some("AWS"));
        let probe = Probe::new(&ecr).unwrap();
        assert!(probe.has_token_server());
        let cargo = candidate(RegistryType::CargoRegistry, "sparse+https://cargo.acme.dev/index/", None);
        let Question::Status(steps) = Probe::new(&cargo).unwrap().question else { panic!("another question") };
        assert_eq!(steps[0].url.as_str(), "https://cargo.acme.dev/index/config.json");
    }
}
