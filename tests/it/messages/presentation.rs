//! How messages are presented: once, the most severe first, in log, summary and result, with decisions outside of
//! groups.

use std::time::Duration;

use fake_github::{FakeGitHub, Fault, Kind, Matcher, json};

use super::{FINE, HEAD};
use crate::harness::{Run, Step};

/// Returns a manifest with this many entries, each with the rest that belongs to its number.
fn entries(number: usize, rest: impl Fn(usize) -> String) -> String {
    let entry = |n| format!("  r{n}: {{type: python-index, url: 'https://pypi-{n}.acme.dev', {}}}\n", rest(n));
    format!(
        "version: 1\ndefaults: {{visibility: private}}\nregistries:\n{}",
        (0..number).map(entry).collect::<String>()
    )
}

fn annotations<'a>(run: &'a Run, level: &str) -> Vec<&'a str> {
    let command = format!("::{level} ");
    run.log.lines().filter(|line| line.starts_with(&command)).collect()
}

/// Returns the lines of the log outside of groups.
fn lines_outside_of_groups(run: &Run) -> Vec<&str> {
    let mut is_inside = false;
    let lines = run.log.lines().filter(move |line| {
        is_inside = (is_inside || line.starts_with("::group::")) && *line != "::endgroup::";
        !is_inside
    });
    lines.collect()
}

#[test]
fn every_run_reports_its_status() {
    let github = FakeGitHub::start();
    let yaml = format!("{HEAD}{FINE}    token: ${{TOKEN}}\n");
    let step = |operation| Step::new(&github, operation).manifest(&yaml).env("TOKEN", "the-secret");
    let cases = [
        (step("plan"), 0, "done"),
        (step("plan").with("fail-on-drift", "true"), 3, "drift"),
        (step("plan").with("plan-id", "x"), 2, "invalid"),
        (step("validate").with("rules", "x"), 2, "invalid"),
        (step("get").with("name", "NOBODY"), 1, "failed"),
        (step("crate"), 2, "invalid"),
        (step("apply").without("TOKEN"), 2, "invalid"),
        (step("apply").with("dry-run", "true"), 0, "done"),
    ];
    for (step, status, word) in cases {
        let run = step.run();
        let result = run.result();
        assert_eq!((run.status, run.output("status")), (Some(status), word), "{}", run.log);
        assert_eq!(result["status"], word);
        let errors = result["errors"].as_array().unwrap();
        assert_eq!(errors.is_empty(), status == 0, "{errors:?}");
    }
}

/// The runner shows ten annotations of each level; the others must not be lost.
#[test]
fn the_first_ten_of_a_level_are_annotations_and_all_are_reported() {
    // Each entry has its own error, and a warning precedes them.
    let yaml = entries(25, |n| format!("token: '${{A}}', visibility: v{n}"));
    let run = Step::offline("validate").manifest(&yaml).with("unheard-of", "x").run();
    assert_eq!((run.status, annotations(&run, "error").len()), (Some(2), 10), "{}", run.log);
    for n in 0..25 {
        let told = format!("`visibility` is `v{n}`, which is none of");
        assert_eq!(run.log.matches(&told).count(), 1, "{told}: {}", run.log);
        assert!(run.summary.contains(&format!("is <code>v{n}</code>")), "{}", run.summary);
    }
    assert_eq!(run.result()["errors"].as_array().unwrap().len(), 25);
    assert!(run.log.contains("error: `visibility` is `v24`") && run.log.contains("yml:28:"), "{}", run.log);
    // Findings at several levels: the most severe ones come first in the log.
    let yaml = entries(1, |_| "token: '${A}', visibility: all".to_owned())
        + "  npm: {type: npm-registry, url: 'http://a.dev', token: '${A}', replaces-base: true, visibility: all}\n  x: {type: npm-registry, url: x.dev, token: '${A}', replaces-base: true}\n";
    let step = Step::offline("validate").manifest(&yaml).with("rules", "plain-http=error, visible-to-public=notice");
    let run = step.with("unheard-of", "x").run();
    let levels = run.log.lines().filter_map(|line| line.strip_prefix("::")?.split(' ').next());
    let levels: Vec<&str> = levels.filter(|level| ["error", "warning", "notice"].contains(level)).collect();
    let rank = |level: &&str| ["error", "warning", "notice"].iter().position(|other| other == level);
    assert!(levels.len() >= 3 && levels[0] == "error" && levels.is_sorted_by_key(rank), "{levels:?}\n{}", run.log);
}

