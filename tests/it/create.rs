//! `create`: every registry type and every auth type, and what is sent for each.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, NOBODY_TOKEN, Value, json};

use crate::harness::{Inputs, Run, Step, assert_run};
use crate::world::sealed_elsewhere;

/// Every registry type by its names in the API and in dependabot.yml.
const TYPES: [(&str, &str); 15] = [
    ("cargo_registry", "cargo-registry"),
    ("composer_repository", "composer-repository"),
    ("docker_registry", "docker-registry"),
    ("git_source", "git"),
    ("goproxy_server", "goproxy-server"),
    ("helm_registry", "helm-registry"),
    ("hex_organization", "hex-organization"),
    ("hex_repository", "hex-repository"),
    ("maven_repository", "maven-repository"),
    ("npm_registry", "npm-registry"),
    ("nuget_feed", "nuget-feed"),
    ("pub_repository", "pub-repository"),
    ("python_index", "python-index"),
    ("rubygems_server", "rubygems-server"),
    ("terraform_registry", "terraform-registry"),
];

fn creation<'a>(github: &'a FakeGitHub, inputs: Inputs) -> Step<'a> {
    let step = Step::new(github, "create")
        .with("registry-type", "npm_registry")
        .with("url", "https://npm.acme.dev/some/Path/")
        .with("visibility", "private");
    step.inputs(inputs)
}

/// Returns the body of the only POST, without the sealed box.
fn posted(run: &Run) -> Value {
    let posts: Vec<_> = run.requests.iter().filter(|request| request.method == "POST").collect();
    assert_eq!((run.status, posts.len()), (Some(0), 1), "{}", run.log);
    let mut body = posts[0].body.clone().expect("a body");
    let fields = body.as_object_mut().expect("an object");
    assert_eq!(fields.remove("encrypted_value").is_some(), fields.remove("key_id").is_some());
    body
}

#[test]
fn create_seals_the_secret_and_reports_the_result() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "create")
        .with("registry-type", "npm-registry")
        .with("url", "https://npm.acme.dev")
        .with("visibility", "selected")
        .with("selected-repositories", "api, web")
        .with("username", "monalisa")
        .secret_input("secret", "npm-secret-value")
        .run();
    assert_run!(run);
    let live = github.configuration(run.output("name")).expect("it was created");
    assert_eq!(live.secret.as_deref(), Some("npm-secret-value"));
    assert_eq!(live.selected_repository_ids, [1001, 1002]);
}

#[test]
fn a_dry_run_reports_the_same_without_writing() {
    let github = FakeGitHub::start();
    let run = creation(
        &github,
        &[
            ("secret", "npm-secret-value"),
            ("visibility", "selected"),
            ("selected-repositories", "api\n1002"),
            ("dry-run", "true"),
        ],
    )
    .run();
    assert_run!(run);
    assert!(run.writes().is_empty());
}

#[test]
fn every_registry_type_in_either_spelling() {
    let github = FakeGitHub::start();
    for (api, dependabot) in TYPES {
        for given in [api.to_owned(), dependabot.to_owned(), api.replace('_', "-")] {
            let run = creation(&github, &[("registry-type", &given), ("secret", "abcdef")]).run();
            assert_eq!(posted(&run)["registry_type"], api, "{given}");
        }
    }
}

