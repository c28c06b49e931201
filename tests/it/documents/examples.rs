//! The examples in YAML, JSON and shell.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use fake_github::{FakeGitHub, Value, json};
use private_registries::internals::inputs::{self, Operation};
use private_registries::internals::manifest::{self, Context};
use private_registries::internals::report::outputs::OUTPUTS;

use crate::harness::Step;
use crate::world::page::{Block, Page};
use crate::world::{products, repository, yaml};

const MANIFEST: &str = include_str!("../../../examples/private-registries.yml");

fn blocks_of(language: &str) -> Vec<Block> {
    Page::for_users().iter().flat_map(Page::blocks).filter(|block| block.language == language).collect()
}

fn is_recipe(block: &Block) -> bool {
    block.page.ends_with("operations.md") && block.text.starts_with("operation: ")
}

#[test]
fn every_operation_has_a_recipe_and_every_recipe_runs() {
    let recipes: Vec<Block> = blocks_of("yaml").into_iter().filter(is_recipe).collect();
    for operation in Operation::ALL {
        let count = recipes.iter().filter(|recipe| recipe.heading == operation.as_str()).count();
        assert!(count > 0, "docs/operations.md has no recipe for {operation}");
    }
    for recipe in recipes {
        let operation = Operation::parse(&recipe.heading).unwrap_or_else(|| panic!("{}", recipe.place()));
        let github = FakeGitHub::start();
        github.add(json!({
            "registry_type": "npm_registry", "url": "https://npm.acme.dev", "auth_type": "token",
            "replaces_base": true, "visibility": "private",
        }));
        let mut step = Step::new(&github, "")
            .secret_env("NPM_TOKEN", "npm-secret-value")
            .secret_env("MAVEN_PASSWORD", "maven-secret-value");
        if operation == Operation::Organizations {
            github.install_app("acme", &[("organization_private_registries", "read")]);
            step = step.signed_in_as_app();
        }
        step = match operation {
            Operation::Export => step,
            // Tests never contact a host other than this machine.
            Operation::Check => step.manifest(&products::open_manifest()),
            _ => step.manifest(MANIFEST),
        };
        let inputs = yaml::read(&recipe.text);
        assert_eq!(inputs["operation"], operation.as_str(), "{}", recipe.place());
        for (input, value) in inputs.as_object().expect("inputs") {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            step = match (input.as_str(), value.contains("${{")) {
                ("secret", true) => step.secret_input(input, "a-secret-value"),
                (_, true) => step, // an output of another step, which does not exist here
                _ => step.with(input, &value),
            };
        }
        let run = step.run();
        let expected = if recipe.text.contains("fail-on-drift: true") { 3 } else { 0 };
        assert_eq!(run.status, Some(expected), "{}\n{}", recipe.place(), run.log);
    }
}

#[test]
fn every_example_in_yaml_is_a_manifest_a_workflow_or_a_recipe() {
    let mut manifests = 0;
    for block in blocks_of("yaml") {
        let value = yaml::read(&block.text);
        if value.get("registries").is_some() {
            manifests += 1;
            if let Err(error) = manifest::read(&block.text, &Context { file: "m.yml", ..Context::default() }) {
                panic!("{}\n{error}", block.place());
            }
        } else if value.get("jobs").is_some() || value.get("steps").is_some() {
            check_workflow(&block.place(), &value);
        } else {
            assert!(is_recipe(&block), "{}: what is it?\n{}", block.place(), block.text);
        }
    }
    assert!(manifests >= 3, "only {manifests} manifests were found");
}

#[test]
fn every_example_workflow_uses_inputs_that_exist() {
    let mut steps = 0;
    for entry in std::fs::read_dir(repository("examples/workflows")).expect("a folder").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a file");
        steps += check_workflow(&entry.path().display().to_string(), &yaml::read(&text));
    }
    assert!(steps >= 8, "only {steps} steps were found");
}

/// The author of a pull request controls the text of a plan, so the job that shows it may do nothing else, and the job
/// that has a token of the organization may not write anything.
#[test]
fn no_job_of_a_pull_request_has_both_a_token_and_write_permission() {
    for name in ["plan.yml", "plan-fork.yml"] {
        let text = std::fs::read_to_string(repository("examples/workflows").join(name)).expect("a file");
        let workflow = yaml::read(&text);
        assert_eq!(workflow["permissions"], json!({}), "{name}");
        let concurrency = &workflow["concurrency"];
        assert_eq!(concurrency["cancel-in-progress"], true, "{name}");
        assert!(concurrency["group"].as_str().unwrap().contains("${{ github.event.pull_request.number }}"), "{name}");
        for (job, value) in workflow["jobs"].as_object().expect("jobs") {
            let text = value.to_string();
            let has_token = ["secrets.", "steps.app", "needs.plan.outputs"].iter().any(|word| text.contains(word));
            let expected =
                if job == "comment" { json!({"pull-requests": "write"}) } else { json!({"contents": "read"}) };
            assert_eq!(value["permissions"], expected, "{name}: {job}");
            assert_eq!(has_token, job == "plan", "{name}: {job}");
            // The checkout is only for the manifest; none of it is executed. From a fork nothing is checked out at all.
            let checks_out = text.contains("actions/checkout");
            assert!(!checks_out || name == "plan.yml" && job != "comment", "{name}: {job}");
            for script in steps(&json!({"jobs": {job: value}})).iter().filter_map(|step| step["run"].as_str()) {
                assert!(!script.contains("${{"), "{name}: {job}: an expression in a script is code: {script}");
            }
        }
    }
}

