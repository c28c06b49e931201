//! Failing runs as a person sees them in a terminal, with only that text: each must say what is wrong, where, and what
//! to type.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, READ_TOKEN, json};

use super::{FINE, HEAD};
use crate::harness::{Run, Step, assert_run};

/// Compares the log of a failing run with the snapshot of that name.
macro_rules! assert_told {
    ($name:literal, $run:expr) => {{
        let run: Run = $run;
        assert_ne!(run.status, Some(0), "{}", run.log);
        assert_run!(@ run.log_snapshot(), |told| insta::assert_snapshot!($name, told));
    }};
}

fn terminal(step: Step<'_>) -> Run {
    step.in_terminal().run()
}

fn validate(yaml: &str) -> Run {
    terminal(Step::offline("validate").manifest(yaml))
}

/// Returns a manifest with one entry that is valid except for these lines.
fn entry(lines: &str) -> String {
    format!("{HEAD}{FINE}{lines}")
}

/// Returns a manifest with this many entries, each with the rest that belongs to its number.
fn entries(number: usize, rest: impl Fn(usize) -> String) -> String {
    let entry = |n| format!("  r{n}: {{type: python-index, url: 'https://pypi-{n}.acme.dev', {}}}\n", rest(n));
    format!(
        "version: 1\ndefaults: {{visibility: private}}\nregistries:\n{}",
        (0..number).map(entry).collect::<String>()
    )
}

fn refused(status: u16, message: &str, headers: &[(&str, &str)]) -> Kind {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Kind::Status { status, body: json!({"message": message}), headers }
}

/// Runs `list` on a GitHub that answers like this.
fn list_against(kind: Kind) -> Run {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::any(), kind).times(usize::MAX));
    terminal(Step::new(&github, "list").with("max-wait", "0s"))
}

#[test]
fn inputs() {
    let github = FakeGitHub::start();
    assert_told!("no_inputs", terminal(Step::offline("list")));
    assert_told!("a_misspelt_operation", terminal(Step::new(&github, "aply")));
    assert_told!("a_misspelt_guard", terminal(Step::new(&github, "apply").with("dryrun", "true").manifest(&entry(""))));
    assert_told!("an_api_url_without_a_scheme", terminal(Step::new(&github, "list").with("api-url", "ghes.acme.dev")));
    let create = Step::new(&github, "create").with("registry-type", "npm").with("url", "https://npm.acme.dev/a b");
    assert_told!("a_creation_with_missing_inputs", terminal(create));
    let empty = Step::new(&github, "update").with("name", "NPM_REGISTRY_SECRET").with("secret", "");
    assert_told!("an_unset_secret", terminal(empty));
    let step = Step::new(&github, "apply").manifest(&entry("    token: ${A}\n"));
    assert_told!("an_invalid_plan_id", terminal(step.with("plan-id", "latest")));
}

#[test]
fn manifests() {
    let step = Step::offline("validate").file(".github/private-registries.yaml", "version: 1\nregistries:\n");
    assert_told!("a_misspelt_file_name", terminal(step));
    assert_told!("no_manifest", terminal(Step::offline("validate")));
    let flow = "version: 1\nregistries:\n  feed: { type: nuget-feed, url: 'https://a.dev', token: ${{ secrets.X }} }\n";
    assert_told!("an_unquoted_reference", validate(flow));
    assert_told!("a_tab_as_indentation", validate("version: 1\nregistries:\n\tnpm:\n"));
    assert_told!("a_literal_secret", validate(&entry("    token: hunter2-literal\n")));
    assert_told!("another_spelling_of_a_reference", validate(&entry("    token: ${{ vars.NPM_TOKEN }}\n")));
    let username = "    username: ${{ secrets.NPM_USER }}\n    password: ${{ secrets.NPM_TOKEN }}\n";
    assert_told!("a_reference_as_username", validate(&entry(username)));
    assert_told!("a_misspelt_key", validate(&entry("    tokn: ${{ secrets.NPM_TOKEN }}\n")));
    assert_told!("a_key_of_dependabot", validate(&entry("    token: ${A}\n    scope: '@acme'\n")));
    assert_told!("oidc_with_missing_fields", validate(&entry("    tenant-id: t\n")));
    let many = entries(90, |_| "token: '${A}', visibility: privat".to_owned());
    assert_told!("one_mistake_ninety_times", validate(&many));
    let twice = "  a: {type: git, url: 'https://git.acme.dev', token: '${A}', visibility: all}\n";
    let twice = format!("version: 1\nregistries:\n{twice}{}", twice.replace("  a:", "  b:"));
    assert_told!("a_duplicate_registry", validate(&twice));
    let strict = Step::offline("validate").manifest(&entry("    token: ${A}\n").replace("private", "all"));
    assert_told!("a_finding_at_level_error", terminal(strict.with("rules", "all=error")));
}

