//! The messages a person sees: what is wrong, where, and what to type, reported once and without a second, false error.

mod failures;
mod inputs;
mod manifest;
mod presentation;

use crate::harness::{Run, Step};

const HEAD: &str = "version: 1\nregistries:\n  npm:\n    type: npm-registry\n";
const FINE: &str = "    url: https://npm.acme.dev\n    visibility: private\n    replaces-base: true\n";

/// Returns the errors of a manifest, as `line:column message`.
fn errors_of(yaml: &str) -> Vec<String> {
    let run = Step::offline("validate").manifest(yaml).run();
    assert_eq!(run.status, Some(2), "{yaml}\n{}", run.log);
    let errors = run.errors().into_iter().map(|error| {
        let (properties, message) = error
            .split_once("::")
            .and_then(|(_, rest)| rest.split_once("::"))
            .unwrap_or_else(|| error.trim_start_matches("::error ").split_once("::").expect("a message"));
        let property = |name: &str| properties.split(',').find_map(|it| it.strip_prefix(name)).unwrap_or_default();
        format!("{}:{} {}", property("line="), property("col="), message.replace("%25", "%"))
    });
    errors.collect()
}

/// Returns the only error of an entry that is valid except for these lines.
fn error_of(lines: &str) -> String {
    let errors = errors_of(&format!("{HEAD}{lines}\n"));
    assert_eq!(errors.len(), 1, "{lines}\n{errors:#?}");
    errors.into_iter().next().unwrap_or_default()
}

/// Returns the errors of a run that sent nothing.
fn refused(run: &Run) -> Vec<String> {
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    let message = |error: &str| error.split("::").last().unwrap_or_default().replace("%25", "%");
    run.errors().into_iter().map(message).collect()
}
