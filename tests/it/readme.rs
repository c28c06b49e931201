//! What the README tells people to write works as it stands there.

use fake_github::{FakeGitHub, Value, json};
use private_registries::inputs::Operation;
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
        if let Err(error) = manifest::read(&text, "README.md", None) {
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
    assert_eq!(run.result(), example, "{}", run.log);
}
