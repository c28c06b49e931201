//! The fake GitHub of the benchmark, told by lines what to be:
//!
//! - `start 20 registries.json 300`: a new one that takes 20 ms to answer and has these configurations (`-` for none); in
//!   each of 300 organizations, `org-001` and on, that the App is installed on, or in `acme` if there are to be 0. It
//!   answers with its address, a token for all and the App's client id.
//! - `state`: how many requests came, on how many connections, how many configurations there are with a secret, and how
//!   many tokens of the App can still be used.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io;
use std::time::Duration;

use fake_github::{APP_CLIENT_ID, FakeGitHub, ORG, Organization, Value, WRITE_TOKEN};

/// What an owner has accepted that the App may do.
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
            other => return Err(format!("{other:?} is nothing to do").into()),
        }
    }
    Ok(())
}

/// Makes so many organizations beside `acme`; `acme` is the one if there are to be none.
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
