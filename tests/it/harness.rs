//! A step of a job: the real binary in a scrubbed environment, with real files for outputs and summary.
//!
//! Every run asserts that no secret shows anywhere, in any form; a test can't forget it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use fake_github::{APP_CLIENT_ID, FakeGitHub, Request, WRITE_TOKEN, keys};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::leaks;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_private-registries");

/// Inputs with their values.
pub(crate) type Inputs<'a> = &'a [(&'a str, &'a str)];

/// A step to run: inputs, `env:`, and a checkout.
pub(crate) struct Step<'a> {
    github: Option<&'a FakeGitHub>,
    folder: TempDir,
    variables: BTreeMap<String, String>,
    /// The command line after the program's name.
    arguments: Vec<String>,
    /// What a person types into a shell in the checkout, in place of all that.
    typed: Option<String>,
    garbled: Vec<String>,
    secrets: Vec<String>,
    /// The most memory it may take, in MiB.
    memory: Option<u32>,
    /// Whether a fault keeps it from revoking the App's tokens.
    leaves_tokens: bool,
    /// The program that starts it.
    starter: Option<&'static str>,
}

impl<'a> Step<'a> {
    /// A step as the Actions runner would start it, for the organization `acme`, with a token that may write.
    pub(crate) fn new(github: &'a FakeGitHub, operation: &str) -> Self {
        Self::offline(operation)
            .on(github)
            .env("GITHUB_API_URL", &github.url())
            .env("GITHUB_REPOSITORY_OWNER", "acme")
            .secret_input("token", WRITE_TOKEN)
    }

