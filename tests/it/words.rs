//! What a person is told: what is wrong, where, and what to type, once and without a second, false error beside it.

use fake_github::{FakeGitHub, Options, json};

use crate::create::sealed_elsewhere;
use crate::harness::{Inputs, Run, Step};

const HEAD: &str = "version: 1\nregistries:\n  npm:\n    type: npm-registry\n";
const FINE: &str = "    url: https://npm.acme.dev\n    visibility: private\n    replaces-base: true\n";

/// The errors of a manifest, as `line:column message`.
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

/// The only error of an entry that is well but for these lines.
fn error_of(lines: &str) -> String {
    let errors = errors_of(&format!("{HEAD}{lines}\n"));
    assert_eq!(errors.len(), 1, "{lines}\n{errors:#?}");
    errors.into_iter().next().unwrap_or_default()
}

#[test]
fn a_near_miss_of_a_reference_is_told_what_to_write_and_nothing_of_git() {
    let write = "rite `${{ secrets.TOKEN }}`";
    for text in [
        "${{ vars.TOKEN }}",
        "${{ secrets['TOKEN'] }}",
        "${{ secrets[\"TOKEN\"] }}",
        "${{ SECRETS.TOKEN }}",
        "${{ TOKEN }}",
        "$(TOKEN)",
        "$TOKEN",
        "${TOKEN:-x}",
        "${secrets.TOKEN}",
        "$env:TOKEN",
        "'%TOKEN%'",
        "'{{ secrets.TOKEN }}'",
        "{{ secrets.TOKEN }}",
        "secrets.TOKEN",
        "${{ secrets.TOKEN }",
        "\"${{ secrets.TOKEN }}/${{ secrets.B }}\"",
    ] {
        let error = error_of(&format!("{FINE}    token: {text}"));
        assert!(error.starts_with("8:12 ") && error.contains(write), "{text}: {error}");
        assert!(!error.contains(" git"), "{text}: {error}");
    }
    for (text, told) in [
        ("${{ secrets.A || secrets.B }}", "nothing is computed here, neither with `||` nor with a function. Write one"),
        ("${{ secrets.A && 'hunter2-literal' }}", "like `${{ secrets.A }}`, and nothing in quotes"),
        ("${{ fromJSON(secrets.A).token }}", "like `${{ secrets.A }}`"),
        ("${{ secrets.NPM-TOKEN }}", "only letters, digits and `_`"),
        ("${{ github.token }}", "the token of the job itself"),
        ("${{ steps.login.outputs.token }}", "`steps` is not read here. Set a variable in this step's `env:` to it"),
    ] {
        let error = error_of(&format!("{FINE}    password: {text}\n    username: me"));
        assert!(error.contains(told) && !error.contains("hunter2") && !error.contains(" git"), "{text}: {error}");
    }
    for text in ["hunter2-literal", "${{ hunter2-literal }}", "$hunter2", "'{{ hunter2 }}'", "[hunter2]"] {
        let error = error_of(&format!("{FINE}    token: {text}"));
        let told = "must be a reference and nothing else, like ${{ secrets.NPM_TOKEN }}. If a secret is written here, it may \
                    be in git: revoke it";
        assert!(error.contains(told) && !error.contains("hunter2"), "{text}: {error}");
    }
}

#[test]
fn a_reference_in_a_flow_mapping_is_to_be_quoted() {
    for (entry, shown) in [
        ("{ type: nuget-feed, url: 'https://a.dev', token: ${{ secrets.X }} }", "${{ secrets.X }}"),
        ("{type: nuget-feed, token: ${{secrets.X}}, url: 'https://a.dev'}", "${{secrets.X}}"),
        ("{token: ${X}, type: nuget-feed}", "${X}"),
        ("[${{ env.X }}]", "${{ env.X }}"),
        ("{token: ${{ secrets.A || 'hunter2-literal' }}}", "${{ secrets.NAME }}"),
        ("{token: ${{ secrets.X }", "${{ secrets.NAME }}"),
    ] {
        let errors = errors_of(&format!("version: 1\nregistries:\n  a: {entry}\n"));
        let column = 6 + entry.find('$').expect("a reference");
        let told =
            format!("3:{column} between `{{` and `}}`, or `[` and `]`, a reference needs quotes: write \"{shown}\"");
        assert_eq!(errors, [told], "{entry}");
    }
}

