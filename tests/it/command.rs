//! The program as a command for people: help, flags, and the token of GitHub's own command.

use std::collections::BTreeMap;
use std::ffi::OsString;

use fake_github::{APP_CLIENT_ID, FakeGitHub, READ_TOKEN, WRITE_TOKEN, json, keys};
use private_registries::Colour;
use private_registries::Environment;
use private_registries::internals::command;
use private_registries::internals::command::{example, help};
use private_registries::internals::inputs::{self, Input, Kind, Operation, RawInputs};
use proptest::prelude::*;

use crate::harness::{Run, Step, cases};
use crate::world::changes::{MANIFEST, SECRETS, organization};
use crate::world::products;

/// Runs the command with an empty environment.
fn bare(arguments: &[&str]) -> Run {
    Step::offline("").in_terminal().without("INPUT_OPERATION").arguments(arguments).run()
}

#[test]
fn every_page_of_help_agrees_with_its_snapshot() {
    for operation in std::iter::once(None).chain(Operation::ALL.map(Some)) {
        let page = help(operation, Colour::Off).replace(env!("CARGO_PKG_REPOSITORY"), "[repository]");
        let name = operation.map_or("help".to_owned(), |operation| format!("help_{operation}"));
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(name, page) });
    }
}

#[test]
fn help_and_version_need_no_inputs_and_take_precedence() {
    let page = |of| help(of, Colour::Off) + "\n";
    for (arguments, expected) in [
        (&["--help"][..], page(None)),
        (&["-h"], page(None)),
        (&["apply", "--help"], page(Some(Operation::Apply))),
        (&["--help", "--version", "--no-such", "x", "--org=a", "--org=b"], page(None)),
        (&["aply", "--token", "x", "--dry-run=maybe", "--help"], page(None)),
        (&["--prune", "plan", "--manifest", "--help"], page(Some(Operation::Plan))),
        (&["--version"], command::version() + "\n"),
        (&["-V", "plan"], command::version() + "\n"),
        (&["help"], page(None)),
        (&["help", "apply"], page(Some(Operation::Apply))),
        (&["apply", "help"], page(Some(Operation::Apply))),
        (&["version"], command::version() + "\n"),
    ] {
        let run = bare(arguments);
        assert_eq!((run.status, run.log.as_str()), (Some(0), expected.as_str()), "{arguments:?}");
        assert!(run.outputs.is_empty() && run.summary.is_empty());
    }
    assert!(command::version().starts_with(&format!("private-registries {} (commit ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_wrong_command_line_is_reported_with_all_other_errors_and_nothing_is_sent() {
    let github = FakeGitHub::start();
    for (arguments, message) in [
        (&["lst"][..], "input `operation` is `lst`, which is none of: list, get, public-key"),
        (&["lst"], "did you mean `list`?"),
        (&["list", "--orgg", "acme"], "`--orgg` is not a flag; did you mean `--org`?"),
        (&["list", "--unheard-of"], "`--unheard-of` is not a flag"),
        (&["list", "--token", "flag-secret-value"], "`--token` is refused"),
        (&["create", "--secret=flag-secret-value"], "set the environment variable INPUT_SECRET"),
        (&["list", "--org", "acme", "--org", "acme"], "`--org` is given twice"),
        (&["apply", "--dry-run=yes"], "input `dry-run` is `yes`, which is none of: true, True"),
        (&["apply", "--dry-run=tru"], "did you mean `true`?"),
        (&["apply", "--dry-run", "yes"], "`yes` is not a value of `--dry-run`"),
        (&["apply", "--max-deletes"], "`--max-deletes` needs a value: write `--max-deletes NUMBER`"),
        (&["apply", "list"], "unexpected argument `list` after `apply`; a run has one operation"),
        (&["plan", "--max-deletes", "-1"], "input `max-deletes` is not a whole number"),
    ] {
        for terminal in [false, true] {
            let step = Step::new(&github, "").arguments(arguments).never_shows("flag-secret-value");
            let step = step.manifest("version: 1\nregistries: {}\n").with("max-wait", "soon");
            let run = if terminal { step.in_terminal() } else { step }.run();
            assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{arguments:?}: {}", run.log);
            assert!(run.log.contains(message), "{arguments:?}: {}", run.log);
            assert!(run.log.contains("input `max-wait` is not a duration"), "{arguments:?}: {}", run.log);
            assert!(run.summary.contains("CAUTION") && !run.output("result").is_empty(), "{}", run.summary);
        }
    }
}

/// The one mistake is told, and not what follows from it.
#[test]
fn an_organization_without_its_flag_is_told_alone() {
    for operation in ["plan", "apply", "list", "export"] {
        let run =
            Step::offline("").in_terminal().secret_input("token", WRITE_TOKEN).arguments(&[operation, "acme"]).run();
        let message = format!(
            "error: unexpected argument `acme` after `{operation}`; for the organization, write `--org acme`\n"
        );
        assert_eq!((run.status, run.log), (Some(2), message));
    }
}

/// Whoever types the bare command, or an operation that does not exist, learns where all of them are.
#[test]
fn who_does_not_know_what_to_type_is_told_of_help() {
    for arguments in [&[][..], &["foo"], &["plan", "--unheard-of"], &["-v"], &["plan", "a b"]] {
        let run = bare(arguments);
        assert!(run.status == Some(2) && run.log.contains("--help"), "{arguments:?}: {}", run.log);
    }
    // A workflow is not typed.
    assert!(!Step::offline("foo").run().log.contains("--help"));
}

#[test]
fn where_an_app_is_installed_is_asked_by_an_app_alone() {
    let github = FakeGitHub::start();
    let message = "`organizations` needs a GitHub App: set `app-client-id` and `app-private-key`";
    for step in [
        Step::new(&github, "organizations"),
        Step::new(&github, "organizations").without("INPUT_TOKEN"),
        Step::new(&github, "organizations").with("token", "a b"),
        Step::new(&github, "organizations").with("org", "*"),
    ] {
        let run = step.run();
        let errors = run.errors();
        assert_eq!((run.status, errors.len(), run.requests.len()), (Some(2), 1, 0), "{}", run.log);
        assert!(errors[0].ends_with(message), "{}", run.log);
    }
}

/// Who forgets a flag has the token for a word, and it must not be repeated.
#[test]
fn a_token_on_the_command_line_is_repeated_nowhere() {
    let github = FakeGitHub::start();
    let tail = "x7Kd92mQpLr5TnVbWc8YzAe3FgHj1S";
    for beginning in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "dckr_pat_", "npm_"] {
        let token = format!("{beginning}{tail}");
        for arguments in [
            vec![token.clone()],
            vec!["plan".to_owned(), token.clone()],
            vec!["plan".to_owned(), format!("-t{token}")],
            vec!["plan".to_owned(), format!("--{token}")],
            vec!["plan".to_owned(), format!("--token{token}")],
            vec!["plan".to_owned(), "--dry-run".to_owned(), token.clone()],
            vec!["plan".to_owned(), format!("--max-wait={token}")],
            vec!["plan".to_owned(), format!("--shard={token}")],
            vec!["apply".to_owned(), "--plan-id".to_owned(), token.clone()],
            vec!["create".to_owned(), "--registry-type".to_owned(), token.clone()],
        ] {
            for terminal in [false, true] {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let step = Step::new(&github, "").arguments(&arguments).never_shows(tail);
                let run = if terminal { step.in_terminal() } else { step }.run();
                assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{arguments:?}: {}", run.log);
            }
        }
    }
}

#[test]
fn a_value_that_is_not_unicode_is_reported_by_its_flag() {
    use std::os::unix::ffi::OsStringExt as _;
    let arguments = ["list".into(), "--org".into(), OsString::from_vec(vec![0xff])];
    let flags = inputs::Flags::read(&arguments);
    assert_eq!(flags.problems[0].message, "the value of `--org` is not valid UTF-8");
}

#[test]
fn a_flag_overrides_an_invalid_variable() {
    let github = FakeGitHub::start();
    let step = || Step::new(&github, "apply").with("org", "other").env("INPUT_REGISTRY_TYPE", "git");
    let run = step().arguments(&["list", "--org=acme", "--registry-type", "npm_registry"]).run();
    assert_eq!((run.status, run.requests[0].path.as_str()), (Some(0), "/orgs/acme/private-registries"), "{}", run.log);
    let twice = step().env("INPUT_MAX-WAIT", "1s").env("INPUT_MAX_WAIT", "2s").garbled_env("INPUT_API-VERSION");
    let run = twice.arguments(&["list", "--org=acme", "--max-wait=3s", "--api-version=2022-11-28"]).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

/// Runs every operation twice: with its inputs in the environment, and as flags.
#[test]
fn a_run_is_the_same_with_flags_as_with_variables() {
    // Tests never contact a host other than this machine.
    let open = products::open_manifest();
    let run = |operation: Operation, as_flags: bool| {
        let github = FakeGitHub::start();
        organization(&github);
        let inputs: &[(&str, &str)] = match operation {
            Operation::Create | Operation::Upsert => &[
                ("registry-type", "git"),
                ("url", "https://git2.acme.dev"),
                ("selected-repositories", "api,web"),
                ("workload-identity-provider", "pool"),
                ("dry-run", "true"),
            ],
            Operation::Get | Operation::Delete => &[("name", "GIT_SOURCE_SECRET")],
            Operation::Update => &[("name", "GIT_SOURCE_SECRET"), ("visibility", "all"), ("replaces-base", "false")],
            Operation::Plan => &[("fail-on-drift", "true"), ("prune", "true"), ("rules", "plain-http=error, all=off")],
            Operation::Apply => &[("resend", "on-change"), ("max-deletes", "7"), ("result-path", "result.json")],
            Operation::Validate => &[("manifest", ".github/private-registries.yml")],
            Operation::Export => &[("export-path", "export.yml")],
            Operation::List | Operation::PublicKey => &[("max-wait", "3m")],
            Operation::Organizations => &[("org", "acme, globex"), ("app-permissions", "inherit")],
            Operation::Check => &[("rules", "all=off")],
        };
        let step = Step::new(&github, operation.as_str())
            .manifest(if operation == Operation::Check { &open } else { MANIFEST })
            .secrets(SECRETS);
        let step = if operation == Operation::Organizations { step.signed_in_as_app() } else { step };
        let step = inputs.iter().enumerate().fold(step, |step, (index, (input, value))| match (as_flags, index % 2) {
            (false, _) => step.with(input, value),
            (true, 0) => step.arguments(&[&format!("--{input}"), value]),
            (true, _) => step.arguments(&[&format!("--{input}={value}")]),
        });
        let step = if as_flags { step.without("INPUT_OPERATION").arguments(&[operation.as_str()]) } else { step };
        step.run()
    };
    for operation in Operation::ALL {
        let (variables, flags) = (run(operation, false), run(operation, true));
        let (one, other) = (without_what_differs(&variables.snapshot()), without_what_differs(&flags.snapshot()));
        for (one, other) in one.lines().zip(other.lines()) {
            assert_eq!(one, other, "{operation}");
        }
        assert_eq!(one.lines().count(), other.lines().count(), "{operation}");
        let files = |run: &Run| run.files.clone().into_iter().map(|(path, text)| (path, without_what_differs(&text)));
        assert!(files(&variables).eq(files(&flags)), "{operation}: {:?}\n{:?}", variables.files, flags.files);
        assert!(flags.status == Some(0) || operation == Operation::Plan, "{operation}: {}", flags.log);
    }
}

/// Removes what differs between two runs of the fake GitHub: times, ids of requests and plans, and tokens signed by an
/// App, which include times.
fn without_what_differs(text: &str) -> String {
    let is_signed = |line: &&str| line.starts_with("::add-mask::eyJ");
    let kept: Vec<&str> = text.lines().filter(|line| !is_signed(line)).collect();
    let mut text = kept.join("\n").replace("&#58;", ":");
    let is_id = |word: &str| word.len() == 32 && word.chars().all(|c| c.is_ascii_hexdigit());
    let ids: Vec<String> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_id(word)).map(str::to_owned).collect();
    for id in ids {
        text = text.replace(&id, "[plan-id]");
    }
    for begin in ["FA4E:", "T"] {
        let mut parts = text.split(begin);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':').len();
            out = out + begin + part.get(digits..).unwrap_or_default();
        }
        text = out;
    }
    text
}

