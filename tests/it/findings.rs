//! Findings of the rules: each is reported once and at its place, at the level set for the run, and errors come before
//! any write.

use fake_github::{FakeGitHub, json};
use serde_json::Value;

use crate::harness::{Run, Step};

/// One entry that no consumer can use, and two that public repositories can see.
const MANIFEST: &str = "\
version: 1
registries:
  images:
    type: docker-registry
    url: https://acme.azurecr.io
    tenant-id: t
    client-id: c
    visibility: private
  pypi:
    type: python-index
    url: https://pypi.acme.dev
    token: ${PYPI_TOKEN}
    visibility: all
  gems:
    type: rubygems-server
    url: https://gems.acme.dev
    token: ${GEMS_TOKEN}
    visibility: all
";

fn step<'a>(github: &'a FakeGitHub, operation: &str) -> Step<'a> {
    let step = Step::new(github, operation).manifest(MANIFEST);
    step.secret_env("PYPI_TOKEN", "pypi-secret-value").secret_env("GEMS_TOKEN", "gems-secret-value")
}

/// Returns the rules of the findings about an entry.
fn found(run: &Run, label: &str) -> Vec<String> {
    let rule = |finding: &Value| finding["rule"].as_str().unwrap().to_owned();
    run.change(label)["findings"].as_array().unwrap().iter().map(rule).collect()
}

#[test]
fn a_finding_is_reported_once_at_its_place_and_its_verdict_in_the_plan() {
    let github = FakeGitHub::start();
    for operation in ["validate", "plan"] {
        let run = step(&github, operation).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        let public: Vec<&str> = run.log.lines().filter(|line| line.contains("visible-to-public")).collect();
        assert_eq!(public.len(), 1, "{}", run.log);
        assert!(public[0].contains("line=13,col=5::`pypi`, `gems`: "), "{}", public[0]);
        assert!(public[0].contains("docs/rules.md#visible-to-public"), "{}", public[0]);
        assert_eq!(
            (found(&run, "images"), found(&run, "gems")),
            (vec!["oidc-cannot-reach".into()], vec!["visible-to-public".into()])
        );
        let images = run.change("images");
        assert_eq!(images["consumers"]["dependabot"]["verdict"], "no");
        assert_eq!(images["findings"][0]["line"], 3);
        assert_eq!(images["action"].is_null(), operation == "validate");
        let result = run.result();
        assert_eq!(result["warnings"].as_array().unwrap().len(), 2, "{result}");
    }
    let run = step(&github, "validate").run();
    assert!(run.log.contains("\nimages: Dependabot: no (oidc-cannot-reach)\n"), "{}", run.log);
    let run = step(&github, "plan").run();
    assert!(run.log.contains("      Dependabot: no (oidc-cannot-reach)\n"), "{}", run.log);
    assert!(run.summary.contains("Dependabot&#58; no (oidc-cannot-reach)"), "{}", run.summary);
}

#[test]
fn nothing_is_written_if_a_finding_is_an_error() {
    let github = FakeGitHub::start();
    for (operation, rules) in [("validate", "all=error"), ("plan", "oidc-cannot-reach=error"), ("apply", "all=error")] {
        let run = step(&github, operation).with("rules", rules).run();
        assert_eq!(run.status, Some(2), "{operation}: {}", run.log);
        assert!(run.log.contains("::error title=oidc-cannot-reach,"), "{operation}: {}", run.log);
        assert!(run.writes().is_empty() && run.summary.contains("azurecr"), "{operation}: {}", run.summary);
    }
    let registry = [("registry-type", "git"), ("url", "https://git.acme.dev"), ("visibility", "private")];
    for operation in ["create", "upsert"] {
        let step = Step::new(&github, operation).secret_input("secret", "git-secret-value").with("rules", "all=error");
        let run = step.inputs(&registry).run();
        assert_eq!(run.status, Some(2), "{operation}: {}", run.log);
        assert!(run.errors()[0].contains("type-ignores-token") && run.writes().is_empty(), "{}", run.log);
    }
    let name =
        github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private"}));
    let run =
        Step::new(&github, "update").with("name", &name).with("visibility", "all").with("rules", "all=error").run();
    assert_eq!((run.status, run.writes().len()), (Some(2), 0), "{}", run.log);
}

