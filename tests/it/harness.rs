//! A step of a job: the real binary in a scrubbed environment, with real files for outputs and summary.
//!
//! Every run asserts that no secret is shown anywhere, in any form; a test can't forget to check.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fake_github::{APP_CLIENT_ID, FakeGitHub, WRITE_TOKEN, keys};
use proptest::test_runner::Config;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

mod leaks;
mod run;
mod snapshot;
mod spellings;

pub(crate) use leaks::assert_none as assert_no_leak;
pub(crate) use run::Run;
pub(crate) use snapshot::assert_run;
pub(crate) use spellings::{SECRETS, spellings};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_private-registries");

/// Names of inputs or variables with their values.
pub(crate) type Inputs<'a> = &'a [(&'a str, &'a str)];

/// A step to run: inputs, `env:`, and a checkout.
pub(crate) struct Step<'a> {
    github: Option<&'a FakeGitHub>,
    folder: TempDir,
    variables: BTreeMap<String, String>,
    /// The command line after the program's name.
    arguments: Vec<String>,
    /// A command line typed into a shell in the checkout, in place of the program and its arguments.
    typed: Option<String>,
    garbled: Vec<String>,
    secrets: Vec<String>,
    /// The secrets that may be sent to GitHub in the clear.
    sent: Vec<String>,
    /// The files of the step's folder before the run.
    before: BTreeMap<PathBuf, String>,
    /// The memory limit in MiB.
    memory: Option<u32>,
    /// Whether a fault prevents it from revoking the App's tokens.
    leaves_tokens: bool,
    /// The program that starts it.
    starter: Option<&'static str>,
}

impl<'a> Step<'a> {
    /// Creates a step as the Actions runner would start it, for the organization `acme`, with a write token.
    pub(crate) fn new(github: &'a FakeGitHub, operation: &str) -> Self {
        Self::offline(operation)
            .on(github)
            .env("GITHUB_API_URL", &github.url())
            .env("GITHUB_REPOSITORY_OWNER", "acme")
            .secret_input("token", WRITE_TOKEN)
    }

    /// Creates a step that knows no GitHub.
    pub(crate) fn offline(operation: &str) -> Self {
        let folder = TempDir::new().expect("a folder for the step");
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let variables = BTreeMap::from([
            ("GITHUB_ACTIONS".to_owned(), "true".to_owned()),
            ("GITHUB_OUTPUT".to_owned(), path("output")),
            ("GITHUB_STEP_SUMMARY".to_owned(), path("summary")),
            ("GITHUB_WORKSPACE".to_owned(), path("checkout")),
        ]);
        fs::create_dir(folder.path().join("checkout")).expect("a checkout");
        let step = Self {
            github: None,
            folder,
            variables,
            arguments: Vec::new(),
            typed: None,
            garbled: Vec::new(),
            secrets: Vec::new(),
            sent: Vec::new(),
            before: BTreeMap::new(),
            memory: None,
            leaves_tokens: false,
            starter: None,
        };
        step.with("operation", operation)
    }

    fn on(self, github: &'a FakeGitHub) -> Self {
        Self { github: Some(github), ..self }
    }

    /// Sets an input, in the runner's spelling.
    pub(crate) fn with(self, input: &str, value: &str) -> Self {
        self.env(&format!("INPUT_{}", input.to_uppercase()), value)
    }

