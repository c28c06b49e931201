//! Two runs at once: only the workflow's `concurrency:` can prevent that, so duplicates they create are reported by
//! name.

use std::time::Duration;

use fake_github::{FakeGitHub, Options, SameUrl, json};

use crate::harness::{Run, Step};
use crate::world::writes::{apply, of, organization};
use crate::world::{create_npm, state};

/// Returns whether a run warns about all the configurations of a registry.
fn warns(run: &Run, names: &[String]) -> bool {
    let told = format!("exists {} times: {}.", names.len(), names.join(", "));
    run.log.lines().any(|line| line.starts_with("::warning title=Duplicate") && line.contains(&told))
}

#[test]
fn duplicates_of_two_concurrent_applies_are_reported_by_at_least_one() {
    let github = organization(Options::default());
    github.set_latency(Duration::from_millis(100));
    let (one, other) = (apply(&github).start(), apply(&github).start());
    let runs = [one.wait(), other.wait()];
    let there = state(&github);
    let mut doubled = 0;
    for label in ["docker", "git", "maven", "npm"] {
        let names: Vec<String> = of(&there, label).iter().map(|live| live.name.clone()).collect();
        if names.len() > 1 {
            doubled += 1;
            let told = runs.iter().any(|run| warns(run, &names));
            assert!(told, "{label}: {names:?}\n{}\n{}", runs[0].log, runs[1].log);
        }
    }
    assert!(doubled > 0, "they were not at once:\n{}\n{}", runs[0].log, runs[1].log);
    for run in &runs {
        assert_eq!(run.output("changed"), "true");
    }
}

#[test]
fn duplicates_of_two_concurrent_upserts_are_reported_unless_github_refuses_them() {
    for same_url in [SameUrl::Accept, SameUrl::Refuse] {
        let github = FakeGitHub::with(Options { same_url, ..Options::default() });
        github.set_latency(Duration::from_millis(100));
        let upsert = || {
            let step = Step::new(&github, "upsert").with("registry-type", "npm_registry").with("visibility", "private");
            step.with("url", "https://npm.acme.dev").secret_input("secret", "the-secret").start()
        };
        let (one, other) = (upsert(), upsert());
        let runs = [one.wait(), other.wait()];
        let names: Vec<String> = github.configurations().into_iter().map(|live| live.name).collect();
        if same_url == SameUrl::Accept {
            assert_eq!(names.len(), 2, "{}\n{}", runs[0].log, runs[1].log);
            assert!(runs.iter().all(|run| run.status == Some(0)) && runs.iter().any(|run| warns(run, &names)));
            assert!(runs.iter().any(|run| run.result()["warnings"].to_string().contains(&names.join(", "))));
        } else {
            assert_eq!(names.len(), 1);
            assert!(runs.iter().any(|run| run.status == Some(1) && run.log.contains("already_exists")));
        }
    }
}

/// Intended duplicates do not surprise anybody, and neither do those that this run did not create.
#[test]
fn intended_duplicates_are_not_warned_about() {
    let github = FakeGitHub::start();
    for url in ["https://a.acme.dev", "https://a.acme.dev", "https://b.acme.dev"] {
        github.add(json!({"registry_type": "npm_registry", "url": url, "visibility": "private"}));
    }
    let manifest = "version: 1\ndefaults: {visibility: private}\nregistries:\n  new: {type: npm-registry, url: \
                    'https://c.acme.dev', token: '${A}'}\n";
    let run = Step::new(&github, "apply").manifest(manifest).secret_env("A", "the-secret").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "1"), "{}", run.log);
    assert!(!run.log.contains("There twice"), "{}", run.log);
    // A one-off `create` does not check for duplicates.
    let run = create_npm(&github, "the-secret").with("url", "https://b.acme.dev").run();
    assert_eq!((run.status, run.requests.len()), (Some(0), 2), "{}", run.log);
}