#[test]
fn secrets() {
    let github = FakeGitHub::start();
    let step = |yaml: &str| Step::new(&github, "apply").manifest(yaml);
    assert_told!("a_missing_secret", terminal(step(&entry("    token: ${{ secrets.NPM_TOKEN }}\n"))));
    let three = entries(6, |n| format!("token: '${{TOKEN_{}}}'", n % 3));
    assert_told!("three_missing_secrets", terminal(step(&three)));
    let unresolved = step(&entry("    token: ${{ secrets.NPM_TOKEN }}\n")).env("NPM_TOKEN", "$(NPM_TOKEN)");
    assert_told!("an_unexpanded_secret", terminal(unresolved));
    let sealed = entry("    encrypted-value: hunter2\n    key-id: 1\n");
    assert_told!("an_invalid_sealed_value", terminal(step(&sealed)));
}

#[test]
fn refusals() {
    assert_told!("an_invalid_token", list_against(refused(401, "Bad credentials", &[])));
    let address = "required; url=https://github.com/orgs/acme/sso?authorization_request=AB12";
    let sso = refused(403, "Resource protected by organization SAML enforcement.", &[("x-github-sso", address)]);
    assert_told!("single_sign_on", list_against(sso));
    assert_told!("an_organization_not_found", list_against(refused(404, "Not Found", &[])));
    assert_told!("a_rate_limit", list_against(Kind::RateLimited429 { retry_after: Some(90) }));
    assert_told!("the_website_of_an_enterprise_server", list_against(Kind::Html { status: 404 }));
    let github = FakeGitHub::start();
    let create = || {
        let step = Step::new(&github, "create").with("registry-type", "python-index").with("visibility", "private");
        step.with("url", "https://pypi.acme.dev").secret_input("secret", "the-secret")
    };
    assert_told!("a_read_only_token", terminal(create().secret_input("token", READ_TOKEN)));
    let invalid = json!({"message": "Validation Failed", "errors": ["url is not allowed here"]});
    let invalid = Kind::answer(422, invalid);
    github.fault(Fault::new(Matcher::method("POST"), invalid.clone()));
    assert_told!("a_validation_error", terminal(create()));
    github.fault(Fault::new(Matcher::method("POST"), invalid).times(usize::MAX));
    let yaml = entries(3, |_| "token: '${TOKEN}'".to_owned());
    let step = Step::new(&github, "apply").manifest(&yaml).secret_env("TOKEN", "the-secret");
    assert_told!("one_refusal_three_times", terminal(step.with("write-interval", "0s")));
    let closed = Step::new(&github, "list").with("api-url", "http://127.0.0.1:1").with("max-wait", "0s");
    assert_told!("a_closed_port", terminal(closed));
}

#[test]
fn plans() {
    let github = FakeGitHub::start();
    for (registry_type, url) in [("npm_registry", "https://npm.acme.dev"), ("git_source", "https://git.acme.dev")] {
        github.add(json!({"registry_type": registry_type, "url": url, "visibility": "all", "secret": "x"}));
    }
    let yaml = entry("    token: ${{ secrets.NPM_TOKEN }}\n");
    let step =
        |operation, yaml: &str| Step::new(&github, operation).manifest(yaml).secret_env("NPM_TOKEN", "the-secret");
    assert_told!("drift", terminal(step("plan", &yaml).with("fail-on-drift", "true")));
    let another = step("apply", &yaml).with("plan-id", &"0123456789abcdef".repeat(2));
    assert_told!("a_changed_plan", terminal(another));
    let prune = step("apply", &yaml).with("prune", "true").with("max-deletes", "0");
    assert_told!("too_many_deletions", terminal(prune));
    let empty = step("apply", "version: 1\nregistries:\n").with("prune", "true");
    assert_told!("an_empty_manifest_and_prune", terminal(empty));
    let repositories = yaml.replace("private\n", "selected\n    selected-repositories: [api, wev]\n");
    assert_told!("an_unknown_repository", terminal(step("plan", &repositories)));
    let pinned = yaml.clone() + "    name: NPM_REGISTRY_SECRE\n";
    assert_told!("an_unknown_pinned_name", terminal(step("plan", &pinned)));
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    assert_told!("two_matching_configurations", terminal(step("plan", &yaml)));
}
