//! Faults between the real binary and GitHub, and what must hold whatever goes wrong: one configuration for each entry,
//! a report that agrees with what GitHub stores, an exit status that says whether everything was done, and a second run
//! that completes what the first one could not.

mod checks;
mod concurrent;
mod fleet;
mod limits;
mod lost;
mod matrix;
mod misleading;
mod pages;
mod random;
mod refused;
mod stopping;

use fake_github::{Configuration, FakeGitHub};
use serde_json::Value;

use crate::harness::Run;
use crate::world::state;
use crate::world::writes::{apply, is_converged, is_desired, of};

/// Returns whether a warning says that a registry exists, or may exist, more than once.
fn is_reported_as_duplicate(run: &Run, label: &str, there: &[&Configuration]) -> bool {
    let names: Vec<&str> = there.iter().map(|live| live.name.as_str()).collect();
    let told = [format!("`{label}` exists {} times: {}.", names.len(), names.join(", ")), sent_more_than_once(label)];
    run.log.lines().any(|line| line.starts_with("::warning ") && told.iter().any(|told| line.contains(told)))
}

/// Returns the warning about a creation that may be carried out late.
fn sent_more_than_once(label: &str) -> String {
    format!("the creation of `{label}` was sent more than once")
}

/// Returns whether a replacement failed halfway, left both configurations, and named the one to delete.
fn is_half_replaced(run: &Run) -> bool {
    let told = ["could not be deleted: delete it by hand", "while both exist, `apply` can't tell which one is meant"];
    told.iter().any(|told| run.log.contains(told))
}

/// Checks what a run reports against what GitHub stored before and stores now.
fn assert_true(run: &Run, before: &[Configuration], after: &[Configuration]) {
    let result = run.result();
    let changes = result["changes"].as_array().unwrap();
    for change in changes {
        let is = |action: &str, status: &str| change["action"] == action && change["status"] == status;
        let label = change["label"].as_str().unwrap_or_default();
        let named = |state: &[Configuration]| state.iter().any(|live| change["name"] == live.name.as_str());
        if change["registry_type"] == "nuget_feed" {
            continue; // a configuration of somebody else, which may appear or disappear
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
        let is_told = there.len() <= most || is_reported_as_duplicate(run, label, &there);
        assert!(is_told, "{label} is there twice: {after:#?}\n{}", run.log);
    }
    // In the plan's order: nothing is deleted after a failure.
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
    // Configurations of somebody else may appear or disappear.
    let ours = |state: &[Configuration]| -> Vec<Configuration> {
        state.iter().filter(|live| live.registry_type != "nuget_feed").cloned().collect()
    };
    assert!(result["changed"] == true || ours(before) == ours(after), "it says that nothing changed");
    let all_done = !changes.is_empty() && with("applied") == changes.len();
    assert_eq!(run.status, Some(i32::from(!all_done)), "{}", run.log);
    assert_eq!(run.status == Some(0), run.errors().is_empty(), "{}", run.log);
}

/// Runs again without faults and expects everything to be as desired afterwards.
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
    // Reported duplicates are deleted, as the warning asks.
    for label in ["docker", "git", "maven", "npm"] {
        let there = state(github);
        let there = of(&there, label);
        let kept = there.iter().position(|live| is_desired(live, label)).unwrap_or_default();
        if is_reported_as_duplicate(first, label, &there) {
            let others = there.iter().enumerate().filter(|(at, _)| *at != kept);
            others.for_each(|(_, other)| github.remove(&other.name));
        }
    }
    let second = apply(github).run();
    assert_eq!(second.status, Some(0), "{}", second.log);
    assert!(is_converged(&state(github)), "{:#?}\n{}", state(github), second.log);
}
