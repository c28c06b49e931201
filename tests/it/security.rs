//! The claims of SECURITY.md that no other test covers, and a check that the tests it names exist.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use fake_github::{FakeGitHub, Fault, Kind, Matcher, WRITE_TOKEN, json};

use crate::harness::{Step, assert_no_leak, texts_below};
use crate::world::repository;

/// Returns the texts in backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_test_name(text: &str) -> bool {
    text.matches('_').count() >= 2 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn every_line_of_security_md_names_existing_tests() {
    let page = fs::read_to_string(repository("SECURITY.md")).unwrap();
    let mut rows = 0;
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Attempt")) {
        let test = line.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let paths: Vec<&str> = code(test).filter(|text| text.contains('/')).collect();
        let sources: Vec<String> = paths
            .iter()
            .map(|path| fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}\n{line}")))
            .collect();
        let names: Vec<&str> = code(test).filter(|text| is_test_name(text)).collect();
        for name in &names {
            let declared = format!("fn {name}(");
            assert!(sources.iter().any(|source| source.contains(&declared)), "{name} is nowhere:\n{line}");
        }
        let is_script = paths.iter().any(|path| path.starts_with("scripts/"));
        assert!(is_script || !names.is_empty(), "no test is named:\n{line}");
        rows += 1;
    }
    assert!(rows > 20, "the tables are gone");
    // Outside of the tables a test is named in brackets, without its file.
    let sources: String =
        ["src", "tests/it"].iter().flat_map(|folder| texts_below(&repository(folder)).into_values()).collect();
    for name in page.lines().filter(|line| !line.starts_with('|')).flat_map(code).filter(|text| is_test_name(text)) {
        assert!(sources.contains(&format!("fn {name}(")), "{name} is nowhere");
    }
}

#[test]
fn a_manifest_beyond_its_limits_is_not_read() {
    let head = "version: 1\nregistries: {}\n";
    let nested = |levels: usize| format!("{head}a: {}{}\n", "[".repeat(levels), "]".repeat(levels));
    let values = |aliases: usize| format!("{head}a: [&a [{}], {}]\n", "x, ".repeat(999), "*a, ".repeat(aliases));
    let padded = |bytes: usize| format!("{head}#{}", "x".repeat(bytes - head.len() - 1));
    for (within, beyond, words) in [
        (nested(30), nested(40), "nested more than 32 levels"),
        (values(190), values(200), "more than 200000 values"),
        (padded(1 << 20), padded((1 << 20) + 1), "is larger than 1024 KiB"),
    ] {
        for (yaml, is_refused) in [(within, false), (beyond, true)] {
            let run = Step::offline("validate").manifest(&yaml).run();
            assert_eq!(run.log.contains(words), is_refused, "{words}: {}", run.log);
        }
    }
}

#[test]
fn nothing_in_a_manifest_is_executed_and_none_of_its_hosts_is_contacted() {
    let registry = TcpListener::bind("127.0.0.1:0").unwrap();
    registry.set_nonblocking(true).unwrap();
    let address = registry.local_addr().unwrap();
    let command = "$(touch ran) `touch ran`; touch ran";
    let manifest = format!(
        "version: 1\nregistries:\n  '{command}':\n    type: npm-registry\n    url: http://{address}/x\n    username: \
         '{command}'\n    token: ${{A}}\n    visibility: all\n"
    );
    for operation in ["validate", "plan", "apply"] {
        let github = FakeGitHub::start();
        let step = Step::new(&github, operation).manifest(&manifest).secret_env("A", "$(touch ran) the-secret");
        let checkout = step.checkout().to_string_lossy().into_owned();
        let run = step.env("PATH", "/usr/bin:/bin").env("HOME", &checkout).env("TMPDIR", &checkout).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        assert!(registry.accept().is_err(), "{operation} opened a connection to the registry");
        assert!(operation == "apply" || run.writes().is_empty(), "{:?}", run.writes());
        // Nothing is kept either.
        let files: BTreeSet<_> = run.files.keys().map(|path| path.to_string_lossy()).collect();
        assert_eq!(files, BTreeSet::from([".github/private-registries.yml".into()]));
    }
}

#[test]
fn a_host_that_accepts_a_connection_but_never_answers_times_out() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", door.local_addr().unwrap().port());
    let began = Instant::now();
    let step = Step::offline("list").with("api-url", &url).with("org", "acme").with("max-wait", "0s");
    let run = step.secret_input("token", "a-token").run();
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    assert!(run.status == Some(1) && run.log.contains("no connection within 10 s"), "{}", run.log);
}

#[test]
fn the_token_is_sent_only_in_its_header_and_secrets_only_sealed() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "all"}));
    let manifest = "\
version: 1
registries:
  npm: {type: npm-registry, url: https://npm.acme.dev, token: '${NPM_TOKEN}', visibility: all}
  git: {type: git, url: https://git.acme.dev, username: me, password: '${GIT_PASSWORD}', visibility: private}
";
    let step = Step::new(&github, "apply").manifest(manifest);
    let run = step.secret_env("NPM_TOKEN", "npm-secret-value").secret_env("GIT_PASSWORD", "git-secret-value").run();
    assert_eq!((run.status, run.writes().len()), (Some(0), 2), "{}", run.log);
    let secrets = ["npm-secret-value", "git-secret-value", WRITE_TOKEN].map(str::to_owned);
    for request in &run.requests {
        assert_eq!(request.headers["authorization"], format!("Bearer {WRITE_TOKEN}"));
        let others = request.headers.iter().filter(|(name, _)| *name != "authorization");
        assert_no_leak(&secrets, "request", &format!("{request} {:?} {:?}", request.body, others.collect::<Vec<_>>()));
    }
    // Nothing is kept.
    assert_eq!(run.files.len(), 1, "{:?}", run.files.keys());
}

#[test]
fn neither_a_redirect_nor_a_next_page_leads_to_another_host() {
    let (github, other) = (FakeGitHub::start(), FakeGitHub::start());
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let url = format!("{}/orgs/acme/private-registries?page=2", other.url());
    for fault in [Kind::Redirect { location: url.clone() }, Kind::NextLinkElsewhere { url }] {
        for operation in ["list", "export", "delete"] {
            github.fault(Fault::new(Matcher::any(), fault.clone()).times(2));
            let step = Step::new(&github, operation).with("max-wait", "0s");
            let step = if operation == "delete" { step.with("name", "NPM_REGISTRY_SECRET") } else { step };
            let run = step.with("dry-run", if operation == "delete" { "true" } else { "" }).run();
            assert_eq!(run.status == Some(1), matches!(fault, Kind::Redirect { .. }), "{operation}: {}", run.log);
            assert!(other.requests().is_empty(), "{operation}: {:?}", other.requests());
            github.clear_faults();
        }
    }
}
