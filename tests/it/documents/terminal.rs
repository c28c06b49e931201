//! The `console` examples: what a person types, and what they see. Each document is one session in its own checkout, on
//! its own GitHub; `UPDATE_DOCS=1` records the output.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use fake_github::{FakeGitHub, Value, WRITE_TOKEN};
use tempfile::TempDir;

use crate::harness::{BINARY, assert_no_leak};
use crate::world::page::{Block, Page};
use crate::world::repository;

/// The variables that the manifests in the documents refer to.
const SECRETS: [&str; 3] = ["NPM_TOKEN", "MAVEN_PASSWORD", "PYPI_TOKEN"];
/// The id of a plan as the documents write it; it differs from GitHub to GitHub.
const PLAN_ID: &str = "ba149414114cca28309cb3dfee212cf6";

/// A terminal in a checkout.
struct Session {
    github: FakeGitHub,
    checkout: TempDir,
    /// The id of the latest plan.
    plan_id: String,
}

impl Session {
    fn start() -> Self {
        let checkout = TempDir::new().expect("a folder");
        Self { github: FakeGitHub::start(), checkout, plan_id: PLAN_ID.to_owned() }
    }

    /// Prepares what the comments on a block ask for: existing files, and configurations on GitHub.
    fn prepare(&self, block: &Block) {
        for (word, rest) in &block.directives {
            match word.as_str() {
                "live" => drop(self.github.add(serde_json::from_str::<Value>(rest).expect("JSON"))),
                "copy" => {
                    let text = fs::read_to_string(repository(rest)).expect(rest);
                    self.write(".github/private-registries.yml", &text);
                }
                _ => {}
            }
        }
        if let Some(path) = block.directive("file") {
            self.write(path, &block.text);
        }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.checkout.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Types every command of a block, and returns the block with the actual output.
    fn type_in(&mut self, block: &Block) -> String {
        let expected = block.directive("exit").unwrap_or("0").parse().expect("a status");
        let commands = commands(&block.text);
        let mut seen = String::new();
        for (index, command) in commands.iter().enumerate() {
            let (status, output) = self.run(command);
            let wanted = if index + 1 == commands.len() { expected } else { 0 };
            assert_eq!(status, Some(wanted), "{}: {command}\n{output}", block.place());
            let _ = write!(seen, "$ {}\n{output}", command.replace('\n', "\n> "));
        }
        seen
    }

    fn run(&mut self, command: &str) -> (Option<i32>, String) {
        let folder = Path::new(BINARY).parent().expect("a folder").display();
        let secrets = SECRETS.map(|name| (name, format!("the-value-of-{}", name.to_lowercase())));
        let output = Command::new("sh")
            .args(["-ec", &command.replace(PLAN_ID, &self.plan_id)])
            .env_clear()
            .env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
            .env("INPUT_API_URL", self.github.url())
            .env("INPUT_TOKEN", WRITE_TOKEN)
            .envs(secrets.iter().map(|(name, value)| (name, value)))
            .current_dir(self.checkout.path())
            .output()
            .expect("a shell");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let mut never = vec![WRITE_TOKEN.to_owned()];
        never.extend(secrets.into_iter().map(|(_, value)| value));
        assert_no_leak(&never, command, &text);
        if let Some(id) = text.split(|c: char| !c.is_ascii_hexdigit()).find(|word| word.len() == 32) {
            id.clone_into(&mut self.plan_id);
        }
        (
            output.status.code(),
            text.replace(&self.plan_id, PLAN_ID).replace(env!("CARGO_PKG_REPOSITORY"), "[repository]"),
        )
    }
}

/// Returns the commands of a block: lines that begin with `$ `, and their continuations, which begin with `> `.
fn commands(text: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), line.strip_prefix("> "), commands.last_mut()) {
            (Some(command), ..) => commands.push(command.to_owned()),
            (None, Some(rest), Some(command)) => *command = format!("{command}\n{rest}"),
            _ => {}
        }
    }
    commands
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how a person asks for the file to be written")]
fn console_examples_agree_with_the_actual_output() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut typed = 0;
    for page in Page::for_users() {
        let mut session = Session::start();
        let mut written = page.clone();
        for index in 0..page.blocks().len() {
            let block = written.blocks().swap_remove(index);
            session.prepare(&block);
            if block.language != "console" {
                continue;
            }
            typed += 1;
            let seen = session.type_in(&block);
            if update {
                written = written.with_block(&block, &seen);
            } else {
                assert_eq!(
                    block.text,
                    seen,
                    "{} is stale: UPDATE_DOCS=1 cargo test --test it documents",
                    block.place()
                );
            }
        }
        if update && written.text != page.text {
            fs::write(repository(&page.path), &written.text).expect("the page is written");
        }
    }
    assert!(typed > 10, "only {typed} examples were found");
}
