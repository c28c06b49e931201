//! The fake GitHub of the benchmark, told by lines what to be:
//!
//! - `start 20 registries.json`: a new one that takes 20 ms to answer and has these configurations (`-` for none). It
//!   answers with its address and a token.
//! - `state`: how many requests came, on how many connections, and how many configurations there are with a secret.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io;
use std::time::Duration;

use fake_github::{FakeGitHub, Value, WRITE_TOKEN};

fn main() -> Result<(), Box<dyn Error>> {
    let mut github = FakeGitHub::start();
    for line in io::stdin().lines() {
        let line = line?;
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["start", latency, existing] => {
                github = FakeGitHub::start();
                github.set_latency(Duration::from_millis(latency.parse()?));
                if *existing != "-" {
                    add_all(&github, &fs::read_to_string(existing)?)?;
                }
                println!("{} {WRITE_TOKEN}", github.url());
            }
            ["state"] => {
                let requests = github.requests();
                let connections: BTreeSet<usize> = requests.iter().map(|request| request.connection).collect();
                let sealed = github.configurations().into_iter().filter(|live| live.secret.is_some()).count();
                println!("{} {} {sealed}", requests.len(), connections.len());
            }
            other => return Err(format!("{other:?} is nothing to do").into()),
        }
    }
    Ok(())
}

fn add_all(github: &FakeGitHub, registries: &str) -> serde_json::Result<()> {
    for registry in serde_json::from_str::<Vec<Value>>(registries)? {
        github.add(registry);
    }
    Ok(())
}
