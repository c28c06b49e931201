//! `validate`: reports every problem of a manifest at its line and column, and never shows a literal secret.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::harness::{Run, Step, assert_run};

fn validate(yaml: &str) -> Step<'static> {
    Step::offline("validate").manifest(yaml)
}

/// Returns the problems, as `line:column message`.
fn problems(run: &Run) -> Vec<String> {
    let errors = run.log.lines().filter_map(|line| line.strip_prefix("::error title="));
    errors
        .map(|error| {
            let (properties, message) = error.split_once("::").expect("a message");
            let property = |name: &str| {
                properties.split(',').find_map(|property| property.strip_prefix(name)).unwrap_or_default().to_owned()
            };
            format!("{}:{} {}", property("line="), property("col="), message.replace("%0A", "\n").replace("%25", "%"))
        })
        .collect()
}

/// Returns the problem of an entry that is valid except for these lines.
fn problem_of(lines: &str) -> String {
    let yaml = format!("version: 1\nregistries:\n  npm:\n    type: npm-registry\n{lines}\n");
    let run = validate(&yaml).run();
    let problems = problems(&run);
    assert_eq!((run.status, problems.len()), (Some(2), 1), "{lines}\n{}", run.log);
    problems.into_iter().next().unwrap_or_default()
}

#[test]
fn a_valid_manifest_needs_neither_token_nor_network_nor_secrets() {
    let run = validate(include_str!("../../examples/private-registries.yml")).run();
    assert_run!(run);
    let run = validate("version: 1\nregistries:\n").in_terminal().run();
    assert_eq!((run.status, run.log.as_str()), (Some(0), ".github/private-registries.yml is valid: 0 registries\n"));
}

const WRONG: &str = "\
version: 1
defaults:
  visibility: privat
  replaces_base: 'yes'
updates: []
registries:
  npm:
    typ: npm-registry
    url: https://monalisa:url-password@npm.acme.dev
    token: literal-npm-token
    scope: '@acme'
    visibility: all
  maven:
    type: maven-registry
    url: https://maven.acme.dev
    username: ${{ secrets.MAVEN_USER }}
    password: ${{ secrets.MAVEN_PASSWORD }}
    visibility: selected
    selected-repositories: api
    selected_repositories: [web]
  azure: {type: docker-registry, url: https://acme.azurecr.io, tenant-id: t, aws-region: r, visibility: private}
  git:
    type: git
    url: https://git.acme.dev
    username: hubot
    visibility: private
";

#[test]
fn every_problem_is_annotated_at_its_place() {
    let run = validate(WRONG).never_shows("url-password").never_shows("literal-npm-token").run();
    assert_run!(run);
}

#[test]
fn a_terminal_sees_the_line_of_each_problem() {
    let step = validate(WRONG).never_shows("url-password").never_shows("literal-npm-token");
    let run = step.in_terminal().run();
    assert_run!(run);
}

#[test]
fn files_that_are_not_a_manifest() {
    let cases: [(&[u8], &str); 13] = [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"null", "is empty"),
        (b"just words", "the manifest is a single value, but must be a mapping"),
        (b"- a\n- list\n", "the manifest is a list, but must be a mapping"),
        (b"a: [1\nb: 2", "is not YAML"),
        (b"a: b: c", "is not YAML"),
        (b"version: 2\nregistries: {}\n", "a dependabot.yml does not define which repositories"),
        (b"version: [1]\nregistries: {}\n", "`version` must be 1"),
        (b"registries: {}\n", "`version: 1` is missing"),
        (b"version: 1\n", "`registries:` is missing"),
        (b"version: 1\nregistries: []\n", "`registries` is a list, but must map labels to registries"),
        (b"version: 1\nregistries: {}\n---\nversion: 1\n", "a second document begins here"),
    ];
    for (yaml, message) in cases {
        let run = validate(&String::from_utf8_lossy(yaml)).run();
        assert_eq!(run.status, Some(2), "{message}: {}", run.log);
        assert!(run.log.contains(message), "{message}: {}", run.log);
        assert!(run.log.contains("file=.github/private-registries.yml,line="), "{}", run.log);
    }
    let step = Step::offline("validate").with("manifest", "m.yml").file("m.yml", "");
    std::fs::write(step.checkout().join("m.yml"), b"version: 1 # \xff\xfe").unwrap();
    let run = step.run();
    assert_eq!(run.status, Some(2));
    assert!(run.log.contains("m.yml is not valid UTF-8"), "{}", run.log);
    let run = Step::offline("validate").run();
    assert_run!(run);
    let run = Step::offline("validate").with("manifest", ".").run();
    assert!(run.status == Some(2) && run.log.contains("can't be read"), "{}", run.log);
}

