//! The reports of a run, in the log and in files, whatever happens and whatever GitHub answers.

use std::fs;

use fake_github::{FakeGitHub, Fault, Kind, Matcher, WRITE_TOKEN, json};

use crate::harness::{Step, assert_run};

#[test]
fn a_run_that_cannot_report_does_not_start() {
    let github = FakeGitHub::start();
    for variable in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "INPUT_RESULT-PATH"] {
        let step = Step::new(&github, "list");
        let folder = step.checkout().to_string_lossy().into_owned();
        let run = step.env(variable, &folder).run();
        assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{variable}: {}", run.log);
        assert!(run.log.contains("can't be written"), "{}", run.log);
        // Reports that can be written are written.
        let told = if variable == "GITHUB_OUTPUT" { &run.summary } else { run.output("result") };
        assert!(!told.is_empty(), "{variable}: {}", run.log);
    }
    let run = Step::new(&github, "list").with("result-path", "a/folder/").with("dry-run", "yes").run();
    assert_eq!((run.status, run.errors().len()), (Some(2), 2), "{}", run.log);
    assert!(run.summary.contains("dry-run") && run.summary.contains("result-path"), "{}", run.summary);
}

#[test]
fn a_secret_also_given_as_another_input_is_hidden() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let secret = "hun*(te)r~22";
    let create = |step: Step<'_>| {
        let step = step.with("registry-type", "npm-registry").with("visibility", "private");
        step.with("url", &format!("https://x.dev/{secret}"))
            .secret_input("secret", secret)
            .that_sends(secret)
            .with("username", secret)
            .run()
    };
    let update = |step: Step<'_>| {
        step.with("name", &name).secret_input("secret", secret).that_sends(secret).with("username", secret).run()
    };
    // Each run asserts that the secret is in no log, output or summary.
    let runs = [
        create(Step::new(&github, "create").with("dry-run", "true")),
        create(Step::new(&github, "create")),
        update(Step::new(&github, "update").with("dry-run", "true")),
        update(Step::new(&github, "update")),
    ];
    for run in runs {
        assert_eq!((run.status, run.output("changed")), (Some(0), "true"), "{}", run.log);
        assert!(run.result()["changes"][0]["fields"].to_string().contains("***"), "{}", run.log);
        assert!(run.summary.contains("&#42;&#42;&#42;") && !run.summary.contains("hun"), "{}", run.summary);
    }
    assert_eq!(github.configuration(&name).unwrap().username.as_deref(), Some(secret), "GitHub gets it as it is");
}

#[test]
fn a_token_that_github_repeats_is_hidden() {
    let github = FakeGitHub::start();
    let echo = |status, body| {
        let headers = vec![("x-github-request-id".to_owned(), format!("Bearer {WRITE_TOKEN}"))];
        github.fault(Fault::new(Matcher::any(), Kind::Status { status, body, headers }));
    };
    echo(200, json!({"name": "A", "registry_type": "npm_registry", "visibility": "all", "echo": WRITE_TOKEN}));
    let run = Step::new(&github, "get").with("name", "A").run();
    assert!(run.output("registry").contains("\"echo\":\"***\""), "{}", run.output("registry"));
    echo(422, json!({"message": "no", "errors": [{"got": WRITE_TOKEN}]}));
    let run = Step::new(&github, "get").with("name", "A").run();
    assert_eq!(run.status, Some(1));
    assert!(run.log.contains("request id: Bearer ***"), "{}", run.log);
}

#[test]
fn a_shell_without_githubs_files_works() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "list").in_terminal().without("GITHUB_OUTPUT").without("GITHUB_STEP_SUMMARY").run();
    assert_eq!((run.status, run.log.as_str()), (Some(0), "0 configurations in acme\n"));
}

#[test]
fn files_of_the_runner_are_appended_to_and_result_path_is_replaced() {
    let github = FakeGitHub::start();
    let step = Step::new(&github, "list").with("result-path", "result.json").file("result.json", &"old ".repeat(1000));
    let folder = step.checkout().join("..");
    fs::write(folder.join("output"), "earlier<<END\nvalue\nEND\n").unwrap();
    fs::write(folder.join("summary"), "# Earlier\n").unwrap();
    let run = step.run();
    assert_eq!(run.output("earlier"), "value");
    assert!(run.summary.starts_with("# Earlier\n## Private registries"), "{}", run.summary);
    let result = file_of(&run, "result.json");
    assert_eq!(result.trim_end(), run.output("result"));
}

fn file_of<'a>(run: &'a crate::harness::Run, path: &str) -> &'a str {
    run.files.get(std::path::Path::new(path)).map(String::as_str).unwrap_or_default()
}

#[test]
fn an_invalid_run_writes_its_result_everywhere() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "crate").with("result-path", "result.json").run();
    assert_eq!(run.status, Some(2));
    assert_eq!(file_of(&run, "result.json").trim_end(), run.output("result"));
    assert_eq!(run.result()["changed"], false);
    assert_eq!(run.output("changed"), "false");
}

/// Text that could affect a runner, a terminal, Markdown, HTML, or a reader.
const HOSTILE: &str = "x\n::error::forged\n::set-output name=changed::forged\r\n##[error]forged\n\u{1b}[2Jerased \
                       |cell|\n| row | row |\n<img src=x onerror=y> <!-- `tick` **bold** [l](https://evil.dev) @acme \
                       ghadelimiter_0\nEOF\nchanged=forged\u{202e}\u{61c}\u{ad}\u{180e}\u{fff9}\u{3164}\u{e0041}";

