//! `plan`: compares the manifest with GitHub, as a document to decide from.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, READ_TOKEN, Value, json};

use crate::harness::{Run, Step, assert_run};
use crate::world::changes::{MANIFEST, organization};

fn plan<'a>(github: &'a FakeGitHub, yaml: &str) -> Step<'a> {
    Step::new(github, "plan").manifest(yaml)
}

fn counts(run: &Run) -> String {
    let count = |action: &str| run.output(&format!("{action}-count")).to_owned();
    let actions = ["create", "update", "replace", "delete", "resend", "unchanged", "unmanaged", "failure"];
    actions.map(count).join(" ")
}

#[test]
fn a_plan_in_a_fork_needs_no_secret_and_no_right_to_write() {
    let github = FakeGitHub::start();
    organization(&github);
    let run = plan(&github, MANIFEST).secret_input("token", READ_TOKEN).run();
    assert_run!(run);
    assert!(run.requests.iter().all(|request| request.method == "GET"));
    assert_eq!((counts(&run).as_str(), run.output("drift")), ("1 1 1 0 1 1 1 0", "true"));
}

#[test]
fn a_terminal_shows_the_same_plan() {
    let github = FakeGitHub::start();
    organization(&github);
    let run = plan(&github, MANIFEST).with("prune", "true").with("resend", "on-change").in_terminal().run();
    assert_run!(run);
    assert_eq!(counts(&run), "1 1 1 1 0 2 0 0");
}

#[test]
fn drift_has_its_own_exit_status_if_requested() {
    let github = FakeGitHub::start();
    organization(&github);
    let run = plan(&github, MANIFEST).with("fail-on-drift", "true").run();
    assert_eq!((run.status, run.output("drift")), (Some(3), "true"), "{}", run.log);
    let python = "version: 1\nregistries:\n  python:\n    type: python-index\n    url: https://pypi.acme.dev\n    \
                  token: ${A}\n    visibility: private\n";
    let run = plan(&github, python).with("fail-on-drift", "true").run();
    assert_eq!((run.status, run.output("drift"), run.output("changed")), (Some(0), "false", "true"), "{}", run.log);
    let run = plan(&github, python).with("fail-on-drift", "true").with("resend", "on-change").run();
    assert_eq!((run.status, run.output("drift"), run.output("changed")), (Some(0), "false", "false"), "{}", run.log);
}

#[test]
fn the_plan_id_depends_only_on_the_plan_and_the_live_state() {
    let github = FakeGitHub::start();
    organization(&github);
    let id = |yaml: &str| plan(&github, yaml).run().output("plan-id").to_owned();
    let first = id(MANIFEST);
    assert!(!first.is_empty());
    assert_eq!(first, id(&format!("# a comment\n{MANIFEST}")));
    assert_ne!(first, id(&MANIFEST.replace("NPM_TOKEN", "OTHER_TOKEN")));
    assert_ne!(first, id(&MANIFEST.replace("acme/web", "docs")));
    github.change("GIT_SOURCE_SECRET", "username", "somebody");
    assert_ne!(first, id(MANIFEST), "even what is not managed was reviewed");
}

/// After the review, a name may come to mean another repository.
#[test]
fn the_plan_id_depends_on_the_repositories_that_names_mean() {
    let github = FakeGitHub::start();
    organization(&github);
    let id = |yaml: &str, resend: &str| plan(&github, yaml).with("resend", resend).run().output("plan-id").to_owned();
    for resend in ["always", "on-change"] {
        let reviewed = id(MANIFEST, resend);
        assert_eq!(reviewed, id(&MANIFEST.replace("[api, acme/web]", "[acme/Web, API]"), resend));
        assert_eq!(reviewed, id(&MANIFEST.replace("acme/web", "1002"), resend), "what is sent is the same");
    }
    let reviewed = id(MANIFEST, "always");
    github.move_repository("web", "acme", "website");
    github.add_repository("web", 2002, "private");
    assert_ne!(reviewed, id(MANIFEST, "always"));
    let step = Step::new(&github, "apply").manifest(MANIFEST).with("plan-id", &reviewed);
    let run = step.env("MAVEN_PASSWORD", "m-secret").env("NPM_TOKEN", "n-secret").env("PYPI_TOKEN", "p-secret").run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    assert!(run.log.contains(&format!("not {reviewed}")), "{}", run.log);
}

