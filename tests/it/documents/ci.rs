//! Checks that the examples for other CI systems work: their commands run here, with a stand-in for Docker.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use fake_github::{FakeGitHub, READ_TOKEN, Value, WRITE_TOKEN};
use tempfile::TempDir;

use crate::harness::{BINARY, assert_no_leak, texts_below};
use crate::world::{repository, yaml};

type Variables = BTreeMap<String, String>;

/// Runs the program in place of the image, with only the variables that are passed on.
const DOCKER: &str = r#"#!/bin/sh
set -e
test "$1 $2" = "run --rm"
shift 2
kept="INPUT_API_URL=$INPUT_API_URL"
while test "$1" != "$IMAGE"; do
    case $1 in
    --env) eval "value=\$$2"; test -z "$value" || kept="$kept $2=$value"; shift 2 ;;
    --volume | --workdir) shift 2 ;;
    *) echo "docker: $1?" >&2; exit 125 ;;
    esac
done
shift
exec env -i $kept "$(command -v private-registries)" "$@"
"#;

/// A CI agent with a checkout.
struct Agent {
    github: FakeGitHub,
    folder: TempDir,
}

impl Agent {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let manifest = include_str!("../../../examples/private-registries.yml");
        fs::write(folder.path().join("private-registries.yml"), manifest).expect("a file");
        fs::create_dir(folder.path().join("bin")).expect("a folder");
        let docker = folder.path().join("bin/docker");
        fs::write(&docker, DOCKER).expect("a file");
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("a program");
        Self { github: FakeGitHub::start(), folder }
    }

    fn run(&self, script: &str, variables: &Variables) -> String {
        let path =
            format!("{}:{}:/usr/bin:/bin", self.path("bin"), Path::new(BINARY).parent().expect("a folder").display());
        let output = Command::new("bash")
            .args(["-ec", script])
            .env_clear()
            .env("PATH", path)
            .env("INPUT_API_URL", self.github.url())
            .envs(variables)
            .current_dir(self.folder.path())
            .output()
            .expect("bash");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{text}");
        let secrets: Vec<String> = secrets().into_values().collect();
        assert_no_leak(&secrets, "log", &text);
        for (path, text) in texts_below(self.folder.path()) {
            assert_no_leak(&secrets, &path.to_string_lossy(), &text);
        }
        text
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Asserts that the plan was published for review and nothing was written.
    fn assert_planned(&self) {
        assert!(self.github.configurations().is_empty());
        assert!(fs::read_to_string(self.path("plan.md")).expect("plan.md").contains("3 to create"));
    }

    /// Asserts that the plan was applied.
    fn assert_applied(&self) {
        let configurations = self.github.configurations();
        let secrets: Vec<_> = configurations.iter().filter_map(|live| live.secret.clone()).collect();
        assert_eq!((configurations.len(), secrets.len()), (3, 2), "{secrets:?}");
    }
}

/// Returns the variables that the set-up at the top of each example requires.
fn secrets() -> Variables {
    let secrets = [
        ("REGISTRIES_READ_TOKEN", READ_TOKEN),
        ("REGISTRIES_WRITE_TOKEN", WRITE_TOKEN),
        ("NPM_TOKEN", "npm-secret-value"),
        ("MAVEN_PASSWORD", "maven-secret-value"),
    ];
    secrets.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn example(name: &str) -> String {
    fs::read_to_string(repository("examples/ci").join(name)).expect("the example")
}

/// Returns a mapping of variables, with references written as `$(X)` or `$X` replaced.
fn variables(mapping: &Value, known: &Variables) -> Variables {
    let value = |text: &str| {
        let name = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')).or_else(|| text.strip_prefix('$'));
        name.map_or_else(|| text.to_owned(), |name| known.get(name).unwrap_or_else(|| panic!("{name}?")).clone())
    };
    let fields = mapping.as_object().into_iter().flatten();
    fields.map(|(name, text)| (name.clone(), value(text.as_str().expect("text")))).collect()
}

#[test]
fn gitlab_plans_and_applies_that_plan() {
    let agent = Agent::new();
    let pipeline = yaml::read(&example("gitlab-ci.yml"));
    let mut known = secrets(); // GitLab passes them to each job
    let job = |name: &str, known: &Variables| {
        let job = &pipeline[name];
        let script: Vec<&str> = job["script"].as_array().expect("a script").iter().filter_map(Value::as_str).collect();
        let mut all = known.clone();
        all.extend(variables(&pipeline["variables"], known));
        all.extend(variables(&job["variables"], known));
        agent.run(&script.join("\n").replace("/private-registries ", "private-registries "), &all)
    };
    job("plan", &known);
    agent.assert_planned();
    let env = fs::read_to_string(agent.path(pipeline["plan"]["artifacts"]["reports"]["dotenv"].as_str().unwrap()));
    known.extend(
        env.unwrap().lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())),
    );
    job("apply", &known);
    agent.assert_applied();
}

#[test]
fn azure_plans_and_applies_that_plan() {
    let agent = Agent::new();
    let pipeline = yaml::read(&example("azure-pipelines.yml"));
    let mut known = secrets(); // secret variables are passed to a step only by its `env`
    for variable in pipeline["variables"].as_array().unwrap().iter().filter(|variable| variable["name"].is_string()) {
        known.insert(variable["name"].as_str().unwrap().to_owned(), variable["value"].as_str().unwrap().to_owned());
    }
    let step = |steps: &Value, known: &Variables| {
        let step = steps.as_array().unwrap().iter().find(|step| step["bash"].is_string()).expect("a step");
        agent.run(step["bash"].as_str().unwrap(), &variables(&step["env"], known))
    };
    let job = |stage: usize| pipeline["stages"][stage]["jobs"][0].clone();
    let log = step(&job(0)["steps"], &known);
    agent.assert_planned();
    let (_, id) = log.split_once("##vso[task.setvariable variable=id;isOutput=true]").expect("the plan's id");
    known.insert("planId".to_owned(), id.lines().next().unwrap().to_owned());
    step(&job(1)["strategy"]["runOnce"]["deploy"]["steps"], &known);
    agent.assert_applied();
}

#[test]
fn jenkins_plans_and_applies_that_plan() {
    let agent = Agent::new();
    let file = example("Jenkinsfile");
    // Quoted texts; those of several lines have three quotes, and double each backslash.
    let quoted = |after: &str, quote: &str| {
        let (_, rest) = file.split_once(&format!("{after}{quote}")).unwrap_or_else(|| panic!("{after}"));
        rest.split_once(quote).expect("its end").0.replace("\\\\", "\\")
    };
    let mut all = secrets();
    for name in ["IMAGE", "INPUT_ORG", "INPUT_MANIFEST", "RUN"] {
        all.insert(name.to_owned(), quoted(&format!("{name} = "), "'"));
    }
    all.insert("INPUT_TOKEN".to_owned(), READ_TOKEN.to_owned());
    agent.run(&quoted("sh ", "'"), &all);
    agent.assert_planned();
    let id = agent.run(&quoted("script: ", "'''"), &all);
    all.insert("PLAN_ID".to_owned(), id.trim().to_owned());
    all.insert("INPUT_TOKEN".to_owned(), WRITE_TOKEN.to_owned());
    agent.run(&quoted("sh ", "'''"), &all);
    agent.assert_applied();
}
