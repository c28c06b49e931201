//! Faults between the real binary and GitHub, and what must hold whatever goes wrong: one configuration for each entry,
//! a report that is true to what GitHub holds, an exit status that says whether all of it was done, and a second run
//! that puts right what the first one could not.

mod checks;
mod fleet;
mod lies;
mod limits;
mod lost;
mod matrix;
mod pages;
mod random;
mod refused;
mod stopping;
mod together;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fake_github::{Configuration, FakeGitHub, Options, json};
use serde_json::Value;

use crate::harness::{Run, Step};

/// Every kind of write: `maven` is created, `npm` updated, `git` replaced, what nobody speaks of deleted.
const MANIFEST: &str = "\
version: 1
registries:
  docker:
    type: docker-registry
    url: https://docker.acme.dev
    tenant-id: t
    client-id: c
    visibility: private
  git:
    type: git
    url: https://git.acme.dev
    token: ${{ secrets.GIT }}
    visibility: private
  maven:
    type: maven-repository
    url: https://maven.acme.dev
    username: monalisa
    password: ${{ secrets.MAVEN }}
    visibility: selected
    selected-repositories: [api]
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    token: ${{ secrets.NPM }}
    visibility: selected
    selected-repositories: [web]
";

const SECRETS: [(&str, &str); 3] = [("GIT", "git-secret"), ("MAVEN", "maven-secret"), ("NPM", "npm-secret")];

/// The organization before [`MANIFEST`] is applied.
fn organization(options: Options) -> FakeGitHub {
    let github = FakeGitHub::with(options);
    let docker = "https://docker.acme.dev";
    github.add(json!({"registry_type": "docker_registry", "url": docker, "auth_type": "oidc_azure",
        "tenant_id": "t", "client_id": "c", "visibility": "private"}));
    github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev", "auth_type": "username_password",
        "username": "old", "secret": "old-secret", "visibility": "all"}));
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "secret": "old-secret"}));
    github.add(json!({"registry_type": "python_index", "url": "https://python.acme.dev", "secret": "old-secret"}));
    github
}

fn apply(github: &FakeGitHub) -> Step<'_> {
    let step = Step::new(github, "apply").manifest(MANIFEST).with("prune", "true").with("max-wait", "60s");
    SECRETS.into_iter().fold(step, |step, (name, value)| step.secret_env(name, value))
}

/// What GitHub holds, without the times.
fn state(github: &FakeGitHub) -> Vec<Configuration> {
    let mut state = github.configurations();
    for configuration in &mut state {
        configuration.updated_at.clear();
        configuration.created_at.clear();
    }
    state.sort_by(|one, other| one.name.cmp(&other.name));
    state
}

/// The configurations of a registry.
fn of<'a>(state: &'a [Configuration], label: &str) -> Vec<&'a Configuration> {
    let url = format!("https://{label}.acme.dev");
    state.iter().filter(|live| live.url.as_deref() == Some(&url)).collect()
}

/// Whether a registry is as the manifest wants it, alone.
fn is_as_desired(state: &[Configuration], label: &str) -> bool {
    matches!(of(state, label).as_slice(), [live] if is_desired(live, label))
}

/// Whether a configuration is what the manifest wants of a registry.
fn is_desired(live: &Configuration, label: &str) -> bool {
    let (auth_type, username, secret, visibility, ids): (_, _, _, _, &[u64]) = match label {
        "docker" => ("oidc_azure", None, None, "private", &[]),
        "git" => ("token", None, Some("git-secret"), "private", &[]),
        "maven" => ("username_password", Some("monalisa"), Some("maven-secret"), "selected", &[1001]),
        "npm" => ("token", None, Some("npm-secret"), "selected", &[1002]),
        _ => return false,
    };
    live.auth_type.as_deref() == Some(auth_type)
        && live.username.as_deref() == username
        && live.secret.as_deref() == secret
        && live.visibility == visibility
        && live.selected_repository_ids == ids
}

fn is_converged(state: &[Configuration]) -> bool {
    state.len() == 4 && ["docker", "git", "maven", "npm"].iter().all(|label| is_as_desired(state, label))
}

/// The status of a change, by its label or its name.
fn status(run: &Run, title: &str) -> String {
    let changes = run.result()["changes"].as_array().unwrap().clone();
    let change = changes.iter().find(|change| change["label"] == title || change["name"] == title);
    change.map_or("none", |change| change["status"].as_str().unwrap()).to_owned()
}

/// Whether a warning says of a registry that it is there several times, or may be.
fn is_told_twice(run: &Run, label: &str, there: &[&Configuration]) -> bool {
    let names: Vec<&str> = there.iter().map(|live| live.name.as_str()).collect();
    let told = [format!("`{label}` exists {} times: {}.", names.len(), names.join(", ")), again(label)];
    run.log.lines().any(|line| line.starts_with("::warning ") && told.iter().any(|told| line.contains(told)))
}

/// What a warning says of a creation that may be carried out late.
fn again(label: &str) -> String {
    format!("the creation of `{label}` was sent more than once")
}