fn environment(variables: &BTreeMap<String, String>, arguments: &[String]) -> Environment {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    // The time is fixed, so that two environments are equal.
    let moment = [("SOURCE_DATE_EPOCH".into(), "4102444800".into())];
    variables.chain(moment).collect::<Environment>().with_arguments(arguments.iter().map(OsString::from))
}

/// Returns everything that was read, with secrets hidden.
fn read(variables: &BTreeMap<String, String>, arguments: &[String]) -> String {
    format!("{:?}", RawInputs::read(&environment(variables, arguments)))
}

/// Returns what a run would do, or everything that is wrong.
fn understood(variables: &BTreeMap<String, String>, arguments: &[String]) -> String {
    format!("{:?}", RawInputs::read(&environment(variables, arguments)).validate())
}

fn flag_inputs() -> Vec<&'static Input> {
    inputs::all().filter(|input| input.kind() != Kind::Secret).collect()
}

/// Generates values that an input may have, or almost: meaningful words, and any text.
fn values() -> impl Strategy<Value = String> {
    let words = [
        "true",
        "FALSE",
        "yes",
        "apply",
        "plan",
        "acme",
        "git",
        "https://x.y",
        "10m",
        "5",
        "-1",
        "a=b",
        "api, web",
        "selected",
        "all=error",
        " spaced ",
        "--org",
        "-h",
        "é\u{202e}",
        "always",
        "oidc_gcp",
    ];
    let text = "[^\u{0}]{0,12}"
        .prop_filter("a blank one is not set, which a flag is warned about", |text| !text.trim().is_empty());
    prop_oneof![4 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => text]
}

