//! `export`: writes an organization's configurations as a manifest, to manage existing ones.

use std::path::Path;

use fake_github::{FakeGitHub, json};

use crate::harness::{Step, assert_run};
use crate::world::changes::organization;

#[test]
fn an_exported_manifest_plans_no_drift() {
    let github = FakeGitHub::start();
    organization(&github);
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://npm2.acme.dev", "visibility": "selected", "username": "true",
        "selected_repository_ids": [1001], "replaces_base": true,
    }));
    for (auth_type, fields) in [
        ("oidc_gcp", json!({"workload_identity_provider": "projects/1", "audience": "a: b # c"})),
        ("oidc_jfrog", json!({"jfrog_oidc_provider_name": "\"quoted\"", "identity_mapping_name": "- x"})),
        (
            "oidc_aws",
            json!({
                "aws_region": "eu-west-1", "account_id": "012345678901", "role_name": "r", "domain": "0x1",
                "domain_owner": "1e3",
            }),
        ),
    ] {
        let mut configuration = fields;
        configuration["registry_type"] = json!("pub_repository");
        configuration["url"] = json!(format!("https://{}.acme.dev/Ünïcode?a=b#c", auth_type.replace('_', "-")));
        configuration["auth_type"] = json!(auth_type);
        configuration["visibility"] = json!("all");
        github.add(configuration);
    }
    let run = Step::new(&github, "export").with("export-path", "new/registries.yml").run();
    assert_run!(run);
    let manifest = run.files[Path::new("new/registries.yml")].clone();
    assert!(run.outputs.contains_key("manifest"));
    let run = Step::new(&github, "plan").manifest(&manifest).with("fail-on-drift", "true").run();
    assert_eq!(
        (run.status, run.output("drift"), run.output("unmanaged-count")),
        (Some(0), "false", "0"),
        "{}",
        run.log
    );
}

#[test]
fn duplicates_are_pinned_and_unknown_types_are_reported_and_left_unmanaged() {
    let github = FakeGitHub::start();
    for _ in 0..2 {
        github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev", "visibility": "private"}));
    }
    github.add(json!({"registry_type": "quantum_registry", "url": "https://q.acme.dev", "visibility": "private"}));
    let run = Step::new(&github, "export").run();
    assert_run!(run);
    let manifest = run.output("manifest").to_owned();
    let run = Step::new(&github, "plan").manifest(&manifest).with("fail-on-drift", "true").run();
    assert_eq!(
        (run.status, run.output("drift"), run.output("unmanaged-count")),
        (Some(0), "false", "1"),
        "{}",
        run.log
    );
}

#[test]
fn the_schema_belongs_to_the_running_version_of_the_action() {
    let github = FakeGitHub::start();
    let export = |repository: &str, version: &str, server: &str| {
        let run = Step::new(&github, "export")
            .env("GITHUB_ACTION_REPOSITORY", repository)
            .env("GITHUB_ACTION_REF", version)
            .env("GITHUB_SERVER_URL", server)
            .run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        run.output("manifest").lines().next().unwrap_or_default().to_owned()
    };
    let known = "# yaml-language-server: $schema=https://raw.githubusercontent.com/acme-corp/private-registries/v1/\
                 schema/private-registries.schema.json";
    assert_eq!(export("acme-corp/private-registries", "v1", "https://github.com"), known);
    for (repository, version, server) in [
        ("acme-corp/private-registries", "", "https://github.com"), // `uses: ./`
        ("acme-corp/our-own-action", "v1", "https://github.com"),
        ("acme-corp/private-registries", "v1", "https://github.acme.dev"),
        ("acme-corp/private-registries", "v1\nregistries: {}", "https://github.com"),
        ("acme-corp/x/private-registries", "v1", "https://github.com"),
        ("acme corp/private-registries", "v1", "https://github.com"),
    ] {
        let first = export(repository, version, server);
        assert!(first.starts_with("# Exported from GitHub"), "{repository} {version} {server}: {first}");
    }
}

#[test]
fn an_empty_organization_is_a_valid_manifest() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "export").in_terminal().run();
    assert_eq!(run.status, Some(0));
    let run = Step::offline("validate").manifest(run.output("manifest")).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let github = FakeGitHub::start();
    organization(&github);
    let run = Step::new(&github, "export").with("export-path", "there.yml").file("there.yml", "precious").run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    assert_eq!(run.files[Path::new("there.yml")], "precious");
}