/// A replacement whose second half did not come through leaves both, and says which one to delete.
fn is_half_replaced(run: &Run) -> bool {
    let told = ["could not be deleted: delete it by hand", "while both exist, `apply` can't tell which one is meant"];
    told.iter().any(|told| run.log.contains(told))
}

/// Holds a run to the truth: what it reports against what GitHub had and has.
fn assert_true(run: &Run, before: &[Configuration], after: &[Configuration]) {
    let result = run.result();
    let changes = result["changes"].as_array().unwrap();
    for change in changes {
        let is = |action: &str, status: &str| change["action"] == action && change["status"] == status;
        let label = change["label"].as_str().unwrap_or_default();
        let named = |state: &[Configuration]| state.iter().any(|live| change["name"] == live.name.as_str());
        if change["registry_type"] == "nuget_feed" {
            continue; // somebody else's, which come and go
        }
        if ["create", "update", "replace", "resend"].iter().any(|action| is(action, "applied")) {
            let live = after.iter().find(|live| change["name"] == live.name.as_str());
            assert!(live.is_some(), "{change} names what is not there");
            let is_desired = live.is_some_and(|live| is_desired(live, label));
            assert!(is_desired, "{label} is said to be as desired: {after:#?}\n{}", run.log);
        }
        assert!(!is("delete", "applied") || !named(after), "{change} is still there");
        assert!(!is("delete", "skipped") || named(after) == named(before), "{change} was not skipped");
        assert!(!is("create", "skipped") || of(after, label) == of(before, label), "{change} was not skipped");
        assert!(!is("update", "skipped") || of(after, label) == of(before, label), "{change} was not skipped");
        let has_error = change["error"].as_str().is_some_and(|error| !error.is_empty());
        assert_eq!(has_error, ["failed", "skipped"].iter().any(|status| change["status"] == *status), "{change}");
    }
    for label in ["docker", "git", "maven", "npm", "python"] {
        let most = if label == "git" && is_half_replaced(run) { 2 } else { 1 };
        let there = of(after, label);
        let is_told = there.len() <= most || is_told_twice(run, label, &there);
        assert!(is_told, "{label} is there twice: {after:#?}\n{}", run.log);
    }
    // In the plan's order: once something has failed, nothing is deleted.
    let mut has_failed = false;
    for change in changes {
        let is_ours = change["registry_type"] != "nuget_feed";
        if is_ours && has_failed && ["replace", "delete"].iter().any(|action| change["action"] == *action) {
            assert_eq!(change["status"], "skipped", "{change} came after a failure");
            let old =
                |state: &[Configuration]| state.iter().filter(|live| change["name"] == live.name.as_str()).count();
            assert_eq!(old(after), old(before), "{change} came after a failure");
        }
        has_failed |= change["status"] == "failed";
    }
    let with = |status: &str| changes.iter().filter(|change| change["status"] == status).count();
    assert_eq!(result["counts"]["failure"], with("failed"));
    for action in ["create", "update", "replace", "delete", "resend", "unchanged"] {
        let done = |change: &&Value| change["action"] == action && change["status"] == "applied";
        assert_eq!(result["counts"][action], changes.iter().filter(done).count(), "{action}: {result:#}");
    }
    // What somebody else has in the organization comes and goes.
    let ours = |state: &[Configuration]| -> Vec<Configuration> {
        state.iter().filter(|live| live.registry_type != "nuget_feed").cloned().collect()
    };
    assert!(result["changed"] == true || ours(before) == ours(after), "it says that nothing changed");
    let all_done = !changes.is_empty() && with("applied") == changes.len();
    assert_eq!(run.status, Some(i32::from(!all_done)), "{}", run.log);
    assert_eq!(run.status == Some(0), run.errors().is_empty(), "{}", run.log);
}

/// Runs again, without faults, and expects everything to be in order then.
fn assert_converges(github: &FakeGitHub, first: &Run) {
    github.clear_faults();
    if is_half_replaced(first) {
        let there = state(github);
        let old = of(&there, "git").into_iter().find(|live| live.auth_type.as_deref() != Some("token"));
        assert!(old.is_none_or(|old| first.log.contains(&old.name)), "{}", first.log);
        if let Some(old) = old {
            github.remove(&old.name);
        }
    }
    // What is there twice and was told is taken away, as the warning asks.
    for label in ["docker", "git", "maven", "npm"] {
        let there = state(github);
        let there = of(&there, label);
        let kept = there.iter().position(|live| is_desired(live, label)).unwrap_or_default();
        if is_told_twice(first, label, &there) {
            let others = there.iter().enumerate().filter(|(at, _)| *at != kept);
            others.for_each(|(_, other)| github.remove(&other.name));
        }
    }
    let second = apply(github).run();
    assert_eq!(second.status, Some(0), "{}", second.log);
    assert!(is_converged(&state(github)), "{:#?}\n{}", state(github), second.log);
}

/// Runs the cases at once, as most of their time is waiting, and tells all that fail.
fn all<T: Sync>(cases: &[T], name: impl Fn(&T) -> String + Sync, check: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if catch_unwind(AssertUnwindSafe(|| check(case))).is_err() {
                        failed.lock().unwrap().push(name(case));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} failed: {}", failed.len(), cases.len(), failed.join(", "));
}