#[test]
fn every_auth_type_with_its_required_and_its_optional_fields() {
    let github = FakeGitHub::start();
    let aws = [
        ("aws-region", "eu-west-1"),
        ("account-id", "012345678901"),
        ("role-name", "dependabot"),
        ("domain", "acme"),
        ("domain-owner", "012345678901"),
    ];
    let cloudsmith = [("namespace", "acme"), ("service-slug", "bot"), ("audience", "https://github.com/acme")];
    let cases: [(&str, Inputs, Inputs); 7] = [
        ("token", &[("secret", "abcdef")], &[("username", "monalisa")]),
        ("username_password", &[("secret", "abcdef"), ("username", "monalisa")], &[]),
        ("oidc_azure", &[("tenant-id", "1234"), ("client-id", "abcd")], &[]),
        ("oidc_aws", &aws, &[("audience", "sts.acme.dev")]),
        ("oidc_jfrog", &[("jfrog-oidc-provider-name", "github")], &[("audience", "a"), ("identity-mapping-name", "m")]),
        ("oidc_cloudsmith", &cloudsmith, &[("api-host", "api.acme.dev")]),
        ("oidc_gcp", &[("workload-identity-provider", "projects/1")], &[("service-account", "bot"), ("audience", "a")]),
    ];
    for (auth_type, required, optional) in cases {
        for fields in [required.to_vec(), [required, optional].concat()] {
            let mut expected = json!({
                "registry_type": "npm_registry", "url": "https://npm.acme.dev/some/Path/", "visibility": "private",
                "auth_type": auth_type,
            });
            for (field, value) in fields.iter().filter(|(field, _)| *field != "secret") {
                expected[field.replace('-', "_")] = json!(value);
            }
            let said = [&fields[..], &[("auth-type", auth_type)]].concat();
            assert_eq!(posted(&creation(&github, &said).run()), expected);
            let is_inferable = !(auth_type == "token" && fields.len() > 1);
            if is_inferable {
                let run = creation(&github, &fields).run();
                assert_eq!(posted(&run), expected, "the auth type is inferred");
                assert!(run.log.contains(&format!("auth-type is {auth_type}, inferred")), "{}", run.log);
            }
        }
        for missing in 0..required.len() {
            let mut fields = required.to_vec();
            let (input, _) = fields.remove(missing);
            let run = creation(&github, &[&fields[..], &[("auth-type", auth_type)]].concat()).run();
            assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{auth_type} without {input}: {}", run.log);
            assert!(run.log.contains(&format!("input `{input}` is required by auth type {auth_type}")), "{}", run.log);
        }
    }
}

#[test]
fn repositories_are_looked_up_once_by_name_or_taken_by_id() {
    let github = FakeGitHub::start();
    let run = creation(
        &github,
        &[
            ("secret", "abcdef"),
            ("visibility", ""),
            ("selected-repositories", "api,\n ACME/Api , 1004,\n\nacme/web,1004"),
        ],
    )
    .run();
    let body = posted(&run);
    assert_eq!(body["visibility"], "selected", "a selection asks for it");
    assert_eq!(body["selected_repository_ids"], json!([1001, 1004, 1002]));
    let lookups = run.requests.iter().filter(|request| request.path.starts_with("/repos/"));
    assert_eq!(lookups.count(), 2);
}

#[test]
fn unknown_repositories_are_all_named_and_nothing_is_written() {
    let github = FakeGitHub::start();
    let run = creation(
        &github,
        &[("secret", "abcdef"), ("visibility", "selected"), ("selected-repositories", "nil,api,zip")],
    )
    .run();
    assert_run!(run);
    assert!(run.writes().is_empty());
}

#[test]
fn an_already_sealed_secret_must_be_sealed_for_the_current_key() {
    let github = FakeGitHub::start();
    let (key_id, sealed) = sealed_elsewhere(&github, "sealed elsewhere");
    let run = creation(&github, &[("encrypted-value", &sealed), ("key-id", &key_id)]).run();
    posted(&run);
    let live = github.configuration(run.output("name")).unwrap();
    assert_eq!(live.secret.as_deref(), Some("sealed elsewhere"));
    github.rotate_key();
    let run = creation(&github, &[("encrypted-value", &sealed), ("key-id", &key_id)]).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0));
    assert!(run.log.contains("`key-id`") && run.log.contains(&github.public_key().0), "{}", run.log);
}

