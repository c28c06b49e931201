//! Credentials that end: what is found of them, and when.

use crate::harness::{Run, Step};

/// 2099-06-15T12:00:00Z.
const NOW: &str = "4085208000";

const MANIFEST: &str = "\
version: 1
defaults: {visibility: private}
registries:
  pypi: {type: python-index, url: 'https://pypi.acme.dev', token: '${PYPI_TOKEN}', expires: 2099-06-20}
  gems: {type: rubygems-server, url: 'https://gems.acme.dev', token: '${GEMS_TOKEN}', expires: 2100-01-31}
  cargo: {type: cargo-registry, url: 'https://cargo.acme.dev', token: '${CARGO_TOKEN}'}
";

fn validate(yaml: &str) -> Step<'static> {
    Step::offline("validate").manifest(yaml).env("SOURCE_DATE_EPOCH", NOW)
}

fn expired() -> String {
    MANIFEST.replace("2099-06-20", "2099-06-14")
}

/// The levels and rules of what was found, in the order of the log.
fn found(run: &Run) -> Vec<(&str, &str)> {
    let annotations = run.log.lines().filter_map(|line| line.strip_prefix("::")?.split_once(" title="));
    annotations.filter_map(|(level, rest)| Some((level, rest.split_once(',')?.0))).collect()
}

#[test]
fn a_credential_near_its_end_is_a_warning_and_one_that_is_over_an_error() {
    let run = validate(MANIFEST).run();
    assert_eq!((run.status, found(&run)), (Some(0), vec![("warning", "expires-soon")]), "{}", run.log);
    let warning = "line=4,col=84::`pypi`: `expires: 2099-06-20` is the last day of the credential, in 5 days";
    assert!(run.log.contains(warning), "{}", run.log);
    let run = validate(&expired()).run();
    assert_eq!((run.status, found(&run)), (Some(2), vec![("error", "expired")]), "{}", run.log);
    let error = "line=4,col=84::`pypi`: `expires: 2099-06-14` was the last day of the credential, which was yesterday";
    assert!(run.log.contains(error), "{}", run.log);
}

#[test]
fn how_far_it_looks_ahead_is_an_input() {
    for (within, expected) in [("4d", 0), ("5d", 1), ("229d", 1), ("230d", 2), ("120h", 1), ("0s", 0)] {
        let run = validate(MANIFEST).with("expires-within", within).run();
        assert_eq!((run.status, found(&run).len()), (Some(0), expected), "{within}: {}", run.log);
    }
    let run = validate(MANIFEST).with("expires-within", "a month").run();
    assert!(
        run.status == Some(2) && run.errors()[0].contains("input `expires-within` is not a duration"),
        "{}",
        run.log
    );
}

#[test]
fn levels_and_exceptions_hold() {
    let run = validate(MANIFEST).with("rules", "expires-soon=error").run();
    assert_eq!((run.status, found(&run)), (Some(2), vec![("error", "expires-soon")]));
    let run = validate(&expired()).with("rules", "expired=warning").run();
    assert_eq!((run.status, found(&run)), (Some(0), vec![("warning", "expired")]));
    let allowing = expired().replace("2099-06-14", "2099-06-14, allow: [expired]");
    let run = validate(&allowing).run();
    assert_eq!((run.status, found(&run)), (Some(0), vec![]));
}

#[test]
fn a_last_day_that_is_none_is_told_at_its_place() {
    let told = |value: &str| {
        let run = validate(&MANIFEST.replace("2099-06-20", value)).run();
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{value}: {}", run.log);
        run.errors()[0].split_once("::`").expect("a message").1.to_owned()
    };
    assert_eq!(told("2099-6-20"), "expires` must be a day like 2027-01-31, year first: write 2099-06-20");
    assert_eq!(told("2099-06-31"), "expires` is no day of the calendar: it must be a day like 2027-01-31");
    assert_eq!(told("never"), "expires` must be a day like 2027-01-31, year first");
    assert_eq!(told("''"), "expires` is empty");
    assert_eq!(told("[2099-06-20]"), "expires` is a list, but must be a single value");
    assert!(told("'${X}'").starts_with("expires` holds a reference"));
    let oidc = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://acme.jfrog.io', jfrog-oidc-provider-name: p, visibility: \
                private, expires: 2099-06-20}\n";
    let run = validate(oidc).run();
    assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{}", run.log);
    assert!(run.errors()[0].ends_with("auth type oidc_jfrog stores none: leave it out"), "{}", run.log);
}
