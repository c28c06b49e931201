//! Checking credentials at registries: what is sent, where it goes, and how the answers are interpreted.

mod answers;
mod requests;

use private_registries::Environment;
use private_registries::internals::http::{Proxies, Roots};
use private_registries::internals::probe::{Candidate, Check, Probe, RegistryClient, Value, Verdict};
use private_registries::internals::registry::{AuthType, RegistryType};
use private_registries::internals::shutdown::Shutdown;
use secrecy::SecretString;

use crate::world::products::{BAD, EXPIRED, GOOD};

/// Returns a credential for a registry; with a user name it is a password.
fn candidate(registry_type: RegistryType, url: &str, username: Option<&str>, secret: &str) -> Candidate {
    let auth_type = if username.is_some() { AuthType::UsernamePassword } else { AuthType::Token };
    Candidate {
        registry_type: Some(registry_type),
        auth_type: Some(auth_type),
        url: Some(url.to_owned()),
        username: username.map(str::to_owned),
        value: Value::Plain(SecretString::from(secret)),
    }
}

/// Checks all candidates in one run.
fn try_all(candidates: &[Candidate]) -> Vec<Check> {
    let probes: Vec<Probe> = candidates.iter().map(|candidate| Probe::new(candidate).expect("a question")).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let shutdown = Shutdown::listen().unwrap();
        let client = RegistryClient::new(Roots::default(), Proxies::read(&Environment::default()), shutdown);
        client.check(&probes).await
    })
}

fn try_one(candidate: Candidate) -> Check {
    let check = try_all(&[candidate]).remove(0);
    for secret in [GOOD, BAD, EXPIRED] {
        assert!(!check.why.contains(secret), "{}", check.why);
    }
    check
}

fn verdict(candidate: Candidate) -> Verdict {
    try_one(candidate).verdict
}
