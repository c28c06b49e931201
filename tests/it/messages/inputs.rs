//! Messages about invalid inputs, and unusual forms of values that are accepted.

use fake_github::{FakeGitHub, Options, json};

use super::{FINE, HEAD, refused};
use crate::harness::{Inputs, Step};
use crate::world::sealed_elsewhere;

#[test]
fn an_unreadable_input_is_not_also_reported_as_missing() {
    let github = FakeGitHub::start();
    let create = || {
        let step = Step::new(&github, "create").with("registry-type", "git").with("url", "https://git.acme.dev");
        step.with("visibility", "private").secret_input("secret", "the-secret").with("username", "me")
    };
    for input in ["secret", "registry-type", "url", "visibility", "token", "username", "auth-type"] {
        let variable = format!("INPUT_{}", input.to_uppercase());
        let run = create().with("auth-type", "username_password").without(&variable).garbled_env(&variable).run();
        assert_eq!(refused(&run), [format!("input `{input}` is not valid UTF-8")]);
    }
    for (input, misspelt) in
        [("secret", "secrt"), ("registry-type", "registry-typ"), ("token", "tokn"), ("url", "urls")]
    {
        let run = create().without(&format!("INPUT_{}", input.to_uppercase())).with(misspelt, "x").run();
        assert_eq!(refused(&run), [format!("input `{misspelt}` does not exist; did you mean `{input}`?")]);
    }
    let both =
        create().with("operation", "upsert").with("clear-username", "true").with("auth-type", "username_password");
    assert_eq!(refused(&both.run()), ["input `clear-username` contradicts `username`: set only one of them"]);
    // Where a misspelt input does not end the run, the intended one is reported as missing.
    let run = Step::new(&github, "get").with("nmae", "X").run();
    assert_eq!(refused(&run), ["input `name` is required, unless both `registry-type` and `url` are set"]);
}

#[test]
fn messages_about_inputs_say_what_to_write() {
    let github = FakeGitHub::start();
    let cases: &[(&str, Inputs, &str)] = &[
        ("list", &[("api-url", "ghes.acme.dev/api/v3")], "does not begin with `https://`: write it like https://api."),
        ("list", &[("api-url", "ghes.acme.dev:8443")], "does not begin with `https://`"),
        (
            "create",
            &[("url", "https://npm.acme.dev/my feed")],
            "input `url` has a space in it: write `%20` in its place",
        ),
        (
            "create",
            &[("url", "git@github.com:acme/api.git")],
            "address of a git repository over SSH: write it like https",
        ),
        (
            "create",
            &[("selected-repositories", "a b")],
            "input `selected-repositories` names `a b`, which is not a repos",
        ),
    ];
    for (operation, inputs, told) in cases {
        let step = Step::new(&github, operation).inputs(inputs);
        let errors = refused(&step.run());
        assert!(errors.iter().any(|error| error.contains(told)), "{told}: {errors:?}");
    }
    let run = Step::new(&github, "list").without("GITHUB_REPOSITORY_OWNER").in_terminal().run();
    assert!(run.log.contains("input `org` is required") && run.log.contains("write INPUT_ORG="), "{}", run.log);
}

#[test]
fn a_file_with_a_similar_name_is_suggested() {
    let yaml = "version: 1\nregistries:\n";
    for (there, wanted, told) in [
        (".github/private-registries.yaml", "", ".github/private-registries.yaml"),
        (".github/Private-Registries.yml", "", ".github/Private-Registries.yml"),
        (".github/private-registry.yml", "", ".github/private-registry.yml"),
        ("private-registries.yml", "", "private-registries.yml"),
        (".github/private-registries.yml", "private-registries.yml", ".github/private-registries.yml"),
        ("ops/registries.yaml", "ops/registries.yml", "ops/registries.yaml"),
    ] {
        let run = Step::offline("validate").file(there, yaml).with("manifest", wanted).run();
        let shown = if wanted.is_empty() { ".github/private-registries.yml" } else { wanted };
        let error = format!(
            "the manifest {shown} does not exist, but {told} does: rename that file, or set input `manifest` to it"
        );
        assert_eq!(refused(&run), [error], "{there}");
    }
    for there in
        [".github/dependabot.yml", ".github/private-registries.json", "docs/private-registries.yml", "README.md"]
    {
        let run = Step::offline("validate").file(there, yaml).run();
        assert!(refused(&run)[0].contains("does not exist: check out the repository"), "{there}: {}", run.log);
    }
}

#[test]
fn messages_name_the_kind_of_address_that_is_not_https() {
    for (entry, told) in [
        (
            "helm-registry, url: 'oci://registry.acme.dev/charts'",
            "use `type: docker-registry` and `url: https://registry.",
        ),
        ("cargo-registry, url: 'sparse+https://cargo.acme.dev/index/'", "Cargo's notation for an index"),
        ("git, url: 'git+https://git.acme.dev'", "pip's and npm's notation for a git repository"),
        ("git, url: 'ssh://git.acme.dev'", "over another protocol"),
    ] {
        let yaml = format!(
            "version: 1\nregistries:\n  a: {{type: {entry}, username: me, password: '${{A}}', visibility: private}}\n"
        );
        let run = Step::offline("validate").manifest(&yaml).run();
        assert!(run.status == Some(0) && run.log.contains(told), "{entry}: {}", run.log);
        assert!(!run.log.contains("unencrypted"), "{entry}: {}", run.log);
    }
}

#[test]
fn a_sealed_value_may_be_wrapped_into_lines() {
    let github = FakeGitHub::start();
    let (key_id, sealed) = sealed_elsewhere(&github, "sealed elsewhere, and long enough for several lines");
    let lines: Vec<String> =
        sealed.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    for block in [format!("|\n      {sealed}"), format!(">\n      {}", lines.join("\n      ")), lines.join("\n      ")]
    {
        let yaml = format!("{HEAD}{FINE}    encrypted-value: {block}\n    key-id: |\n      {key_id}\n");
        let run = Step::new(&github, "apply").manifest(&yaml).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
    }
    let run = Step::new(&github, "update")
        .with("name", "NPM_REGISTRY_SECRET")
        .with("encrypted-value", &lines.join("\n"))
        .with("key-id", &key_id)
        .run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let stored = github.configurations()[0].secret.clone();
    assert_eq!(stored.as_deref(), Some("sealed elsewhere, and long enough for several lines"));
}

#[test]
fn a_key_id_that_is_a_number_is_sent_as_its_digits() {
    let github = FakeGitHub::with(Options { numeric_key_id: true, ..Options::default() });
    let (key_id, _) = github.public_key();
    assert_eq!(Step::new(&github, "public-key").run().output("key-id"), key_id);
    let yaml = format!("{HEAD}{FINE}    token: ${{TOKEN}}\n");
    let run = Step::new(&github, "apply").manifest(&yaml).secret_env("TOKEN", "the-secret").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let body = run.requests.iter().find(|request| request.method == "POST").and_then(|request| request.body.clone());
    assert_eq!(body.expect("a body")["key_id"], json!(key_id));
    assert_eq!(github.configurations()[0].secret.as_deref(), Some("the-secret"));
}
