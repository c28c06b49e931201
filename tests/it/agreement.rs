//! Checks that the code, action.yml and the documents agree about inputs, outputs, operations and the result.

use std::collections::BTreeSet;
use std::fs;

use fake_github::FakeGitHub;
use private_registries::internals::inputs::{self, Operation};
use private_registries::internals::probe;
use private_registries::internals::report::outputs;
use serde_json::Value;

use crate::harness::{Run, Step};
use crate::world::changes::{MANIFEST, SECRETS, organization};
use crate::world::{products, repository, yaml};

fn action() -> Value {
    yaml::read(&fs::read_to_string(repository("action.yml")).expect("action.yml"))
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().expect("a mapping").keys().cloned().collect()
}

/// Runs every operation once, and some steps that fail.
fn runs() -> Vec<Run> {
    let github = FakeGitHub::start();
    organization(&github);
    let registry = [
        ("registry-type", "git"),
        ("url", "https://git2.acme.dev"),
        ("visibility", "private"),
        ("workload-identity-provider", "pool"),
    ];
    let step = |operation: Operation| {
        let step = Step::new(&github, operation.as_str()).manifest(MANIFEST).secrets(SECRETS);
        match operation {
            Operation::Create | Operation::Upsert => step.inputs(&registry),
            Operation::Get | Operation::Delete => step.with("name", "GIT_SOURCE_SECRET"),
            Operation::Update => step.with("name", "GIT_SOURCE_SECRET").with("visibility", "all"),
            Operation::Organizations => {
                github.install_app("acme", &[("organization_private_registries", "read")]);
                step.signed_in_as_app()
            }
            // Tests never contact a host other than this machine.
            Operation::Check => step.manifest(&products::open_manifest()),
            _ => step,
        }
    };
    let mut runs: Vec<Run> = Operation::ALL.into_iter().map(|operation| step(operation).run()).collect();
    for run in &runs {
        assert_eq!(run.status, Some(0), "{}", run.log);
    }
    runs.push(step(Operation::Delete).without("INPUT_NAME").run());
    runs.push(Step::new(&github, "nonsense").run());
    runs
}

/// Compares the generated part of a document, between `begin` and `end`, with `generated`; if `UPDATE_DOCS` is set,
/// writes it instead.
#[allow(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
fn assert_generated(file: &str, begin: &str, end: &str, generated: &str) {
    let path = repository(file);
    let text = fs::read_to_string(&path).expect(file);
    let from = text.find(begin).expect(begin);
    let to = from + text[from..].find(end).expect(end);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, [&text[..from], generated, &text[to..]].concat()).expect(file);
    } else {
        assert_eq!(&text[from..to], generated, "{file} is stale: UPDATE_DOCS=1 cargo test --test it agreement");
    }
}

#[test]
fn the_inputs_and_outputs_of_action_yml_and_of_the_documents_are_generated_from_the_code() {
    assert_generated("action.yml", "inputs:\n", "\noutputs:\n", &inputs::action_yml());
    assert_generated("action.yml", "outputs:\n", "\nruns:\n", &outputs::action_yml());
    let document = "docs/inputs-and-outputs.md";
    assert_generated(document, "| Input | Default | Meaning |\n", "\n\n", inputs::markdown().trim_end());
    assert_generated(document, "| Output | Operations | Meaning |\n", "\n\n", outputs::markdown().trim_end());
}

#[test]
fn the_table_of_docs_credentials_is_generated_from_the_code() {
    let table = probe::markdown();
    assert_generated("docs/credentials.md", "| Type | Asked |", "\n\n", table.trim_end());
}

#[test]
fn every_input_and_output_is_described_in_sentences() {
    let action = action();
    for (name, input) in action["inputs"].as_object().unwrap().iter().chain(action["outputs"].as_object().unwrap()) {
        assert!(input["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name}");
    }
    let operations = action["inputs"]["operation"]["description"].as_str().unwrap();
    for operation in Operation::ALL {
        assert!(operations.contains(operation.as_str()), "{operation}");
    }
}

#[test]
fn defaults_in_action_yml_agree_with_the_code() {
    let github = FakeGitHub::start();
    let action = action();
    for operation in Operation::ALL {
        let mut step = Step::new(&github, operation.as_str()).manifest("version: 1\nregistries: {}\n");
        for (name, input) in action["inputs"].as_object().unwrap() {
            if let (Some(default), true) = (input["default"].as_str(), name != "operation") {
                step = step.with(name, default);
            }
        }
        let run = step.run();
        assert!(!run.log.contains("is not used by"), "{operation}: {}", run.log);
        assert!(!run.log.contains("does not exist"), "{operation}: {}", run.log);
    }
}

#[test]
fn action_yml_has_the_outputs_that_runs_set() {
    let set: BTreeSet<String> = runs().iter().flat_map(|run| run.outputs.keys().cloned()).collect();
    assert_eq!(keys(&action()["outputs"]), set);
}

#[test]
fn every_result_has_the_documented_shape() {
    let words = |words: &str| words.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    for run in runs() {
        let result = run.result();
        let mut documented = words("operation status errors warnings dry_run changed counts");
        if result["operation"] == "organizations" {
            documented.insert("organizations".to_owned());
            assert_eq!(keys(&result), documented);
            continue;
        }
        documented.extend(words("org changes registries"));
        documented.extend((result["operation"] == "list").then(|| "configurations".to_owned()));
        if result["operation"] == "plan" || result["operation"] == "apply" {
            documented.extend(words("drift plan_id"));
        }
        assert_eq!(keys(&result), documented);
        assert_eq!(keys(&result["counts"]), words("create update replace delete resend unchanged unmanaged failure"));
        for change in result["changes"].as_array().unwrap() {
            let fields =
                "action label name registry_type url fields write_only status error consumers findings expires check";
            assert_eq!(keys(change), words(fields));
            for field in change["fields"].as_array().unwrap() {
                assert_eq!(keys(field), words("field from to"));
            }
            match change["status"].as_str() {
                Some(status) => assert!(words("planned applied failed skipped").contains(status)),
                None => assert!(["validate", "check"].contains(&result["operation"].as_str().unwrap_or_default())),
            }
        }
        assert_eq!(result["changed"].to_string(), run.output("changed"));
        let status = if run.status == Some(0) { "done" } else { "invalid" };
        assert_eq!((run.output("status"), &result["status"]), (status, &Value::from(status)));
    }
}

/// The input's help, and with it action.yml, and the page that people read.
#[test]
fn which_operations_take_several_organizations_is_the_same_everywhere() {
    let takers: Vec<&str> = Operation::ALL.iter().filter(|it| it.takes_several()).map(|it| it.as_str()).collect();
    let input = inputs::all().find(|input| input.name() == "org").expect("the input");
    let page = fs::read_to_string(repository("docs/organizations.md")).expect("the page");
    for text in [input.help(), &page] {
        let (before, _) = text.split_once("take several").expect("the sentence");
        let sentence = before.rsplit(['.', '#']).next().unwrap_or_default();
        let named: Vec<&str> = sentence.split('`').skip(1).step_by(2).collect();
        assert_eq!(named, takers, "{sentence}");
    }
}
