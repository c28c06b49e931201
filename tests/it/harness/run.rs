//! The outcome of a step, and a check that none of it contains a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use fake_github::{FakeGitHub, Request};
use serde_json::Value;

use super::{Step, assert_no_leak, texts_below};

/// The outcome of a step.
pub(crate) struct Run {
    /// The exit status.
    pub(crate) status: Option<i32>,
    /// Standard output, then standard error.
    pub(crate) log: String,
    /// The outputs by name.
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
    pub(crate) requests: Vec<Request>,
    /// The files of the checkout after the run.
    pub(crate) files: BTreeMap<PathBuf, String>,
    pub(super) api_url: String,
    pub(super) folder: String,
}

impl Run {
    pub(super) fn gather(step: &Step<'_>, output: &Output) -> Self {
        let read = |name: &str| fs::read_to_string(step.folder.path().join(name)).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            status: output.status.code(),
            log: text(&output.stdout) + &text(&output.stderr),
            outputs: parse_outputs(&read("output")),
            summary: read("summary"),
            requests: step.github.map(FakeGitHub::requests).unwrap_or_default(),
            files: texts_below(&step.checkout()),
            api_url: step.github.map(FakeGitHub::url).unwrap_or_default(),
            folder: step.folder.path().to_string_lossy().into_owned(),
        }
    }

    /// Returns an output; a missing one is empty, as in a workflow.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Returns the `result` document.
    pub(crate) fn result(&self) -> Value {
        serde_json::from_str(self.output("result")).expect("result is JSON")
    }

    /// Returns the changes of the `result` document.
    pub(crate) fn changes(&self) -> Vec<Value> {
        self.result()["changes"].as_array().expect("changes").clone()
    }

    /// Returns a change by its label, or else by its name; null if there is none.
    pub(crate) fn change(&self, title: &str) -> Value {
        let changes = self.changes();
        let change = |key: &str| changes.iter().find(|change| change[key] == title);
        change("label").or_else(|| change("name")).cloned().unwrap_or_default()
    }

    /// Returns the status of a change, or `none` if there is no such change.
    pub(crate) fn status_of(&self, title: &str) -> String {
        self.change(title)["status"].as_str().unwrap_or("none").to_owned()
    }

    /// Returns the requests other than GETs, such as `POST /orgs/acme/private-registries`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let is_write = |request: &&Request| request.method != "GET";
        self.requests.iter().filter(is_write).map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    /// Returns the log lines that report an error.
    pub(crate) fn errors(&self) -> Vec<&str> {
        self.log.lines().filter(|line| line.starts_with("::error ")).collect()
    }

    /// Asserts that no secret is shown, in plain or encoded form: not in the log, except in the mask commands that tell
    /// the runner about it; not in a file that was written, such as those of outputs and summary; not in a request,
    /// except in the header that signs in.
    pub(super) fn assert_no_secret(&self, step: &Step<'_>, secrets: &[String]) {
        let unmasked = self.log.lines().filter(|line| !line.starts_with("::add-mask::"));
        assert_no_leak(secrets, "log", &unmasked.collect::<Vec<_>>().join("\n"));
        for (path, text) in texts_below(step.folder.path()) {
            if step.before.get(&path) != Some(&text) {
                assert_no_leak(secrets, &path.to_string_lossy(), &text);
            }
        }
        let mut sent = BTreeSet::new();
        for request in &self.requests {
            let Request { method, path, query, headers, body, .. } = request;
            sent.insert(format!("{method} {path}?{query} {}", body.clone().unwrap_or_default()));
            let headers = headers.iter().filter(|(name, _)| *name != "authorization");
            sent.extend(headers.map(|(name, value)| format!("{name}: {value}")));
        }
        let secrets: Vec<String> = secrets.iter().filter(|secret| !step.sent.contains(secret)).cloned().collect();
        assert_no_leak(&secrets, "requests", &sent.into_iter().collect::<Vec<_>>().join("\n"));
    }
}

/// Parses the file of outputs by the runner's rules.
fn parse_outputs(file: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = file.split('\n');
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let (name, delimiter) = line.split_once("<<").unwrap_or_else(|| panic!("no heredoc: {line}"));
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        let before = outputs.insert(name.to_owned(), value.join("\n"));
        assert!(before.is_none(), "output {name} is set twice");
    }
    outputs
}