#[test]
fn a_plan_with_errors_is_refused_as_a_whole_with_remedies() {
    let github = FakeGitHub::start();
    organization(&github);
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let pinned = "  pinned:\n    type: git\n    url: https://git.acme.dev\n    token: ${A}\n    name: GONE\n";
    let run = plan(&github, &format!("{MANIFEST}{pinned}")).with("prune", "true").with("max-deletes", "0").run();
    assert_run!(run);
}

#[test]
fn pinning_one_of_two_leaves_the_other_alone() {
    let github = FakeGitHub::start();
    let first = github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev", "visibility": "all"}));
    let second = github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev", "visibility": "all"}));
    let yaml = format!(
        "version: 1\nregistries:\n  git:\n    type: git\n    url: https://git2.acme.dev\n    token: ${{A}}\n    \
         visibility: all\n    name: {second}\n"
    );
    let run = plan(&github, &yaml).run();
    assert_eq!(counts(&run), "0 1 0 0 0 0 1 0", "{}", run.log);
    let changes = run.changes();
    assert_eq!((changes[0]["name"].as_str(), changes[0]["label"].as_str()), (Some(second.as_str()), Some("git")));
    assert_eq!(
        changes[0]["fields"],
        json!([
            {"field": "url", "from": "https://git.acme.dev", "to": "https://git2.acme.dev"},
        ])
    );
    assert_eq!((changes[1]["name"].as_str(), changes[1]["action"].as_str()), (Some(first.as_str()), Some("unmanaged")));

    // An entry that keeps its url does not create a second one.
    let run = plan(&github, &yaml.replace("git2", "git")).run();
    assert!(counts(&run) == "0 0 0 0 1 0 1 0" && !run.log.contains("there will be two"), "{}", run.log);
}

#[test]
fn fields_missing_in_the_manifest_get_githubs_defaults() {
    let github = FakeGitHub::start();
    github.add(json!({
        "registry_type": "git_source", "url": "https://git.acme.dev", "visibility": "private", "username": "hubot",
        "replaces_base": true,
    }));
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private", "auth_type": "oidc_gcp",
        "workload_identity_provider": "pool", "audience": "somebody's", "service_account": "bot",
    }));
    let yaml = "\
version: 1
defaults: {visibility: private}
registries:
  git: {type: git, url: 'https://git.acme.dev', token: '${A}'}
  npm: {type: npm-registry, url: 'https://npm.acme.dev', workload-identity-provider: pool, service-account: bot}
";
    let run = plan(&github, yaml).with("resend", "on-change").in_terminal().run();
    assert_run!(run);
}

#[test]
fn a_replacement_names_the_fields_that_will_be_lost() {
    let github = FakeGitHub::start();
    github.add(json!({
        "registry_type": "docker_registry", "url": "https://acme.azurecr.io", "visibility": "private",
        "auth_type": "oidc_jfrog", "jfrog_oidc_provider_name": "acme", "audience": "jfrog", "replaces_base": true,
    }));
    let yaml = "version: 1\nregistries:\n  containers:\n    type: docker-registry\n    url: https://acme.azurecr.io\n    \
                audience: gcp\n    workload-identity-provider: acme\n    visibility: private\n";
    let run = plan(&github, yaml).run();
    let result: Value = serde_json::from_str(run.output("result")).unwrap();
    let fields = [
        json!({"field": "auth_type", "from": "oidc_jfrog", "to": "oidc_gcp"}),
        json!({"field": "replaces_base", "from": true, "to": false}),
        json!({"field": "audience", "from": "jfrog", "to": "gcp"}),
        json!({"field": "workload_identity_provider", "from": null, "to": "acme"}),
        json!({"field": "jfrog_oidc_provider_name", "from": "acme", "to": null}),
    ];
    assert_eq!(result["changes"][0]["fields"], json!(fields), "{}", run.log);

    let yaml = "version: 1\nregistries:\n  images:\n    type: npm-registry\n    url: https://acme.azurecr.io\n    \
                token: ${TOKEN}\n    visibility: private\n    name: DOCKER_REGISTRY_SECRET\n";
    let run = plan(&github, yaml).run();
    let result: Value = serde_json::from_str(run.output("result")).unwrap();
    let change = &result["changes"][0];
    assert_eq!(
        (&change["action"], &change["registry_type"], &change["write_only"], &change["fields"][0]),
        (
            &json!("replace"),
            &json!("npm_registry"),
            &json!(["secret"]),
            &json!({"field": "registry_type", "from": "docker_registry", "to": "npm_registry"})
        )
    );

    github.add(json!({"registry_type": "npm_registry", "url": "https://acme.azurecr.io"}));
    let twin = "this type and url already belong to NPM_REGISTRY_SECRET: pin that instead, or there will be two";
    assert!(plan(&github, yaml).run().log.contains(twin) && !run.log.contains("already"), "{}", run.log);
}