#[test]
fn every_form_of_a_multi_line_secret_is_masked_before_anything_else() {
    let github = FakeGitHub::start();
    let secret = "-----BEGIN KEY-----\r\nline % two\nabc\n-----END KEY-----\n";
    let run = creation(&github, &[("username", "monalisa"), ("secret", secret)]).run();
    assert_run!(run);
    let live = github.configuration(run.output("name")).unwrap();
    assert_eq!(live.secret.as_deref(), Some(&secret[..secret.len() - 1]), "one trailing line break is dropped");
}

#[test]
fn a_terminal_gets_plain_text_without_mask_commands() {
    let github = FakeGitHub::start();
    let run = creation(&github, &[("secret", "npm-secret-value"), ("visibility", "all")]).in_terminal().run();
    assert_run!(run);
    assert!(!run.log.contains("npm-secret-value") && !run.log.contains("::"), "{}", run.log);
}

#[test]
fn a_refused_creation_still_writes_outputs_and_summary() {
    let github = FakeGitHub::start();
    let run = creation(&github, &[("secret", "abcdef")]).secret_input("token", NOBODY_TOKEN).run();
    assert_run!(run);
}

#[test]
fn a_secret_that_github_repeats_is_hidden() {
    let github = FakeGitHub::start();
    let secret = "hunter2/with \"quotes\"+";
    let said = json!({
        "message": format!("bad value {secret}, in base64 aHVudGVyMi93aXRoICJxdW90ZXMiKw=="),
        "errors": [{"code": "invalid", "value": secret}, "hunter2%2Fwith%20%22quotes%22%2B"],
    });
    github.fault(Fault::new(Matcher::method("POST"), Kind::answer(422, said)));
    let run = creation(&github, &[]).secret_input("secret", secret).run();
    assert_eq!(run.status, Some(1));
    assert!(run.log.contains("bad value ***, in base64 ***"), "{}", run.log);
    assert!(run.summary.contains("bad value"), "{}", run.summary);
}

#[test]
fn a_url_without_a_scheme_is_sent_with_one_and_a_notice() {
    let github = FakeGitHub::start();
    let run = creation(&github, &[("url", "npm.acme.dev/some/Path/"), ("secret", "abcdef")]).run();
    assert_eq!(posted(&run)["url"], "https://npm.acme.dev/some/Path/");
    let notice = "::notice title=Input::input `url` has no scheme, so https://npm.acme.dev/some/Path/ is sent";
    assert!(run.log.lines().any(|line| line == notice) && !run.log.contains("url-without-scheme"), "{}", run.log);
    let run = creation(&github, &[("url", "https://npm.acme.dev"), ("secret", "abcdef")]).run();
    assert!(!run.log.contains("no scheme"), "{}", run.log);
}

/// Only whoever sealed it can seal it with another key.
#[test]
fn a_refusal_of_the_key_helps_whoever_sealed() {
    for is_given in [false, true] {
        let github = FakeGitHub::start();
        let body = json!({"message": "Validation Failed", "errors": ["key_id is not the current one"]});
        github.fault(
            Fault::new(Matcher::method("POST"), Kind::Status { status: 422, body, headers: Vec::new() })
                .times(usize::MAX),
        );
        let (key_id, _) = github.public_key();
        let sealed = "AAAA".repeat(30);
        let manifest = format!(
            "version: 1\nregistries:\n  npm: {{type: npm-registry, url: https://npm.acme.dev, visibility: all, {}}}\n",
            if is_given {
                format!("encrypted-value: {sealed}, key-id: '{key_id}'")
            } else {
                "token: '${A}'".to_owned()
            }
        );
        let step = Step::new(&github, "apply").manifest(&manifest);
        let run = if is_given { step } else { step.secret_env("A", "the-secret") }.run();
        assert_eq!(run.status, Some(1), "{}", run.log);
        assert_eq!(run.log.contains("seal the secret with the key"), is_given, "{}", run.log);
        assert_eq!(
            run.log.contains("may have been replaced while the secret was being sealed"),
            !is_given,
            "{}",
            run.log
        );
    }
}