#[test]
fn yaml_that_is_none_is_told_what_to_write() {
    for (text, told) in [
        (
            "  a:\n    token: @x",
            "4:12 the manifest is not YAML: unexpected character: `@'. A value that begins with this",
        ),
        ("  a:\n    token: %X%", "needs quotes"),
        ("\ta: b", "Indent with spaces"),
        ("  a:\n    type:git\n    url: x", "that a space follows the colon in the line before"),
        ("  a:\n    username: a: b", "A value with `: ` in it needs quotes"),
        ("  a:\n    type: git\n   url: x", "Check the indentation"),
        ("  a: {type: git url: x}", "Write a comma between the values"),
        ("  a:\n    token: *X", "a value that begins with `*` needs quotes"),
        ("  a: {{ x }}", "a `$` is missing before it"),
    ] {
        let errors = errors_of(&format!("version: 1\nregistries:\n{text}\n"));
        assert!(errors.len() == 1 && errors[0].contains(told), "{text}: {errors:?}");
    }
}

/// One mistake, one error: what it makes missing is not told besides.
#[test]
fn no_second_false_error_stands_beside_the_true_one() {
    for (lines, told) in [
        ("    auth-key: ${{ secrets.X }}", "write `key` here"),
        ("    <<: {token: x}", "merge keys are not read"),
        ("    <<: {token: x}\n    auth-type: oidc_azure", "merge keys are not read"),
        ("    tokn: ${{ secrets.X }}", "did you mean `token`?"),
        ("    PASSWORD: ${{ secrets.X }}\n    username: me", "did you mean `password`?"),
        ("    encryptd-value: x\n    key-id: 1", "did you mean `encrypted-value`?"),
        ("    auth_typ: oidc_azure\n    token: ${X}", "did you mean `auth-type`?"),
        ("    tenant-id: t\n    clientid: c", "did you mean `client-id`?"),
        (
            "    username: ${{ secrets.X }}\n    auth-type: username_password\n    password: ${X}",
            "shows it: write the name",
        ),
        ("    usernam: me\n    auth-type: username_password\n    password: ${X}", "did you mean `username`?"),
    ] {
        let error = error_of(&format!("{FINE}{lines}"));
        assert!(error.contains(told), "{lines}: {error}");
    }
    let entry = "token: '${A}', url: 'https://a.dev', visibility: private";
    for (yaml, told) in [
        (format!("version: 1\nregistries:\n  a: {{typ: git, {entry}}}"), "did you mean `type`?"),
        (format!("version: 1\nregisteries:\n  a: {{type: git, {entry}}}"), "did you mean `registries`?"),
        (format!("verison: 1\nregistries:\n  a: {{type: git, {entry}}}"), "did you mean `version`?"),
        (
            "version: 1\nregistries:\n  a: {type: git, token: '${A}', registry: 'https://a.dev', visibility: all}"
                .to_owned(),
            "write the address as `url`",
        ),
    ] {
        let errors = errors_of(&yaml);
        assert!(errors.len() == 1 && errors[0].contains(told), "{yaml}: {errors:?}");
    }
    let entry = |n| format!("  r{n}: {{type: git, token: '${{A}}', url: 'https://g{n}.dev'}}\n");
    let entries = (0..5).map(entry).collect::<Vec<_>>().concat();
    for (defaults, told) in [
        ("{visibilty: private}", "did you mean `visibility`?"),
        ("{visibility: privat}", "did you mean `private`?"),
        ("{<<: {visibility: private}}", "merge keys"),
        ("[visibility]", "must be a mapping"),
    ] {
        let errors = errors_of(&format!("version: 1\ndefaults: {defaults}\nregistries:\n{entries}"));
        assert!(errors.len() == 1 && errors[0].contains(told), "{defaults}: {errors:?}");
    }
}

/// The errors of a run that sent nothing.
fn refused(run: &Run) -> Vec<String> {
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    let message = |error: &str| error.split("::").last().unwrap_or_default().replace("%25", "%");
    run.errors().into_iter().map(message).collect()
}

#[test]
fn an_input_that_can_not_be_read_is_not_missing_besides() {
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
    assert_eq!(refused(&both.run()), ["input `clear-username` contradicts `username`: give one of them"]);
    // Where a misspelt input does not end the run, the one that was meant is missing.
    let run = Step::new(&github, "get").with("nmae", "X").run();
    assert_eq!(refused(&run), ["input `name` is required, or both `registry-type` and `url`"]);
}