fn assignments() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name = proptest::sample::select(flag_inputs().iter().map(|input| input.name()).collect::<Vec<_>>());
    proptest::collection::btree_map(name, values(), 0..6)
}

proptest! {
    #![proptest_config(cases(300))]

    /// A flag and its variable have the same effect, in either form of both.
    #[test]
    fn a_flag_and_its_variable_are_equal(assignments in assignments(), hyphens: bool, joined: bool) {
        let mut variables = BTreeMap::from([("INPUT_TOKEN".to_owned(), "token".to_owned())]);
        let mut arguments = Vec::new();
        let of_job = variables.clone();
        for (name, value) in &assignments {
            let upper = name.to_uppercase();
            variables.insert(format!("INPUT_{}", if hyphens { upper } else { upper.replace('-', "_") }), value.clone());
            // As separate words, a value must not look like a flag, and the value of a boolean must be a boolean.
            let input = flag_inputs().into_iter().find(|input| input.name() == *name).unwrap();
            let is_boolean = ["true", "false"].contains(&value.to_lowercase().as_str());
            if joined || value.starts_with("--") || (input.kind() == Kind::Boolean && !is_boolean) {
                arguments.push(format!("--{name}={value}"));
            } else {
                arguments.extend([format!("--{name}"), value.clone()]);
            }
        }
        prop_assert_eq!(read(&variables, &[]), read(&of_job, &arguments));
        prop_assert_eq!(understood(&variables, &[]), understood(&of_job, &arguments));
    }

    /// A flag overrides its variable, whatever the environment contains.
    #[test]
    fn a_flag_hides_its_variable(assignments in assignments(), others in proptest::collection::vec(values(), 6)) {
        let arguments: Vec<String> = assignments.iter().map(|(name, value)| format!("--{name}={value}")).collect();
        let variable = |(name, other): (&String, &String)| (format!("INPUT_{}", name.to_uppercase()), other.clone());
        let variables: BTreeMap<String, String> = assignments.keys().zip(&others).map(variable).collect();
        prop_assert_eq!(read(&variables, &arguments), read(&BTreeMap::new(), &arguments));
    }

    /// No command line crashes the program, and a request for help is found anywhere in it.
    #[test]
    fn any_command_line_is_read(words in proptest::collection::vec("(--?[a-z=-]{0,9}|[^\u{0}]{0,9})", 0..6)) {
        let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
        let flags = inputs::Flags::read(&arguments);
        let before_the_end = words.iter().take_while(|word| *word != "--");
        if before_the_end.clone().any(|word| word == "--help") {
            prop_assert!(flags.help, "{words:?}");
        }
    }
}

