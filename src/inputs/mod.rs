//! The inputs, understood: the environment in, typed [`Inputs`] out, with every problem at once.

mod check;
mod raw;
mod task;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

pub use raw::input_names;
pub use task::{ManifestFile, Operation, Task, Work};

use crate::actions::{Level, Style};
use crate::environment::Environment;
use crate::proxy::{self, Proxies, Proxy};
use crate::roots::Roots;
use crate::secrets;
use check::Check;

/// What a run is to do, and where.
#[derive(Debug)]
pub struct Inputs {
    /// The operation with what it needs.
    pub work: Work,
    /// The organization; empty for `validate` when none is set.
    pub org: String,
    /// Report only.
    pub dry_run: bool,
    /// What is worth a warning or a notice.
    pub remarks: Vec<Remark>,
}

/// How to reach GitHub.
#[derive(Debug)]
pub struct Connection {
    /// The base, without a trailing slash.
    pub api_url: url::Url,
    /// `X-GitHub-Api-Version`.
    pub api_version: String,
    /// The authorities trusted besides the system's and the built-in ones.
    pub roots: Roots,
    /// What leads to the host, if it is not to be reached directly.
    pub proxy: Option<Box<Proxy>>,
    /// The credential.
    pub token: SecretString,
    /// The most that this run waits, in all.
    pub max_wait: Duration,
    /// Spacing of writes after the first ten.
    pub write_interval: Duration,
}

/// Something to tell the person about an input that is not wrong.
#[derive(Debug)]
pub struct Remark {
    /// Whether it is likely to hurt, or only worth knowing.
    pub level: Level,
    /// The whole sentence.
    pub message: String,
}

/// Something wrong with an input, or with another variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is about, such as "input `token`".
    pub subject: String,
    /// What is wrong, to be read after the subject.
    pub message: String,
}

impl Problem {
    fn new(input: &str, message: impl Into<String>) -> Self {
        Self { subject: format!("input `{input}`"), message: message.into() }
    }

    fn of_variable(variable: &str, message: impl Into<String>) -> Self {
        Self { subject: format!("environment variable {variable}"), message: message.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.subject, self.message)
    }
}

/// The inputs as they came: enough to say where and how to report, whatever is wrong with them.
#[derive(Debug)]
pub struct Unchecked {
    raw: raw::Raw,
    runner: raw::Runner,
    problems: Vec<Problem>,
    unknown: Vec<String>,
    /// Tokens and secrets in every spelling of their names, though only one can be meant.
    given_twice: Vec<SecretString>,
    proxies: Vec<SecretString>,
    proxy: Proxies,
    ssl_cert_file: Option<PathBuf>,
}

impl Unchecked {
    /// Reads the environment.
    pub fn read(environment: &Environment) -> Self {
        let (raw, runner, problems, unknown) = raw::read(environment);
        Self {
            raw,
            runner,
            problems,
            unknown,
            given_twice: raw::secrets(environment),
            proxies: proxy::passwords(environment),
            proxy: Proxies::read(environment),
            // The TLS library obeys it, but says nothing useful when it names no usable file.
            ssl_cert_file: environment.get("SSL_CERT_FILE").map(PathBuf::from),
        }
    }

    /// How to speak.
    pub fn style(&self) -> Style {
        match self.runner.actions.as_deref() {
            Some("true") => Style::Actions,
            _ => Style::Plain,
        }
    }

    /// What must be masked before anything else is printed.
    pub fn masks(&self) -> Vec<SecretString> {
        let Self { raw, runner: _, problems: _, unknown: _, given_twice, proxies, proxy: _, ssl_cert_file: _ } = self;
        let mut masks: Vec<SecretString> = raw.token.iter().flat_map(|token| secrets::masks(token, None)).collect();
        masks.extend(raw.secret.iter().flat_map(|secret| secrets::masks(secret, raw.username.as_deref())));
        masks.extend(given_twice.iter().flat_map(|secret| secrets::masks(secret, None)));
        masks.extend(proxies.iter().cloned());
        masks
    }

    /// The file for outputs.
    pub fn output(&self) -> Option<PathBuf> {
        self.runner.output.as_ref().map(PathBuf::from)
    }

    /// The file for the job summary.
    pub fn summary(&self) -> Option<PathBuf> {
        self.runner.step_summary.as_ref().map(PathBuf::from)
    }

    /// The file that `result-path` asks for.
    pub fn result_path(&self) -> Option<PathBuf> {
        self.raw.result_path.as_ref().map(|path| self.workspace().join(path))
    }

    /// The operation as far as it was understood.
    pub fn operation(&self) -> Option<Operation> {
        self.raw.operation.as_deref().map_or(Some(Operation::Plan), Operation::parse)
    }

    /// The organization, as far as it was said.
    pub fn org(&self) -> String {
        self.raw.org.as_ref().or(self.runner.repository_owner.as_ref()).cloned().unwrap_or_default()
    }

    /// What relative paths start from.
    fn workspace(&self) -> PathBuf {
        self.runner.workspace.as_ref().map_or_else(PathBuf::new, PathBuf::from)
    }

    /// Understands the inputs.
    ///
    /// # Errors
    /// Every problem, at once.
    pub fn check(self) -> Result<Inputs, Vec<Problem>> {
        Check::new(self).run()
    }
}