#[test]
fn windows_line_endings_and_byte_order_mark_are_accepted() {
    let unix = include_str!("../../examples/oidc.yml");
    for yaml in [unix.replace('\n', "\r\n"), format!("\u{feff}{unix}")] {
        let run = validate(&yaml).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
    }
    let run = validate("version: 1\r\nregistries:\r\n  a: {typ: git}\r\n").in_terminal().run();
    assert!(run.log.contains(" 3 |   a: {typ: ***}\n"), "{}", run.log);
}

#[test]
fn hostile_files_are_refused_in_little_time_and_memory() {
    let levels = "[".repeat(20_000);
    let mapped: String = (0..20_000).map(|_| "{a: ").collect();
    let mut bomb = "version: 1\nregistries: {}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..30 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        writeln!(bomb, "a{n}: &a{n} [{aliases}]").unwrap();
    }
    let huge = format!("version: 1\nregistries: {{}}\n#{}", "x".repeat(3 * 1024 * 1024));
    let indented = (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<Vec<_>>().concat();
    let cycle = "version: 1\nregistries: &a\n  b: *a\n".to_owned();
    let many = (0..30_000).map(|n| format!("k{n}: \n")).collect::<Vec<_>>().concat();
    let twins = (0..12_000)
        .map(|n| format!("  r{n}: {{type: git, url: a.dev, token: '${{A}}', visibility: all}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let twins = format!("version: 1\nregistries:\n{twins}");
    for yaml in [levels, mapped, bomb, huge, indented, cycle, many, twins] {
        let began = Instant::now();
        let run = validate(&yaml).within_memory(256).run();
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        assert_eq!(run.status, Some(2), "{}", run.log.get(..300).unwrap_or(&run.log));
        assert!(run.log.contains("::error title=Manifest"), "{}", run.log.get(..300).unwrap_or(&run.log));
        assert!(run.summary.len() < 1024 * 1024);
    }
}

#[test]
fn a_literal_secret_is_refused_and_never_shown() {
    let head = "version: 1\nregistries:\n  npm:\n    type: npm-registry\n    url: https://npm.acme.dev\n    visibility: private\n";
    let cases = [
        "    token: hunter2-literal\n",
        "    token: \"hunter2-literal\"\n",
        "    password: 'hunter2-literal'\n    username: me\n",
        "    key: >-\n      hunter2-literal\n      hunter2-literal\n",
        "    secret: |\n      hunter2-literal\n",
        "    token: [hunter2-literal]\n",
        "    token: {type: hunter2-literal}\n",
        "    token: {a: {b: hunter2-literal}}\n",
        "    token: ${{ secrets.A || 'hunter2-literal' }}\n",
        "    token: hunter2-literal${{ secrets.A }}\n",
        "    tokn: hunter2-literal\n",
        "    username: [] # hunter2-literal\n",
        "    replaces-base:\tmaybe\t# hunter2-literal\n",
        "    api-key: hunter2-literal\n",
        "    encrypted-value: hunter2-literal\n    key-id: 1\n",
        "    auth-key: hunter2-literal\n",
        "    TOKEN: hunter2-literal\n",
        "    token: ${{ secrets.A }}\n    password: hunter2-literal\n",
        "    url: https://me:hunter2-literal@npm.acme.dev\n",
        "    token: \"hunter2-literal\n",
        "    token: @hunter2-literal\n",
        "    token: %hunter2-literal\n",
        "    token: *hunter2-literal\n",
        "    token: !hunter2-literal x\n",
        "    token: &hunter2-literal\n",
        "    token: hunter2-literal: x\n",
        "    token: \"\\q hunter2-literal\"\n",
        "    token:hunter2-literal\n",
        "    token : hunter2-literal\n  token: hunter2-literal\n",
        "  maven: {type: maven-repository, password: hunter2-literal, oops}\n",
        "  maven: {type: maven-repository, password:hunter2-literal}\n",
        "  maven: {type: maven-repository, password=hunter2-literal}\n",
        "  maven: {type: maven-repository, ? password:hunter2-literal}\n",
        "  maven: {type: maven-repository, token: {url: hunter2-literal}}\n",
        "  maven: password:hunter2-literal\n",
        "  maven: [password:hunter2-literal]\n",
        "    - hunter2-literal\n",
        "password: hunter2-literal\n",
        "password:hunter2-literal: x\n",
    ];
    for lines in cases {
        for is_action in [true, false] {
            let step = validate(&format!("{head}{lines}")).never_shows("hunter2-literal");
            let run = if is_action { step.run() } else { step.in_terminal().run() };
            assert_eq!(run.status, Some(2), "{lines}: {}", run.log);
        }
    }
}

#[test]
fn a_duplicate_is_reported_even_if_it_has_another_problem() {
    let run = validate(
        "version: 1\nregistries:\n  one: {type: docker-registry, url: 'https://c.d', token: '${A}', visibility: all}\n  \
         two: {type: docker_registry, url: 'https://C.D:443/', token: '${A}'}\n",
    )
    .run();
    assert!(run.log.contains("`two` needs `visibility`"), "{}", run.log);
    assert!(run.log.contains("`two` has the same type and url as the entry on line 3"), "{}", run.log);
}

#[test]
fn references_are_only_for_secrets_and_accepted_in_any_spelling() {
    let fine = "    url: https://npm.acme.dev\n    visibility: private\n";
    for key in ["token", "password", "key", "secret"] {
        for reference in ["${{ secrets.A_1 }}", "${{secrets.A_1}}", "${{ env.A_1 }}", "${A_1}", "'${{ secrets.A_1 }}'"]
        {
            let yaml =
                format!("version: 1\nregistries:\n  npm:\n    type: npm_registry\n{fine}    {key}: {reference}\n");
            let run = validate(&yaml).run();
            assert_eq!(run.status, Some(0), "{key}: {reference}\n{}", run.log);
        }
    }
    let token = "    token: ${A}\n";
    for (lines, message) in [
        (format!("{token}    visibility: private\n    url: ${{{{ vars.URL }}}}"), "7:10 `url` contains a reference"),
        (format!("{fine}{token}    username: ${{{{ secrets.USER }}}}"), "8:15 `username` contains a reference"),
        (format!("{fine}{token}    name: ${{NAME}}"), "8:11 `name` contains a reference"),
        (format!("{fine}    token: ${{{{ vars.TOKEN }}}}"), "7:12 `token` must be a reference and nothing else"),
        (format!("{fine}    token: $TOKEN"), "7:12 `token` must be a reference and nothing else"),
        (format!("{fine}    token:"), "`token` is empty"),
        (
            format!("{fine}    token: ${{INPUT_TOKEN}}"),
            "7:12 `token` refers to INPUT_TOKEN, which is a variable of the runner",
        ),
        (format!("{fine}    token: ${{{{ secrets.GITHUB_TOKEN }}}}"), "7:12 `token` refers to GITHUB_TOKEN"),
        (format!("{fine}{token}    secret: ${{B}}"), "8:5 `secret` and `token` are the same field"),
        (format!("{fine}    encrypted-value: abc"), "`key-id`"),
        (fine.to_owned(), "3:3 `npm` lacks `password` (or `token`), which is required by auth type token"),
    ] {
        let problem = problem_of(&lines);
        assert!(problem.contains(message), "{lines}\n{problem}");
    }
}

#[test]
fn invalid_keys_and_values_are_reported() {
    let good = "    url: https://npm.acme.dev\n    visibility: private\n    token: ${A}\n";
    for (line, message) in [
        ("registry: x", "`registry` is a key of dependabot.yml"),
        ("scope: '@acme'", "`scope` is a key of dependabot.yml that the API has no field for"),
        ("organization: acme", "`organization` is a key of dependabot.yml"),
        ("public-key-fingerprint: x", "`public-key-fingerprint` is a key of dependabot.yml"),
        ("repo: x", "`repo` is a key of dependabot.yml"),
        ("replace-base: true", "did you mean `replaces-base`?"),
        ("replaces-base: 'true'", "`replaces-base` is `true`: write `true` or `false`, without quotes"),
        ("replaces-base: yes", "`replaces-base` is `yes`: write `true` or `false`"),
        ("selected-repositories: [api]", "`selected-repositories` can't be given with visibility private"),
        ("username: [a]", "`username` is a list, but must be a single value"),
        ("name: ''", "`name` is empty"),
        ("auth-type: basic", "`auth-type` is `basic`, which is none of"),
        ("tenant-id: t", "`token` must be left out"),
        ("url: https://twice.acme.dev", "`url` is already given on line 5"),
        ("? [a]\n    : b", "a list can't be a key"),
    ] {
        let run =
            validate(&format!("version: 1\nregistries:\n  npm:\n    type: npm-registry\n{good}    {line}\n")).run();
        assert_eq!(run.status, Some(2), "{line}: {}", run.log);
        assert!(problems(&run).iter().any(|problem| problem.contains(message)), "{line}: {}", run.log);
    }
}

#[test]
fn hex_registries_must_stay_in_dependabot_yml() {
    for (kind, key) in [("hex-organization", "organization"), ("hex_repository", "repo")] {
        let entry =
            format!("type: {kind}, url: 'https://hex.acme.dev', token: '${{A}}', visibility: private, {key}: acme");
        let run = validate(&format!("version: 1\nregistries:\n  hex: {{{entry}}}\n")).run();
        let found = problems(&run);
        let message = format!("`{key}` has no field in the API, and Dependabot can't use Hex without it: keep");
        assert!(found.len() == 1 && found[0].contains(&message), "{found:?}");
    }
}

#[test]
fn two_entries_must_not_mean_the_same_configuration() {
    let yaml = "\
version: 1
defaults: {visibility: private}
registries:
  one: {type: npm-registry, url: 'https://npm.acme.dev', token: '${A}', name: X}
  two: {type: npm_registry, url: 'HTTPS://NPM.acme.dev:443/', token: '${A}'}
  three: {type: git, url: 'https://git.acme.dev', token: '${A}', name: X}
  one: {type: git, url: 'https://other.acme.dev', token: '${A}'}
";
    let run = validate(yaml).run();
    assert_run!(run);
}

/// One registry with two credentials for two sets of repositories.
#[test]
fn entries_with_the_same_type_and_url_are_valid_if_each_is_pinned() {
    let validate = |names: [&str; 3]| {
        let entry = |(n, name): (usize, &&str)| {
            let name = if name.is_empty() { String::new() } else { format!(", name: {name}") };
            format!("  r{n}: {{type: npm-registry, url: 'https://npm.acme.dev', token: '${{A}}'{name}}}\n")
        };
        let entries: Vec<String> = names.iter().enumerate().map(entry).collect();
        let run =
            validate(&format!("version: 1\ndefaults: {{visibility: private}}\nregistries:\n{}", entries.concat()))
                .run();
        let lines: Vec<String> = run.errors().iter().map(|line| line.split("::").last().unwrap().to_owned()).collect();
        (run.status, lines)
    };
    let same = |labels, line| {
        format!(
            "{labels} has the same type and url as the entry on line {line}: remove one, or pin each to a configuration of \
             its own with `name`"
        )
    };
    assert_eq!(validate(["A", "B", "C"]), (Some(0), vec![]));
    assert_eq!(validate(["A", "B", ""]), (Some(2), vec![same("`r2`", 4)]));
    assert_eq!(validate(["A", "", "C"]), (Some(2), vec![same("`r1`", 4), same("`r2`", 5)]));
    let both = "`r1` (line 5), `r2` (line 6): each";
    assert_eq!(validate(["", "B", "C"]), (Some(2), vec![same(both, 4)]));
    assert_eq!(validate(["", "", ""]), (Some(2), vec![same(both, 4)]));
    let same_name = "`r2` has the same `name` as the entry on line 4".to_owned();
    assert_eq!(validate(["A", "B", "A"]), (Some(2), vec![same_name]));
}

#[test]
fn valid_but_risky_settings_produce_a_warning() {
    let yaml = "\
version: 1
defaults: {visibility: private}
registries:
  packages: {type: npm-registry, url: 'https://npm.pkg.github.com', token: '${A}', replaces-base: true}
  everyone: {type: npm-registry, url: 'https://npm.acme.dev', username: u, password: '${A}', visibility: all}
  nobody: {type: git, url: 'https://git.acme.dev', token: '${A}', visibility: selected}
  none: {type: git, url: 'https://git2.acme.dev', token: '${A}', visibility: selected, selected-repositories: []}
  hex: {type: hex-organization, url: 'https://hex.acme.dev', token: '${A}'}
  plain: {type: helm-registry, url: 'http://helm.acme.dev', username: 'José', password: '${A}'}
";
    let run = validate(yaml).run();
    assert_run!(run);
    let many = (0..101)
        .map(|n| format!("  r{n}: {{type: git, url: 'https://g{n}.dev', token: '${{A}}'}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let run = validate(&format!("version: 1\ndefaults: {{visibility: private}}\nregistries:\n{many}")).run();
    assert!(run.status == Some(0) && run.log.contains("Dependabot gets at most 100"), "{}", run.log);
}

#[test]
fn annotations_name_the_manifest_by_its_path_in_the_repository() {
    for manifest in ["ops/registries.yml", "./ops/registries.yml"] {
        let run = Step::offline("validate").with("manifest", manifest).file("ops/registries.yml", "version: 3").run();
        assert!(run.log.contains("file=ops/registries.yml,line=1,col=10::`version` must be 1"), "{}", run.log);
    }
    let step = Step::offline("validate").file("ops/registries.yml", "version: 3");
    let absolute = step.checkout().join("ops/registries.yml").to_string_lossy().into_owned();
    let run = step.with("manifest", &absolute).run();
    assert!(run.log.contains("file=ops/registries.yml,line=1"), "{}", run.log);
}

#[test]
fn a_file_for_each_organization_needs_one() {
    for operation in ["validate", "check"] {
        let step = || {
            let yaml = "version: 1\nregistries: {}\n";
            Step::offline(operation).file("registries/acme.yml", yaml).with("manifest", "registries/{org}.yml")
        };
        let run = step().run();
        let message = "input `manifest` contains `{org}`, but no organization is given: set `org` to a name, several names, \
                       or `*` for every file";
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{operation}: {}", run.log);
        assert!(run.errors()[0].ends_with(message), "{operation}: {}", run.log);
        for org in ["acme", "*"] {
            let run = step().with("org", org).run();
            assert_eq!(run.status, Some(0), "{operation} {org}: {}", run.log);
        }
    }
}
