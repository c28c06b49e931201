//! The fake GitHub of the benchmark. It reads commands from standard input, one per line:
//!
//! - `start 20 registries.json 300` starts a new GitHub that takes 20 ms to answer. It has 300 organizations, from
//!   `org-001` on, with the App installed, or only `acme` if the number is 0; each has the configurations of the file
//!   (`-` for none). It prints its address, a token for all organizations and the App's client id.
//! - `state` prints the number of requests, of connections, of configurations with a secret, and of the App's tokens
//!   that are still valid.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io;
use std::time::Duration;

use fake_github::{APP_CLIENT_ID, FakeGitHub, ORG, Organization, Value, WRITE_TOKEN};

/// The permissions of the App's installations.
const PERMISSIONS: &[(&str, &str)] = &[("organization_private_registries", "write"), ("metadata", "read")];

fn main() -> Result<(), Box<dyn Error>> {
    let mut github = FakeGitHub::start();
    let mut organizations = Vec::new();
    for line in io::stdin().lines() {
        let line = line?;
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["start", latency, existing, count] => {
                github = FakeGitHub::start();
                github.set_latency(Duration::from_millis(latency.parse()?));
                organizations = start(&github, count.parse()?);
                if *existing != "-" {
                    add_all(&github, &organizations, &fs::read_to_string(existing)?)?;
                }
                println!("{} {WRITE_TOKEN} {APP_CLIENT_ID}", github.url());
            }
            ["state"] => {
                let requests = github.requests();
                let connections: BTreeSet<usize> = requests.iter().map(|request| request.connection).collect();
                let sealed: usize = organizations.iter().map(|name| sealed(&github, name)).sum();
                let alive = github.live_tokens().len();
                println!("{} {} {sealed} {alive}", requests.len(), connections.len());
            }
            other => return Err(format!("unknown command: {other:?}").into()),
        }
    }
    Ok(())
}

/// Creates the given number of organizations with the App installed, or returns `acme` if the number is 0.
fn start(github: &FakeGitHub, count: usize) -> Vec<String> {
    if count == 0 {
        return vec![ORG.to_owned()];
    }
    let names: Vec<String> = (1..=count).map(|number| format!("org-{number:03}")).collect();
    for name in &names {
        github.add_organization(name);
        github.install_app(name, PERMISSIONS);
    }
    names
}

fn add_all(github: &FakeGitHub, organizations: &[String], registries: &str) -> serde_json::Result<()> {
    let registries: Vec<Value> = serde_json::from_str(registries)?;
    for name in organizations {
        github.in_organization(name, |organization| {
            for registry in &registries {
                organization.add(registry.clone());
            }
        });
    }
    Ok(())
}

fn sealed(github: &FakeGitHub, name: &str) -> usize {
    let has_secret = |organization: &mut Organization| {
        organization.configurations().iter().filter(|live| live.secret.is_some()).count()
    };
    github.in_organization(name, has_secret)
}