#[test]
fn a_rule_id_overrides_all_and_allow_overrides_both() {
    let github = FakeGitHub::start();
    let silent = step(&github, "plan").with("rules", "all=off").run();
    assert!(!silent.log.contains("::warning") && found(&silent, "images").is_empty(), "{}", silent.log);
    let strict =
        step(&github, "plan").with("rules", "all=error, oidc-cannot-reach=notice").with("dry-run", "false").run();
    assert!(strict.log.contains("::notice title=oidc-cannot-reach"), "{}", strict.log);
    assert!(strict.log.contains("::error title=visible-to-public"), "{}", strict.log);
    let allowing = MANIFEST
        .replace("registries:", "defaults: {allow: [visible-to-public]}\nregistries:")
        .replace("    client-id: c\n", "    client-id: c\n    allow: [oidc-cannot-reach]\n");
    let run = step(&github, "plan").manifest(&allowing).with("rules", "all=error").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    // The finding is silenced, but the verdict is kept, with its reason.
    assert!(
        run.log.contains("Dependabot: no (with `oidc_azure` Dependabot's proxy gets a token for Azure DevOps"),
        "{}",
        run.log
    );
}

#[test]
fn an_unknown_rule_or_level_is_reported_with_the_nearest_one() {
    let github = FakeGitHub::start();
    let run = step(&github, "plan").with("rules", "visible-to-publik=off, all=fatal").run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    assert!(
        run.log.contains("did you mean `visible-to-public`?") && run.log.contains("`fatal` is not a level"),
        "{}",
        run.log
    );
    let misspelt = MANIFEST.replace("    client-id: c\n", "    client-id: c\n    allow: [oidc-cannot-reaching, {}]\n");
    let run = step(&github, "validate").manifest(&misspelt).run();
    assert_eq!(run.status, Some(2), "{}", run.log);
    assert!(
        run.log.contains("line=8,col=13::`allow` is wrong: `oidc-cannot-reaching`") && run.errors().len() == 2,
        "{}",
        run.log
    );
}

#[test]
fn findings_on_unmanaged_configurations_are_warnings_in_a_plan_and_errors_in_a_list() {
    let github = FakeGitHub::start();
    github.add(
        json!({"registry_type": "git_source", "url": "https://git.acme.dev", "visibility": "private", "secret": "x"}),
    );
    let empty = "version: 1\nregistries: {}\n";
    for operation in ["plan", "apply"] {
        let run = Step::new(&github, operation).manifest(empty).with("rules", "all=error").run();
        assert_eq!(run.status, Some(0), "{operation}: {}", run.log);
        assert!(run.log.contains("::warning title=type-ignores-token::`GIT_SOURCE_SECRET`: "), "{}", run.log);
    }
    let pruned = Step::new(&github, "plan").manifest(&MANIFEST.replace("all\n", "private\n")).with("prune", "true");
    let pruned = pruned.with("rules", "oidc-cannot-reach=off").run();
    assert!(!pruned.log.contains("type-ignores-token"), "nothing is said of what goes: {}", pruned.log);
    let run = Step::new(&github, "list").with("rules", "all=error").run();
    assert_eq!((run.status, run.output("total-count")), (Some(2), "1"), "{}", run.log);
    assert!(run.log.contains("      code scanning: no (type-ignores-token)\n"), "{}", run.log);
    let configuration = &run.result()["configurations"][0];
    assert_eq!(configuration["name"], "GIT_SOURCE_SECRET");
    assert_eq!(configuration["consumers"]["code_scanning"]["verdict"], "no");
    assert_eq!(configuration["findings"][0]["rule"], "type-ignores-token");
    assert!(run.summary.contains("code scanning&#58; no (type-ignores-token)"), "{}", run.summary);
}