#[test]
fn a_boolean_alone_is_true() {
    for input in flag_inputs().iter().filter(|input| input.kind() == Kind::Boolean) {
        let name = input.name();
        let variables = BTreeMap::from([(input.variable(), "true".to_owned())]);
        assert_eq!(read(&variables, &[]), read(&BTreeMap::new(), &[format!("--{name}")]), "{name}");
    }
}

#[test]
fn the_examples_in_the_help_work() {
    for operation in Operation::ALL {
        let github = FakeGitHub::start();
        github.add(json!({
            "registry_type": "npm_registry", "url": "https://npm.acme.dev", "auth_type": "token",
            "replaces_base": true, "visibility": "private",
        }));
        github.install_app("acme", &[("organization_private_registries", "read")]);
        let step = match operation {
            // Tests never contact a host other than this machine; plain http would be warned about.
            Operation::Check => Step::new(&github, "").manifest(&products::open_manifest()),
            _ => Step::new(&github, "").manifest(include_str!("../../examples/private-registries.yml")),
        };
        let run = step
            .file("app.pem", keys::APP)
            .never_shows(keys::APP)
            .typed(&example(operation).replace("Iv23abcdefghijklmnop", APP_CLIENT_ID))
            .env("GITHUB_API_URL", &github.url())
            .secret_env("GH_TOKEN", WRITE_TOKEN)
            .secret_env("NPM_TOKEN", "npm-secret-value")
            .secret_env("MAVEN_PASSWORD", "maven-secret-value");
        let run = if operation == Operation::Check { run.with("rules", "all=off") } else { run }.run();
        let status = if operation == Operation::Plan { 3 } else { 0 }; // the example has fail-on-drift
        assert_eq!(run.status, Some(status), "{operation}: {}", run.log);
        let writes = operation.writes() && !example(operation).contains("--dry-run");
        assert_eq!(!run.writes().is_empty(), writes, "{operation}: {:?}", run.writes());
        assert!(!run.log.contains("warning:"), "{operation}: {}", run.log);
    }
}