/// Checks that the steps of this action use inputs and outputs that exist, and an operation; returns the number of
/// steps.
fn check_workflow(place: &str, workflow: &Value) -> usize {
    let names: BTreeSet<String> = inputs::all().map(inputs::Input::name).collect();
    let outputs: BTreeSet<&str> = OUTPUTS.iter().map(|output| output.name).collect();
    let text = workflow.to_string();
    let steps = steps(workflow);
    let ours = |step: &&Value| step["uses"].as_str().is_some_and(|uses| uses.starts_with("OWNER/private-registries@"));
    for step in steps.iter().copied().filter(ours) {
        let with = step["with"].as_object().unwrap_or_else(|| panic!("{place}: no `with`"));
        for (input, value) in with {
            assert!(names.contains(input), "{place}: there is no input {input}");
            // The step of a container has access to the workspace, but not to that folder:
            // https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs
            assert!(!value.to_string().contains("runner.temp"), "{place}: {input} is not there in the container");
        }
        let operation = with["operation"].as_str().expect("an operation");
        assert!(Operation::parse(operation).is_some(), "{place}: there is no operation {operation}");
        let signs_in = ["app-client-id", "app-private-key"].map(|input| with.contains_key(input));
        assert_eq!(signs_in, [!["validate", "check"].contains(&operation); 2], "{place}: {operation} and its App");
        if let Some(id) = step["id"].as_str() {
            for rest in text.split(&format!("steps.{id}.outputs.")).skip(1) {
                let output = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
                assert!(outputs.contains(output), "{place}: there is no output {output}");
            }
        }
    }
    steps.into_iter().filter(ours).count()
}

fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_object().into_iter().flat_map(|jobs| jobs.values());
    jobs.chain([workflow]).flat_map(|job| job["steps"].as_array().into_iter().flatten()).collect()
}

#[test]
fn the_example_of_a_result_agrees_with_a_plan() {
    let block = blocks_of("json").into_iter().find(|block| block.page.ends_with("inputs-and-outputs.md"));
    let block = block.expect("an example");
    let example: Value = serde_json::from_str(&block.text).expect("JSON");
    let github = FakeGitHub::start();
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://npm.acme.dev", "replaces_base": true, "visibility": "all",
    }));
    let first = Page::read("README.md").blocks().into_iter().find(|block| block.text.contains("\nregistries:"));
    let run = Step::new(&github, "plan").manifest(&first.expect("a manifest").text).run();
    let mut result = run.result();
    result["plan_id"] = example["plan_id"].clone(); // differs from GitHub to GitHub
    assert_eq!(result, example, "{}", run.log);
}

#[test]
fn every_shell_example_can_be_parsed() {
    let blocks = blocks_of("sh");
    for block in &blocks {
        let mut shell = Command::new("bash").args(["-n"]).stdin(Stdio::piped()).spawn().expect("bash");
        std::io::Write::write_all(&mut shell.stdin.take().expect("a pipe"), block.text.as_bytes()).expect("it reads");
        assert!(shell.wait().expect("it ends").success(), "{}\n{}", block.place(), block.text);
    }
    assert!(blocks.len() > 5, "only {} were found", blocks.len());
}

#[test]
fn the_figures_on_speed_agree_with_the_measurements() {
    let measured = Page::read("benches/README.md").text;
    let page = Page::read("docs/speed.md");
    let rows: Vec<&str> = page.text.lines().filter(|line| line.contains('×')).collect();
    for row in &rows {
        let (_, figures) = row.trim_start_matches("| ").split_once(" | ").expect("figures");
        assert!(measured.contains(&format!("| {figures}")), "docs/speed.md: {row}");
    }
    assert!(rows.len() > 3, "{rows:?}");
}

#[test]
fn every_example_names_its_language() {
    for block in Page::for_users().iter().flat_map(Page::blocks) {
        let known = ["console", "sh", "yaml", "json", "python", "toml", "ini"];
        assert!(known.contains(&block.language.as_str()), "{}: `{}`", block.place(), block.language);
    }
    // Indented blocks would be missed.
    for page in Page::for_users() {
        let mut before = "";
        for (index, line) in page.text.lines().enumerate() {
            let is_code =
                line.starts_with("    ") && before.is_empty() && !line.trim_start().starts_with(['-', '|', '`']);
            assert!(!is_code, "{}:{}: {line}", page.path.display(), index + 1);
            before = line;
        }
    }
}
