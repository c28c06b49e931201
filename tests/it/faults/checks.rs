//! Faults of GitHub while credentials are checked: whatever goes wrong, a refused credential is never stored, and
//! nothing is deleted or replaced for it.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, json};

use crate::harness::Step;
use crate::world::faults::{all, faults, lasting};
use crate::world::products::{self, BAD, GOOD};
use crate::world::registry::Registry;

type Case = ((&'static str, Matcher), (&'static str, Kind, usize, bool));

/// Returns an entry whose secret is in `variable`.
fn entry(label: &str, registry: &Registry, variable: &str) -> String {
    let url = registry.url(&format!("/{label}/"));
    let secret = format!("${{{{ secrets.{variable} }}}}");
    format!("  {label}:\n    type: npm-registry\n    url: {url}\n    token: {secret}\n    visibility: private\n")
}

fn live(github: &FakeGitHub, registry: &Registry, label: &str, auth_type: &str) {
    let username = (auth_type == "username_password").then_some("me");
    github.add(
        json!({"registry_type": "npm_registry", "url": registry.url(&format!("/{label}/")), "secret": "old-secret",
        "auth_type": auth_type, "username": username, "visibility": "all"}),
    );
}

fn check(registry: &Registry, ((_, on), (_, kind, times, _)): &Case) {
    let github = FakeGitHub::start();
    for (label, auth_type) in [("updated", "token"), ("replaced", "username_password"), ("left", "token")] {
        live(&github, registry, label, auth_type);
    }
    github.fault(Fault::new(on.clone(), kind.clone()).times(*times));
    let entries = [("bad", "BAD"), ("good", "GOOD"), ("replaced", "GOOD"), ("updated", "BAD")];
    let entries: String = entries.iter().map(|(label, variable)| entry(label, registry, variable)).collect();
    let run = Step::new(&github, "apply")
        .manifest(&format!("version: 1\nregistries:\n{entries}"))
        .with("check-credentials", "warn")
        .with("prune", "true")
        .with("max-wait", "60s")
        .secret_env("GOOD", GOOD)
        .secret_env("BAD", BAD)
        .run();
    assert_eq!(run.status, Some(1), "{}", run.log);
    let stored = github.configurations();
    assert!(stored.iter().all(|live| live.secret.as_deref() != Some(BAD)), "{stored:#?}\n{}", run.log);
    let olds = stored.iter().filter(|live| live.secret.as_deref() == Some("old-secret")).count();
    assert_eq!(olds, 3, "something was deleted or replaced: {stored:#?}\n{}", run.log);
    assert!(!run.writes().iter().any(|write| write.starts_with("DELETE")), "{:?}", run.writes());
}

#[test]
fn no_fault_stores_a_refused_credential() {
    let registry = products::verdaccio();
    let requests = [
        ("list", Matcher::method("GET").and_path("/private-registries")),
        ("key", Matcher::path("/public-key")),
        ("POST", Matcher::method("POST")),
    ];
    let all_faults: Vec<_> = faults("127.0.0.1:9").into_iter().chain(lasting().into_iter().take(1)).collect();
    let cases: Vec<Case> = requests
        .iter()
        .flat_map(|request| all_faults.iter().map(move |fault| (request.clone(), fault.clone())))
        .collect();
    all(&cases, |((request, _), (fault, ..))| format!("{fault} on {request}"), |case| check(&registry, case));
}