#[test]
fn without_a_token_the_one_of_githubs_own_command_is_used_and_named() {
    let github = FakeGitHub::start();
    let step = || {
        let step = Step::new(&github, "list").without("INPUT_TOKEN").in_terminal();
        step.secret_env("GH_TOKEN", WRITE_TOKEN).secret_env("GITHUB_TOKEN", READ_TOKEN)
    };
    let token = |run: &Run| run.requests[0].headers["authorization"].clone();
    let run = step().run();
    assert_eq!((run.status, token(&run)), (Some(0), format!("Bearer {WRITE_TOKEN}")), "{}", run.log);
    assert!(run.log.contains("notice: using the token from GH_TOKEN\n"), "{}", run.log);
    let run = step().without("GH_TOKEN").run();
    assert_eq!((run.status, token(&run)), (Some(0), format!("Bearer {READ_TOKEN}")), "{}", run.log);
    assert!(run.log.contains("notice: using the token from GITHUB_TOKEN\n"), "{}", run.log);
    // The input takes precedence, and in Actions only the input is used.
    let run = step().secret_input("token", READ_TOKEN).run();
    assert_eq!((run.status, token(&run)), (Some(0), format!("Bearer {READ_TOKEN}")), "{}", run.log);
    assert!(!run.log.contains("using the token from"), "{}", run.log);
    let run = step().env("GITHUB_ACTIONS", "true").run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    let run = step().with("app-client-id", "Iv1.0123456789abcdef").run();
    assert!(!run.log.contains("using the token from"), "{}", run.log);
    // A run that needs no token does not mention it.
    let run = Step::offline("validate").in_terminal().manifest(MANIFEST).secret_env("GH_TOKEN", WRITE_TOKEN).run();
    assert!(run.status == Some(0) && !run.log.contains("GH_TOKEN"), "{}", run.log);
    let run = step().without("GH_TOKEN").garbled_env("GH_TOKEN").run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    assert!(
        run.log.contains("environment variable GH_TOKEN, which holds the token, is not valid UTF-8"),
        "{}",
        run.log
    );
}

/// A token for github.com is never sent to another host, nor the reverse.
#[test]
fn the_variable_for_the_token_depends_on_the_host() {
    let both = [("GH_TOKEN", "ghp-cloud-value"), ("GH_ENTERPRISE_TOKEN", "ghp-enterprise-value")];
    let second = [("GITHUB_TOKEN", "ghp-cloud-value"), ("GITHUB_ENTERPRISE_TOKEN", "ghp-enterprise-value")];
    for (api_url, used) in [
        ("https://api.github.com", 0),
        ("https://api.acme.ghe.com", 0),
        ("http://127.0.0.1:1", 0),
        ("http://[::1]:1", 0),
        ("http://localhost:1", 0),
        ("https://ghes.acme.dev/api/v3", 1),
        ("https://api.github.com.evil.dev", 1),
        ("https://ghe.com", 1),
    ] {
        for variables in [both, second] {
            // Nothing listens at this proxy, so nothing leaves this machine.
            let step = || {
                let step = Step::offline("list").in_terminal().with("org", "acme").with("max-wait", "0s");
                step.env("HTTPS_PROXY", "http://127.0.0.1:1").arguments(&["--api-url", api_url])
            };
            let run = step().secrets(&variables).run();
            let (name, value) = variables[used];
            assert!(run.log.contains(&format!("using the token from {name}\n")), "{api_url}: {}", run.log);
            assert_eq!(run.status, Some(1), "{api_url}: {}", run.log);
            let (other, value_of_other) = variables[1 - used];
            let run = step().secret_env(other, value_of_other).run();
            assert!(run.status == Some(2) && run.log.contains("input `token` is required"), "{api_url}: {}", run.log);
            assert!(!run.log.contains("using the token from"), "{value}");
        }
    }
}