#[test]
fn an_empty_manifest_with_prune_is_refused() {
    let github = FakeGitHub::start();
    organization(&github);
    for operation in ["plan", "apply"] {
        let step = Step::new(&github, operation).manifest("version: 1\nregistries: {}\n").with("prune", "true");
        let run = step.with("max-deletes", "100").run();
        assert_eq!((run.status, run.requests.len()), (Some(1), 0), "{}", run.log);
    }
    assert_eq!(github.configurations().len(), 5);
}

#[test]
fn an_incomplete_list_is_an_error() {
    let github = FakeGitHub::start();
    organization(&github);
    github.fault(Fault::new(Matcher::any(), Kind::IncompleteList));
    let run = plan(&github, MANIFEST).with("prune", "true").run();
    assert_eq!((run.status, run.output("plan-id")), (Some(1), ""), "{}", run.log);
    assert!(run.log.contains("GitHub reports 6 configurations but listed 5"), "{}", run.log);
}

#[test]
fn each_organization_has_its_own_repositories() {
    let github = FakeGitHub::start();
    let mixed = MANIFEST.replace("acme/web", "ACME/web, other/tool");
    for operation in ["plan", "validate"] {
        let run = Step::new(&github, operation).manifest(&mixed).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
    }
    let none = MANIFEST.replace("[api, acme/web]", "[other/tool]");
    for operation in ["plan", "apply", "validate"] {
        github.clear_requests();
        let run = Step::new(&github, operation).manifest(&none).run();
        assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
        let told = "line=11,col=5::`selected-repositories` of `new-maven` has no repository of the organization acme";
        assert!(run.log.contains(told) && run.errors().len() == 1, "{}", run.log);
    }
    let run = Step::offline("validate").manifest(&none).run();
    assert_eq!(run.status, Some(0), "nobody said which organization: {}", run.log);
}

#[test]
fn a_url_without_a_scheme_means_https_on_both_sides() {
    let github = FakeGitHub::start();
    let yaml = "version: 1\nregistries:\n  git: {type: git, url: git.acme.dev/x, username: me, password: '${A}', visibility: private}\n";
    let run = plan(&github, yaml).run();
    assert!(run.output("result").contains("\"to\":\"https://git.acme.dev/x\""), "{}", run.output("result"));
    let notice = "::notice title=Manifest,file=.github/private-registries.yml,line=3,col=20::`url` has no scheme, so \
                  https://git.acme.dev/x is sent";
    assert!(run.log.lines().any(|line| line == notice) && !run.log.contains("::warning"), "{}", run.log);
    for live in ["git.acme.dev/x", "https://git.acme.dev/x/"] {
        let name = github.add(json!({"registry_type": "git_source", "url": live, "visibility": "private", "auth_type": "username_password", "username": "me"}));
        let run = plan(&github, yaml).with("fail-on-drift", "true").run();
        assert_eq!((run.status, run.output("unmanaged-count")), (Some(0), "0"), "{live}: {}", run.log);
        github.remove(&name);
    }
}

#[test]
fn queries_of_urls_are_compared_unchanged() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev/?q=a/", "visibility": "private"}));
    for (url, creations) in [("https://git.acme.dev?q=a/", "0"), ("https://git.acme.dev?q=a", "1")] {
        let entry = format!("{{type: git, url: '{url}', token: '${{A}}', visibility: private}}");
        let run = plan(&github, &format!("version: 1\nregistries:\n  git: {entry}\n")).run();
        assert_eq!((run.status, run.output("create-count")), (Some(0), creations), "{url}: {}", run.log);
    }
}