#[test]
fn inputs_say_what_to_write() {
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
        let step = inputs.iter().fold(Step::new(&github, operation), |step, (input, value)| step.with(input, value));
        let errors = refused(&step.run());
        assert!(errors.iter().any(|error| error.contains(told)), "{told}: {errors:?}");
    }
    let run = Step::new(&github, "list").without("GITHUB_REPOSITORY_OWNER").in_terminal().run();
    assert!(run.log.contains("input `org` is required") && run.log.contains("set INPUT_ORG"), "{}", run.log);
}

#[test]
fn a_manifest_one_letter_off_is_named() {
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
            "the manifest {shown} does not exist, but {told} does: rename that, or name it in input `manifest`"
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
fn a_scheme_that_is_not_https_is_told_as_what_it_is() {
    for (entry, told) in [
        (
            "helm-registry, url: 'oci://registry.acme.dev/charts'",
            "use `type: docker-registry` and `url: https://registry.",
        ),
        ("cargo-registry, url: 'sparse+https://cargo.acme.dev/index/'", "Cargo's spelling of an index"),
        ("git, url: 'git+https://git.acme.dev'", "pip's and npm's spelling of a git repository"),
        ("git, url: 'ssh://git.acme.dev'", "over another protocol"),
    ] {
        let yaml = format!(
            "version: 1\nregistries:\n  a: {{type: {entry}, username: me, password: '${{A}}', visibility: private}}\n"
        );
        let run = Step::offline("validate").manifest(&yaml).run();
        assert!(run.status == Some(0) && run.log.contains(told), "{entry}: {}", run.log);
        assert!(!run.log.contains("in the clear"), "{entry}: {}", run.log);
    }
}

#[test]
fn a_sealed_value_may_be_wrapped() {
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

/// A mistake that many entries have in common is one annotation and one line of the summary.
#[test]
fn equal_errors_of_a_manifest_are_told_once_with_their_entries() {
    let manifest = |entry: &dyn Fn(usize) -> String| {
        let entries: Vec<String> = (0..90).map(|n| format!("  r{n}: {{{}}}\n", entry(n))).collect();
        format!("version: 1\nregistries:\n{}", entries.concat())
    };
    let fine = |n: usize| format!("type: git, url: 'https://g{n}.dev', token: '${{A}}'");
    let listed =
        |from: usize| (from..from + 10).map(|n| format!("`r{n}` (line {})", n + 3)).collect::<Vec<_>>().join(", ");
    let first = format!("{} and 80 more: ", listed(0));
    for (entry, told) in [
        (&(|n| fine(n)) as &dyn Fn(usize) -> String, "{first}each needs `visibility`, here or in `defaults`"),
        (&|n| fine(n) + ", visibility: privat", "{first}`visibility` is `privat`, which is none of"),
        (
            &|n| fine(n).replace("token:", "tokn:") + ", visibility: all",
            "{first}`tokn` is not a key of an entry; did you",
        ),
        (
            &|n| fine(n).replace("'${A}'", "$(A)") + ", visibility: all",
            "{first}`token` must be a reference and nothing",
        ),
        (
            &|n| fine(n).replace(", token: '${A}'", "") + ", visibility: all",
            "{first}each lacks `password` (or `token`)",
        ),
        (
            &|_| "type: git, url: 'https://g.dev', token: '${A}', visibility: all".to_owned(),
            "{second}each has the same type and url as the entry in line 3: remove one",
        ),
    ] {
        let run = Step::offline("validate").manifest(&manifest(entry)).run();
        let second = format!("{} and 79 more: ", listed(1));
        let line = if told.starts_with("{second}") { 4 } else { 3 };
        let told = told.replace("{first}", &first).replace("{second}", &second);
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{told}: {}", run.log);
        assert!(run.log.contains(&told) && run.log.contains(&format!("line={line},")), "{told}: {}", run.log);
        assert_eq!(run.result()["errors"].as_array().map(Vec::len), Some(1), "{}", run.log);
    }
    let yaml = "version: 1\ndefaults: {visibility: private, allow: [x, x, x]}\nregistries:\n";
    let errors = errors_of(yaml);
    assert!(errors.len() == 1 && errors[0].ends_with("(the same in lines 2, 2)"), "{errors:?}");
}