    /// Adds arguments to the command line.
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Types a line into a shell in the checkout, without the runner's variables and inputs.
    pub(crate) fn typed(mut self, line: &str) -> Self {
        self.variables.retain(|name, _| !name.starts_with("GITHUB_") && !name.starts_with("INPUT_"));
        self.typed = Some(line.to_owned());
        let folder = Path::new(BINARY).parent().expect("a folder").display();
        self.env("PATH", &format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
    }

    /// Sets an input whose value must never be shown.
    pub(crate) fn secret_input(mut self, input: &str, value: &str) -> Self {
        self.secrets.push(value.to_owned());
        self.with(input, value)
    }

    /// Sets inputs; values of secret inputs must never be shown.
    pub(crate) fn inputs(self, inputs: Inputs) -> Self {
        inputs.iter().fold(self, |step, (input, value)| match *input {
            "secret" | "token" | "app-private-key" => step.secret_input(input, value),
            _ => step.with(input, value),
        })
    }

    /// Sets a variable of the step's `env:`.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets a variable whose value must never be shown.
    pub(crate) fn secret_env(mut self, name: &str, value: &str) -> Self {
        self.secrets.push(value.to_owned());
        self.env(name, value)
    }

    /// Sets variables whose values must never be shown.
    pub(crate) fn secrets(self, variables: Inputs) -> Self {
        variables.iter().fold(self, |step, (name, value)| step.secret_env(name, value))
    }

    /// Sets a variable to a value that is not valid Unicode.
    pub(crate) fn garbled_env(mut self, name: &str) -> Self {
        self.garbled.push(name.to_owned());
        self
    }

    /// Signs in as the App instead of with a token.
    pub(crate) fn signed_in_as_app(self) -> Self {
        let secrets = self.secrets.iter().filter(|secret| *secret != WRITE_TOKEN).cloned().collect();
        Self { secrets, ..self }
            .without("INPUT_TOKEN")
            .with("app-client-id", APP_CLIENT_ID)
            .secret_input("app-private-key", keys::APP)
    }

    /// Allows tokens of the App to be alive after the run, which is otherwise an error.
    pub(crate) fn that_can_not_revoke(self) -> Self {
        Self { leaves_tokens: true, ..self }
    }

    /// Adds another text that must never be shown.
    pub(crate) fn never_shows(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// Allows a secret to be sent to GitHub in the clear, since it is also given as something that is not secret.
    pub(crate) fn that_sends(mut self, secret: &str) -> Self {
        self.sent.push(secret.to_owned());
        self
    }

    /// Removes a variable.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Starts it by another program, such as `nohup`.
    pub(crate) fn started_by(self, program: &'static str) -> Self {
        Self { starter: Some(program), ..self }
    }

    /// Runs outside Actions, as in a terminal.
    pub(crate) fn in_terminal(self) -> Self {
        self.without("GITHUB_ACTIONS")
    }

    /// Limits the memory of the run, in MiB, where the system has a program for that.
    pub(crate) fn within_memory(self, mebibytes: u32) -> Self {
        Self { memory: Some(mebibytes), ..self }
    }

    /// Writes a manifest to its default path.
    pub(crate) fn manifest(self, yaml: &str) -> Self {
        self.file(".github/private-registries.yml", yaml)
    }

    /// Writes a file into the checkout.
    pub(crate) fn file(self, path: &str, content: &str) -> Self {
        let path = self.checkout().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Returns the folder of the checkout.
    pub(crate) fn checkout(&self) -> PathBuf {
        self.folder.path().join("checkout")
    }

    /// Starts the step and returns at once, for a test that interferes with the run.
    pub(crate) fn start(mut self) -> Running<'a> {
        self.before = texts_below(self.folder.path());
        if let Some(github) = self.github {
            github.clear_requests();
        }
        let mut command = match (&self.typed, self.memory.filter(|_| cfg!(target_os = "linux"))) {
            (Some(line), _) => {
                let mut command = Command::new("sh");
                command.args(["-ec", line]);
                command
            }
            (None, Some(mebibytes)) => {
                let mut command = Command::new("prlimit");
                command.arg(format!("--data={}", u64::from(mebibytes) << 20)).args(["--", BINARY]);
                command
            }
            (None, None) => match self.starter {
                Some(program) => {
                    let mut command = Command::new(program);
                    command.arg(BINARY);
                    command
                }
                None => Command::new(BINARY),
            },
        };
        let folder = if self.typed.is_some() { self.checkout() } else { self.folder.path().to_owned() };
        let child = command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .envs(self.garbled.iter().map(|name| (name, OsStr::from_bytes(b"\xff\xfe garbled"))))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        Running { step: self, child }
    }

    /// Runs the step to its end.
    pub(crate) fn run(self) -> Run {
        self.start().wait()
    }
}

/// A running step.
pub(crate) struct Running<'a> {
    step: Step<'a>,
    child: Child,
}

impl Running<'_> {
    /// Sends a signal, given by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let signal = match name {
            "TERM" => Signal::TERM,
            "INT" => Signal::INT,
            "HUP" => Signal::HUP,
            "QUIT" => Signal::QUIT,
            "KILL" => Signal::KILL,
            other => panic!("{other}?"),
        };
        kill_process(Pid::from_child(&self.child), signal).expect("the step is still running");
    }

    /// Allows tokens of the App to be alive after the run because GitHub refuses to revoke them.
    pub(crate) fn that_can_not_revoke(self) -> Self {
        Self { step: self.step.that_can_not_revoke(), ..self }
    }

    /// Waits for the end and checks that nothing leaked.
    pub(crate) fn wait(self) -> Run {
        let Self { step, child } = self;
        let output = child.wait_with_output().expect("the step ends");
        let run = Run::gather(&step, &output);
        // Every credential that was sent counts as a secret, including signatures and tokens of the App.
        let sent = run.requests.iter().filter_map(|request| request.token.clone());
        let issued = step.github.map(FakeGitHub::issued_tokens).unwrap_or_default();
        let issued = issued.into_iter().map(|issued| issued.token);
        let secrets: BTreeSet<String> = step.secrets.iter().cloned().chain(sent).chain(issued).collect();
        run.assert_no_secret(&step, &secrets.into_iter().collect::<Vec<_>>());
        let alive = step.github.map(FakeGitHub::live_tokens).unwrap_or_default();
        assert!(step.leaves_tokens || alive.is_empty(), "the App's tokens were not revoked: {alive:#?}\n{}", run.log);
        run
    }
}

/// Returns the text files below a folder, by their relative paths.
pub(crate) fn texts_below(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file()
                && let Ok(text) = fs::read_to_string(&path)
            {
                texts.insert(path.strip_prefix(root).unwrap_or(&path).to_owned(), text);
            }
        }
    }
    texts
}

/// Sets the number of cases, unless `PROPTEST_CASES` overrides it.
pub(crate) fn cases(number: u32) -> Config {
    let default = Config::default();
    let cases = if default.cases == 256 { number } else { default.cases };
    Config { cases, failure_persistence: None, ..default }
}