#[test]
fn nothing_in_a_configuration_forges_anything() {
    let github = FakeGitHub::start();
    github.add(json!({
        "name": HOSTILE, "registry_type": HOSTILE, "url": HOSTILE, "visibility": HOSTILE, "auth_type": HOSTILE,
        "username": HOSTILE, "tenant_id": HOSTILE,
    }));
    for operation in ["list", "plan", "export"] {
        let step = Step::new(&github, operation).manifest("version: 1\nregistries: {}\n");
        let run = step.run();
        if operation == "list" {
            assert_run!(run);
        }
        assert_harmless(&run);
        let step = Step::new(&github, operation).manifest("version: 1\nregistries: {}\n");
        assert_harmless(&step.in_terminal().run());
        if operation == "list" {
            // The values are unchanged, but invisible characters are escaped.
            let registries = run.output("registries");
            assert!(registries.contains("\\u202e\\u061c\\u00ad\\u180e\\ufff9\\u3164\\udb40\\udc41"), "{registries}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(registries).unwrap()[0]["url"], HOSTILE);
            assert!(run.output("result").contains("\\u202e\\u061c"), "{}", run.output("result"));
        }
        if operation == "export" {
            // A person reviews it before it is committed.
            let manifest = run.output("manifest");
            assert!(!manifest.contains(|c| "\u{202e}\u{61c}\u{ad}\u{3164}\u{e0041}".contains(c)), "{manifest}");
            assert!(manifest.contains("\\u202e\\u061c\\u00ad\\u180e\\ufff9\\u3164\\U000e0041"), "{manifest}");
        }
    }
}

#[test]
fn nothing_in_a_manifest_or_an_input_forges_anything() {
    let github = FakeGitHub::start();
    let text = "::error::forged ##[error]forged | row | <img src=x> <!-- `tick` **bold** [l](https://evil.dev) @acme";
    let yaml = format!(
        "version: 1\nregistries:\n  '{text}':\n    type: git\n    url: 'https://git.acme.dev/|<img>'\n    username: \
         '{text}'\n    token: ${{A}}\n    visibility: private\n"
    );
    let run = Step::new(&github, "plan").manifest(&yaml).with("resend", "always").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "1"), "{}", run.log);
    assert!(run.summary.contains("&#60;img"), "{}", run.summary);
    let broken = Step::new(&github, "plan").manifest(&yaml.replace("type: git", "typ: git")).run();
    assert_eq!(broken.status, Some(2), "{}", broken.log);
    let inputs = ["operation", "org", "visibility", "selected-repositories", "registry-type", "api-version", "name"];
    let step = Step::new(&github, "create").with(&format!("unknown {text}"), text);
    let wrong = inputs.iter().fold(step, |step, input| step.with(input, &format!("x\n{text}"))).run();
    assert_eq!(wrong.status, Some(2), "{}", wrong.log);
    for run in [run, broken, wrong] {
        for line in run.log.lines() {
            assert!(!line.starts_with("::error::") && !line.starts_with("##["), "{line}");
        }
        for markup in ["<img", "<!--", "`tick`", "**bold**", "](https", "@acme", "| row", "://evil"] {
            assert!(!run.summary.contains(markup), "{markup} in {}", run.summary);
        }
    }
}

#[test]
fn nothing_in_a_refusal_forges_anything() {
    let github = FakeGitHub::start();
    let body = json!({"message": HOSTILE, "errors": [HOSTILE, {"message": HOSTILE}]});
    let headers = vec![("x-accepted-github-permissions".to_owned(), "::error::forged|<b>".to_owned())];
    let refusal = Kind::Status { status: 403, body, headers };
    github.fault(Fault::new(Matcher::any(), refusal).times(2));
    let run = Step::new(&github, "list").run();
    assert_run!(run);
    assert_harmless(&run);
    assert_harmless(&Step::new(&github, "list").in_terminal().run());
}

fn assert_harmless(run: &crate::harness::Run) {
    for line in run.log.lines().filter(|line| !line.starts_with("::")) {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
    }
    let commands: Vec<&str> = run.log.lines().filter(|line| line.starts_with("::")).collect();
    for command in commands {
        let known = ["::add-mask::", "::error title=", "::warning title=", "::group::", "::endgroup::"];
        assert!(known.iter().any(|known| command.starts_with(known)), "{command}");
        assert!(!command.starts_with("::error::"), "{command}");
    }
    for line in ["\n| row", "\nEOF", "\nchanged=forged", "\n<img"] {
        assert!(!run.log.contains(line) || run.log.contains("\nerror: "), "{}", run.log);
    }
    for text in [&run.log, &run.summary] {
        let invisible = "\r\u{1b}\u{202e}\u{61c}\u{ad}\u{180e}\u{fff9}\u{3164}\u{e0041}";
        assert!(!text.contains(|c| invisible.contains(c)), "{text}");
    }
    for markup in ["<img", "<!--", "`tick`", "**bold**", "](https", "@acme", "://evil", "\n| row"] {
        assert!(!run.summary.contains(markup), "{markup} in {}", run.summary);
    }
    assert_eq!(run.output("changed"), "false");
}

#[test]
fn a_summary_stays_below_the_runners_limit_and_says_so() {
    let github = FakeGitHub::start();
    let url = format!("https://npm.acme.dev/{}", "|".repeat(3000));
    for n in 0..100 {
        github.add(json!({"registry_type": "npm_registry", "url": format!("{url}{n}")}));
    }
    let run = Step::new(&github, "list").run();
    assert!(run.summary.len() < 1024 * 1024, "{}", run.summary.len());
    assert!(run.summary.contains("more are left out"), "{}", &run.summary[run.summary.len() - 300..]);
    assert_eq!(run.output("total-count"), "100");
}