#[test]
fn missing_secrets_are_one_block_to_paste_and_each_is_annotated_at_its_reference() {
    let github = FakeGitHub::start();
    let yaml = entries(90, |n| format!("token: '${{TOKEN_{}}}'", n % 4));
    let run = Step::new(&github, "apply").manifest(&yaml).secret_env("TOKEN_3", "the-secret").run();
    let block = "3 secrets are missing. Add to this step:%0Aenv:%0A  TOKEN_0: ${{ secrets.TOKEN_0 }}%0A  TOKEN_1: ${{ \
                 secrets.TOKEN_1 }}%0A  TOKEN_2: ${{ secrets.TOKEN_2 }}";
    assert_eq!((run.status, run.writes().len(), run.errors().len()), (Some(2), 0, 4), "{}", run.log);
    assert!(run.errors()[0].ends_with(block), "{}", run.log);
    for (n, error) in run.errors()[1..].iter().enumerate() {
        let why = format!(" is missing: environment variable TOKEN_{n} is not set, or empty");
        assert!(error.contains("the secret of `r") && error.contains(" and 1") && error.ends_with(&why), "{error}");
        assert!(error.contains(&format!(",line={},", n + 4)), "{error}");
    }
    assert!(run.errors().iter().all(|error| !error.contains("TOKEN_3")), "it is there: {}", run.log);
}

#[test]
fn plan_and_validate_list_the_variables_that_an_apply_needs() {
    let github = FakeGitHub::start();
    let yaml = entries(4, |n| format!("token: '${{TOKEN_{}}}'", n % 2));
    let told = "An apply needs these environment variables: TOKEN_0, TOKEN_1";
    for operation in ["validate", "plan"] {
        let run = Step::new(&github, operation).manifest(&yaml).run();
        assert!(run.status == Some(0) && lines_outside_of_groups(&run).contains(&told), "{}", run.log);
        let block = "2 environment variables that an apply needs</summary>\n\n```yaml\nenv:\n  TOKEN_0: ${{ secrets.TOKEN_0 }}\n";
        assert!(run.summary.contains(block), "{}", run.summary);
    }
    // A secret that is not sent is not needed.
    let step =
        Step::new(&github, "apply").manifest(&yaml).secret_env("TOKEN_0", "secret-0").secret_env("TOKEN_1", "secret-1");
    assert_eq!(step.run().status, Some(0));
    let run = Step::new(&github, "plan").manifest(&yaml).with("resend", "on-change").run();
    assert!(run.status == Some(0) && !run.log.contains("An apply needs"), "{}", run.log);
}

#[test]
fn decisive_lines_are_outside_of_groups() {
    let github = FakeGitHub::start();
    let yaml = entries(2, |_| "token: '${TOKEN}'".to_owned());
    for operation in ["plan", "apply"] {
        let run = Step::new(&github, operation).manifest(&yaml).secret_env("TOKEN", "the-secret").run();
        let outside = lines_outside_of_groups(&run);
        let plan_id = format!("plan-id: {}", run.output("plan-id"));
        assert!(outside.contains(&"Plan for acme: 2 to create") && outside.contains(&plan_id.as_str()), "{}", run.log);
        assert_eq!(outside.contains(&"2 created"), operation == "apply", "{}", run.log);
        assert!(!outside.iter().any(|line| line.contains("+ create r0")), "{}", run.log);
    }
}

