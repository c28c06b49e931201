//! What the README tells people to write works as it stands there.

use std::fs;
use std::path::Path;

use fake_github::{FakeGitHub, Value, json};
use private_registries::inputs::{self, Operation};
use private_registries::manifest;

use crate::harness::Step;
use crate::probe::products;
use crate::yaml;

const README: &str = include_str!("../../README.md");
const MANIFEST: &str = include_str!("../../examples/private-registries.yml");

/// The YAML blocks of a text.
fn blocks(text: &str) -> Vec<String> {
    let indented = |line: &str| line.len() - line.trim_start().len();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(fence) = lines.find(|line| line.trim_start().starts_with("```yaml")) {
        let margin = indented(fence);
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        let block: Vec<&str> = block.map(|line| line.get(margin..).unwrap_or_default()).collect();
        blocks.push(block.join("\n") + "\n");
    }
    blocks
}

/// What stands between a heading and the next one.
fn section(heading: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("\n{heading}\n")).expect("the heading");
    rest.split("\n#").next().unwrap_or(rest)
}

#[test]
fn every_recipe_runs() {
    for operation in Operation::ALL {
        let recipes = blocks(section(&format!("### {operation}")));
        assert!(!recipes.is_empty(), "{operation} has no recipe");
        for recipe in recipes {
            let github = FakeGitHub::start();
            let live = json!({
                "registry_type": "npm_registry", "url": "https://npm.acme.dev", "auth_type": "token",
                "replaces_base": true, "visibility": "private",
            });
            github.add(live);
            let mut step = Step::new(&github, operation.as_str())
                .secret_env("NPM_TOKEN", "npm-secret-value")
                .secret_env("MAVEN_PASSWORD", "maven-secret-value");
            if operation == Operation::Organizations {
                github.install_app("acme", &[("organization_private_registries", "read")]);
                step = step.signed_in_as_app();
            }
            step = match operation {
                Operation::Export => step,
                // No test asks a host outside of this machine.
                Operation::Check => step.manifest(&products::open_manifest()),
                _ => step.manifest(MANIFEST),
            };
            for (input, value) in yaml::read(&recipe).as_object().expect("inputs") {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                step = match (input.as_str(), value.contains("${{")) {
                    ("secret", true) => step.secret_input(input, "a-secret-value"),
                    (_, true) => step, // another step's output, which there is none of here
                    _ => step.with(input, &value),
                };
            }
            let run = step.run();
            let expected = if recipe.contains("fail-on-drift: true") { 3 } else { 0 };
            assert_eq!(run.status, Some(expected), "{recipe}\n{}", run.log);
        }
    }
}

#[test]
fn every_manifest_is_valid() {
    let manifests: Vec<String> = blocks(README).into_iter().filter(|block| block.contains("\nregistries:")).collect();
    assert_eq!(manifests.len(), 2);
    for text in manifests {
        if let Err(error) = manifest::read(&text, "README.md") {
            panic!("{text}\n{error}");
        }
    }
}

#[test]
fn the_result_is_what_a_plan_of_the_first_manifest_gives() {
    let (_, example) = README.split_once("\n```json\n").expect("an example");
    let example: Value = serde_json::from_str(example.split("```").next().unwrap_or_default()).expect("JSON");
    let github = FakeGitHub::start();
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://npm.acme.dev", "replaces_base": true, "visibility": "all",
    }));
    let manifest = blocks(README).into_iter().find(|block| block.contains("\nregistries:")).expect("a manifest");
    let run = Step::new(&github, "plan").manifest(&manifest).run();
    let mut result = run.result();
    assert_eq!(result["plan_id"].to_string().len(), 34);
    // It is made of the live state too, which has dates.
    result["plan_id"] = example["plan_id"].clone();
    assert_eq!(result, example, "{}", run.log);
}

/// The steps of a workflow, or of a part of one, that use this action.
fn own_steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_object().into_iter().flat_map(|jobs| jobs.values());
    let steps = jobs.flat_map(|job| job["steps"].as_array().into_iter().flatten());
    steps
        .filter(|step| step["uses"].as_str().is_some_and(|uses| uses.starts_with("OWNER/private-registries@")))
        .collect()
}

#[test]
fn the_workflows_give_inputs_that_exist_and_sign_in_only_where_they_have_to() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/workflows");
    let files = fs::read_dir(folder).expect("the workflows").map(|file| file.expect("a file").path());
    let texts = files.map(|path| fs::read_to_string(path).expect("a workflow"));
    let first = blocks(README).into_iter().find(|block| block.contains("\njobs:")).expect("a workflow");
    let mut operations = Vec::new();
    for text in texts.chain([first]) {
        for step in own_steps(&yaml::read(&text)) {
            let given = step["with"].as_object().expect("inputs");
            for input in given.keys() {
                assert!(inputs::all().any(|known| known.name() == *input), "{input} in {text}");
            }
            let operation = given["operation"].as_str().and_then(Operation::parse).expect("an operation");
            let signs_in = ["app-client-id", "app-private-key"].map(|input| given.contains_key(input));
            assert_eq!(signs_in, [operation.needs_github(); 2], "{text}");
            operations.push(operation);
        }
    }
    assert_eq!(operations.iter().filter(|operation| operation.needs_github()).count(), 9, "{operations:?}");
}