    /// A step that knows of no GitHub.
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
        let (garbled, secrets) = (Vec::new(), Vec::new());
        let (github, memory, leaves_tokens, typed, starter) = (None, None, false, None, None);
        let step = Self {
            github,
            folder,
            variables,
            arguments: vec![],
            typed,
            garbled,
            secrets,
            memory,
            leaves_tokens,
            starter,
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

    /// Has a person type a line into a shell in the checkout, where nothing is known of a runner or its inputs.
    pub(crate) fn typed(mut self, line: &str) -> Self {
        self.variables.retain(|name, _| !name.starts_with("GITHUB_") && !name.starts_with("INPUT_"));
        self.typed = Some(line.to_owned());
        let folder = Path::new(BINARY).parent().expect("a folder").display();
        self.env("PATH", &format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
    }

    /// Sets an input whose value must never show.
    pub(crate) fn secret_input(mut self, input: &str, value: &str) -> Self {
        self.secrets.push(value.to_owned());
        self.with(input, value)
    }

    /// Sets a variable of the step's `env:`.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets a variable whose value must never show.
    pub(crate) fn secret_env(mut self, name: &str, value: &str) -> Self {
        self.secrets.push(value.to_owned());
        self.env(name, value)
    }

    /// Sets a variable to what is no Unicode.
    pub(crate) fn garbled_env(mut self, name: &str) -> Self {
        self.garbled.push(name.to_owned());
        self
    }

    /// Signs in as the App instead.
    pub(crate) fn signed_in_as_app(self) -> Self {
        let secrets = self.secrets.iter().filter(|secret| *secret != WRITE_TOKEN).cloned().collect();
        Self { secrets, ..self }
            .without("INPUT_TOKEN")
            .with("app-client-id", APP_CLIENT_ID)
            .secret_input("app-private-key", keys::APP)
    }

    /// Lets tokens of the App be alive after the run, which otherwise is an error.
    pub(crate) fn that_can_not_revoke(self) -> Self {
        Self { leaves_tokens: true, ..self }
    }

    /// Something else that must never show.
    pub(crate) fn never_shows(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// Takes a variable away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Has another program start it, such as `nohup`.
    pub(crate) fn started_by(self, program: &'static str) -> Self {
        Self { starter: Some(program), ..self }
    }

    /// Runs outside Actions, as in a person's terminal.
    pub(crate) fn in_terminal(self) -> Self {
        self.without("GITHUB_ACTIONS")
    }

    /// Lets it take so many MiB of memory and no more, where the system has a program for that.
    pub(crate) fn within_memory(self, mebibytes: u32) -> Self {
        Self { memory: Some(mebibytes), ..self }
    }

    /// Puts a manifest at its usual place.
    pub(crate) fn manifest(self, yaml: &str) -> Self {
        self.file(".github/private-registries.yml", yaml)
    }

    /// Puts a file into the checkout.
    pub(crate) fn file(self, path: &str, content: &str) -> Self {
        let path = self.checkout().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Where the repository is checked out.
    pub(crate) fn checkout(&self) -> PathBuf {
        self.folder.path().join("checkout")
    }

    /// Starts the step and lets it run, for a test that interferes.
    pub(crate) fn start(self) -> Running<'a> {
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

/// A step under way.
pub(crate) struct Running<'a> {
    step: Step<'a>,
    child: Child,
}

impl Running<'_> {
    /// Sends a signal, by its name without `SIG`.
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

    /// Lets tokens of the App be alive after the run: GitHub refuses to revoke them.
    pub(crate) fn that_can_not_revoke(self) -> Self {
        Self { step: self.step.that_can_not_revoke(), ..self }
    }

    /// Waits for the end and reads nothing of what it prints; returns the exit status.
    pub(crate) fn wait_unread(mut self) -> Option<i32> {
        self.child.wait().expect("the step ends").code()
    }

    /// Waits for the end, and checks that nothing leaked.
    pub(crate) fn wait(self) -> Run {
        let Self { step, child } = self;
        let output = child.wait_with_output().expect("the step ends");
        let run = Run::gather(&step, &output);
        // Whatever was sent as a credential is one: signatures and tokens of the App too.
        let sent = run.requests.iter().filter_map(|request| request.token.clone());
        let issued = step.github.map(FakeGitHub::issued_tokens).unwrap_or_default();
        let issued = issued.into_iter().map(|issued| issued.token);
        let secrets: BTreeSet<String> = step.secrets.iter().cloned().chain(sent).chain(issued).collect();
        run.assert_no_secret(&secrets.into_iter().collect::<Vec<_>>());
        let alive = step.github.map(FakeGitHub::live_tokens).unwrap_or_default();
        assert!(step.leaves_tokens || alive.is_empty(), "the App's tokens were not revoked: {alive:#?}\n{}", run.log);
        run
    }
}

/// What a step left behind.
pub(crate) struct Run {
    /// The exit status.
    pub(crate) status: Option<i32>,
    /// Standard output, then standard error.
    pub(crate) log: String,
    /// By name.
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
    pub(crate) requests: Vec<Request>,
    /// The files of the checkout, for a look at what the step wrote there.
    pub(crate) files: BTreeMap<PathBuf, String>,
    api_url: String,
    folder: String,
}

impl Run {
    fn gather(step: &Step<'_>, output: &Output) -> Self {
        let read = |name: &str| fs::read_to_string(step.folder.path().join(name)).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut files = BTreeMap::new();
        collect(&step.checkout(), &step.checkout(), &mut files);
        Self {
            status: output.status.code(),
            log: text(&output.stdout) + &text(&output.stderr),
            outputs: parse_outputs(&read("output")),
            summary: read("summary"),
            requests: step.github.map(FakeGitHub::requests).unwrap_or_default(),
            files,
            api_url: step.github.map(FakeGitHub::url).unwrap_or_default(),
            folder: step.folder.path().to_string_lossy().into_owned(),
        }
    }

    /// An output; a missing one is empty, as in a workflow.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The `result` document.
    pub(crate) fn result(&self) -> Value {
        serde_json::from_str(self.output("result")).expect("result is JSON")
    }

    /// The requests other than GETs, as `POST /orgs/acme/private-registries`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let is_write = |request: &&Request| request.method != "GET";
        self.requests.iter().filter(is_write).map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    /// The lines that say an error.
    pub(crate) fn errors(&self) -> Vec<&str> {
        self.log.lines().filter(|line| line.starts_with("::error ")).collect()
    }

    /// Everything that a person or a workflow sees, and what GitHub was asked.
    pub(crate) fn snapshot(&self) -> String {
        let mut text = format!("exit status {}\n", self.status.map_or("none".to_owned(), |status| status.to_string()));
        let _ = write!(text, "\n── log\n{}", self.log);
        text.push_str("\n── outputs\n");
        for (name, value) in &self.outputs {
            let pretty =
                serde_json::from_str::<Value>(value).ok().filter(|value| value.is_object() || value.is_array());
            let value = pretty.map_or_else(|| value.clone(), |value| format!("{value:#}"));
            let _ = writeln!(text, "{name}={value}");
        }
        let _ = write!(text, "\n── summary\n{}", self.summary);
        text.push_str("\n── requests\n");
        // GETs that go at once arrive in any order.
        for requests in self.requests.chunk_by(|one, other| one.method == "GET" && other.method == "GET") {
            let mut lines: Vec<String> = requests.iter().map(ToString::to_string).collect();
            lines.sort();
            text.extend(lines.iter().map(|line| format!("{line}\n")));
        }
        self.scrubbed(&text)
    }

    /// What a person reads who has nothing but the log.
    pub(crate) fn told(&self) -> String {
        let status = self.status.map_or("none".to_owned(), |status| status.to_string());
        self.scrubbed(&format!("{}\nexit status {status}\n", self.log.trim_end()))
    }

    /// A text without what differs from run to run.
    fn scrubbed(&self, text: &str) -> String {
        let host = self.api_url.trim_start_matches("http://").split('/').next().unwrap_or_default();
        let text = text.replace(&self.folder, "[folder]");
        if host.is_empty() { text } else { text.replace(host, "[host]").replace(&host.replace(':', "&#58;"), "[host]") }
    }

    /// No secret may show, neither as it is nor encoded. The mask commands are where the runner learns of it.
    fn assert_no_secret(&self, secrets: &[String]) {
        let unmasked = self.log.lines().filter(|line| !line.starts_with("::add-mask::"));
        leaks::assert_none(secrets, "log", &unmasked.collect::<Vec<_>>().join("\n"));
        leaks::assert_none(secrets, "summary", &self.summary);
        for (name, value) in &self.outputs {
            leaks::assert_none(secrets, name, value);
        }
    }
}

/// Reads the file of outputs by the runner's rules.
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

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.is_file()
            && let Ok(text) = fs::read_to_string(&path)
        {
            files.insert(path.strip_prefix(root).unwrap_or(&path).to_owned(), text);
        }
    }
}

/// Compares a run with its snapshot; what differs from run to run is replaced.
macro_rules! assert_run {
    ($run:expr) => { assert_run!(@ $run.snapshot(), |snapshot| insta::assert_snapshot!(snapshot)) };
    ($name:expr, $run:expr) => { assert_run!(@ $run.snapshot(), |snapshot| insta::assert_snapshot!($name, snapshot)) };
    (@ $text:expr, |$snapshot:ident| $assertion:expr) => {
        insta::with_settings!({
            omit_expression => true,
            prepend_module_to_snapshot => true,
            filters => vec![
                (r"\d{4}-\d\d-\d\dT\d\d(:|&#58;)\d\d(:|&#58;)\d\dZ", "[time]"),
                (r"\b[0-9a-f]{32}\b", "[plan-id]"),
                (r"waiting \d+\.\d s", "waiting [n] s"),
                (r"(?m)^::add-mask::-----BEGIN RSA PRIVATE KEY-----[^\n]*\n(?:::add-mask::[^\n]*\n)*?::add-mask::-----END[^\n]*$", "[masks of the key]"),
                (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "[jwt]"),
                (r"(?m)^::add-mask::[A-Za-z0-9_-]{342}$", "::add-mask::[signature]"),
                (r"FA4E(:|&#58;)\d{4}", "[request-id]"),
            ],
        }, {
            let $snapshot = $text;
            $assertion;
        })
    };
}
pub(crate) use assert_run;