#[test]
fn drift_counts_only_differences() {
    let github = FakeGitHub::start();
    for n in 1..4 {
        let visibility = if n == 1 { "all" } else { "private" };
        let url = format!("https://pypi-{n}.acme.dev");
        github.add(json!({"registry_type": "python_index", "url": url, "visibility": visibility, "secret": "x"}));
    }
    github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev"}));
    let yaml = entries(4, |_| "token: '${TOKEN}'".to_owned());
    let run = Step::new(&github, "plan").manifest(&yaml).with("fail-on-drift", "true").run();
    let told = "::error title=Drift::GitHub differs from the manifest: 1 to create, 1 to update. Apply the plan above, or change \
                the manifest";
    assert_eq!(run.errors(), [told], "{}", run.log);
    assert!(run.log.contains("Plan for acme: 1 to create, 1 to update, 2 to resend, 1 unmanaged"), "{}", run.log);
    let run = Step::new(&github, "apply").manifest(&yaml).secret_env("TOKEN", "the-secret").run();
    let statuses = |action: &str| -> Vec<String> {
        let changes = run.changes().into_iter().filter(|change| change["action"] == action);
        changes.map(|change| change["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (statuses("unmanaged"), statuses("resend")),
        (vec!["planned".to_owned()], vec!["applied".to_owned(); 2])
    );
    assert_eq!((run.output("unmanaged-count"), run.output("resend-count")), ("1", "2"), "{}", run.log);
}

#[test]
fn a_run_with_spaced_writes_announces_its_duration_before_it_writes() {
    let github = FakeGitHub::start();
    let step = |number, interval| {
        let yaml = entries(number, |_| "token: '${TOKEN}'".to_owned());
        Step::new(&github, "apply").manifest(&yaml).secret_env("TOKEN", "the-secret").with("write-interval", interval)
    };
    assert!(!step(30, "0s").run().log.contains("This takes about"));
    assert!(!step(10, "1h").run().log.contains("This takes about"));
    let running = step(12, "20s").start();
    std::thread::sleep(Duration::from_secs(2));
    running.signal("TERM");
    let run = running.wait();
    let told = "This takes about 40 s: of 12 write requests, the first 10 are sent back to back and the others 20 s apart \
                (input `write-interval`).";
    let lines: Vec<&str> = run.log.lines().collect();
    let place = lines.iter().position(|line| *line == told).unwrap_or_else(|| panic!("{}", run.log));
    assert!(lines[..place].iter().all(|line| !line.starts_with("[1/")), "{}", run.log);
    // The changes skipped by a signal are one line with their number.
    let skipped: Vec<&&str> = lines.iter().filter(|line| line.contains("skipped")).collect();
    assert!(skipped.len() == 2 && skipped[0].ends_with("2 skipped"), "{skipped:?}\n{}", run.log);
    assert!(skipped[1].contains("stopped by SIGTERM: 2 changes were skipped. Run again"), "{skipped:?}");
    assert_eq!((run.status, run.output("status")), (Some(143), "stopped"));
}

#[test]
fn skipped_changes_are_one_line_with_their_number() {
    let github = FakeGitHub::start();
    for n in 0..40 {
        github.add(json!({"registry_type": "git_source", "url": format!("https://git{n}.acme.dev")}));
    }
    github.fault(Fault::new(Matcher::method("POST"), Kind::refusal(422, "no")));
    let yaml = entries(1, |_| "token: '${TOKEN}'".to_owned());
    let step = Step::new(&github, "apply").manifest(&yaml).secret_env("TOKEN", "the-secret");
    let run = step.with("prune", "true").with("max-deletes", "99").run();
    let lines: Vec<&str> = run.log.lines().filter(|line| line.contains("skipped") || line.contains("/41]")).collect();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert_eq!(lines[1], "40 changes were skipped: nothing is deleted once anything has failed");
    assert_eq!(lines[2], "1 failed, 40 skipped");
}

#[test]
fn a_secret_that_is_a_common_word_is_reported_once_without_naming_it() {
    let github = FakeGitHub::start();
    let yaml = entries(3, |n| format!("token: '${{TOKEN_{n}}}'"));
    let told = "a secret also occurs as ordinary text";
    // The organization, a label, an operation, and values so short that many words contain them.
    for value in ["acme", "r1", "pypi-2", "plan", "true", "e"] {
        let step =
            |operation| Step::new(&github, operation).manifest(&yaml).env("TOKEN_0", "a-secret").env("TOKEN_1", value);
        for operation in ["plan", "apply"] {
            let run = step(operation).env("TOKEN_2", "another-secret").run();
            assert_eq!(run.log.matches(told).count(), 1, "{value}: {}", run.log);
            assert_eq!(run.result()["warnings"].to_string().matches(told).count(), 1, "{value}");
        }
    }
    let step = Step::new(&github, "plan").manifest(&yaml).secret_env("TOKEN_1", "hunter2-and-more");
    assert!(!step.run().log.contains(told));
}

/// What several organizations have in common is reported once.
#[test]
fn messages_of_several_organizations_are_combined() {
    let github = FakeGitHub::start();
    let names: Vec<String> = (0..12).map(|n| format!("org-{n}")).collect();
    for name in &names {
        github.add_organization(name);
    }
    let org = names.join(", ");
    let yaml = entries(3, |n| format!("token: '${{TOKEN_{n}}}', organizations: [org-{n}, org-9]"));
    let step = |operation| {
        let step = Step::new(&github, operation).manifest(&yaml).with("org", &org);
        step.with("rules", "all=off").with("write-interval", "20s")
    };
    let run = step("plan").run();
    let told = "An apply needs these environment variables: TOKEN_0, TOKEN_1, TOKEN_2";
    assert!(run.status == Some(0) && run.log.matches("An apply needs").count() == 1, "{}", run.log);
    assert!(lines_outside_of_groups(&run).contains(&told), "{}", run.log);
    assert_eq!(run.summary.matches("3 environment variables that an apply needs").count(), 1, "{}", run.summary);
    let run = step("apply").run();
    assert_eq!((run.status, run.writes().len(), run.errors().len()), (Some(2), 0, 4), "{}", run.log);
    assert!(run.errors()[0].contains("3 secrets are missing. Add to this step:%0Aenv:%0A  TOKEN_0: "), "{}", run.log);
    // The most severe messages come first, whatever was noticed before them.
    let manifest = yaml.replace("https://pypi-0", "http://pypi-0").replace("pypi-2.acme.dev", "pypi-2.acme.dev/?a=b");
    let run = step("validate").manifest(&manifest).with("rules", "url-with-query=error").run();
    let levels: Vec<&str> =
        run.log.lines().filter_map(|line| line.strip_prefix("::")?.split([' ', ':']).next()).collect();
    let is_first = |level| levels.iter().position(|it| *it == level);
    assert!(run.status == Some(2) && is_first("error") < is_first("warning"), "{}", run.log);
    assert!(is_first("warning").is_some(), "{}", run.log);
    // With one token all writes are spaced together, and after a stop one number covers all that are left.
    let yaml = entries(1, |_| "token: '${TOKEN}'".to_owned());
    let running = step("apply").manifest(&yaml).secret_env("TOKEN", "the-secret").start();
    std::thread::sleep(Duration::from_secs(2));
    running.signal("TERM");
    let run = running.wait();
    assert!(run.log.contains("This takes about 40 s: of 12 write requests, the first 10"), "{}", run.log);
    assert!(run.log.contains("stopped by SIGTERM: 2 changes were skipped. Run again"), "{}", run.log);
    assert_eq!((run.status, run.output("status")), (Some(143), "stopped"));
}

/// The runner shows ten, and a person reads them from above.
#[test]
fn annotations_are_those_of_the_first_lines() {
    let github = FakeGitHub::start();
    let line = |annotation: &str| -> usize {
        let (_, rest) = annotation.split_once(",line=").expect("a place");
        rest.split(',').next().and_then(|line| line.parse().ok()).expect("a number")
    };
    let lines = |run: &Run, level: &str| -> Vec<usize> {
        let of_level = |text: &&str| text.starts_with(&format!("::{level} ")) && text.contains(",line=");
        run.log.lines().filter(of_level).map(line).collect()
    };
    let yaml = entries(30, |n| format!("token: '${{TOKEN_{n}}}'"));
    let http = yaml.replace("https://", "http://");
    let secret = Step::new(&github, "apply").manifest(&yaml).run();
    for (run, level, number) in [
        (Step::offline("validate").manifest(&http).with("rules", "plain-http=error").run(), "error", 10),
        (Step::offline("validate").manifest(&http).with("rules", "plain-http=warning").run(), "warning", 10),
        (
            Step::offline("validate").manifest(&entries(30, |n| format!("token: '${{A}}', visibility: v{n}"))).run(),
            "error",
            10,
        ),
        // The first says which are missing.
        (secret, "error", 9),
    ] {
        assert_eq!(lines(&run, level), (4..4 + number).collect::<Vec<usize>>(), "{}", run.log);
    }
}

/// No terminal has an `env:` to paste into.
#[test]
fn a_person_is_told_which_variables_to_set() {
    let github = FakeGitHub::start();
    let yaml = entries(2, |n| format!("token: '${{TOKEN_{n}}}'"));
    let apply = |yaml: &str| Step::new(&github, "apply").manifest(yaml).in_terminal();
    let run = apply(&yaml).run();
    let told = "error: 2 secrets are missing. Set these environment variables: TOKEN_0, TOKEN_1\n";
    assert!(run.status == Some(2) && run.log.contains(told), "{}", run.log);
    let one = apply(&yaml).secret_env("TOKEN_1", "the-secret").run();
    let told = "environment variable TOKEN_0 is not set, or empty\n";
    assert!(one.status == Some(2) && one.log.contains(told), "{}", one.log);
    for run in [run, one] {
        assert!(!run.log.contains("env:") && !run.log.contains("this step") && !run.log.contains("${{"), "{}", run.log);
    }
}
