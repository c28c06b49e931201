//! The inputs, understood: the environment in, typed [`Inputs`] out, with every problem at once.

mod check;
mod raw;
mod task;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

pub use raw::input_names;
pub use task::{ManifestFile, Operation, Task, Work};

use crate::actions::{Level, Note, Paths, Style};
use crate::environment::Environment;
use crate::nearest::{did_you_mean, nearest};
use crate::roots::Roots;
use crate::secrets::{self, OwnCredentials};
use check::Check;

const DEFAULT_MANIFEST: &str = ".github/private-registries.yml";

/// What a run is to do, and where.
#[derive(Debug)]
pub struct Inputs {
    /// The operation with what it needs.
    pub work: Work,
    /// The organization; empty for `validate` when none is set.
    pub org: String,
    /// Report only.
    pub dry_run: bool,
    /// What no registry is to get.
    pub own_credentials: OwnCredentials,
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

impl Remark {
    /// As it is told.
    pub fn note(&self) -> Note {
        Note::new("Input", self.message.as_str())
    }
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
            proxies: proxy_passwords(environment),
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
        let Self { raw, runner: _, problems: _, unknown: _, given_twice, proxies, ssl_cert_file: _ } = self;
        let mut masks: Vec<SecretString> = raw.token.iter().flat_map(|token| secrets::masks(token, None)).collect();
        masks.extend(raw.secret.iter().flat_map(|secret| secrets::masks(secret, raw.username.as_deref())));
        masks.extend(given_twice.iter().flat_map(|secret| secrets::masks(secret, None)));
        masks.extend(proxies.iter().cloned());
        masks
    }

    /// What no registry is to get.
    fn own_credentials(&self) -> OwnCredentials {
        OwnCredentials::new(self.raw.token.clone(), self.proxies.clone())
    }

    /// The files that the run writes, and those that it must not write over.
    pub fn paths(&self) -> Paths {
        let workspace = self.workspace();
        let ca_file = self.raw.ca_file.as_ref().map(|path| workspace.join(path));
        let mut read = vec![("input `manifest`", self.manifest_path())];
        read.extend(ca_file.map(|path| ("input `ca-file`", path)));
        read.extend(self.ssl_cert_file.clone().map(|path| ("environment variable SSL_CERT_FILE", path)));
        Paths {
            output: self.runner.output.as_ref().map(PathBuf::from),
            summary: self.runner.step_summary.as_ref().map(PathBuf::from),
            result: self.raw.result_path.as_ref().map(|path| workspace.join(path)),
            export: self.export_path().filter(|_| self.operation() == Some(Operation::Export)),
            checkout: workspace,
            read,
        }
    }

    /// The operation as far as it was understood.
    pub fn operation(&self) -> Option<Operation> {
        self.raw.operation.as_deref().map_or(Some(Operation::Plan), Operation::parse)
    }

    /// The organization, as far as it was said.
    pub fn org(&self) -> String {
        self.raw.org.as_ref().or(self.runner.repository_owner.as_ref()).cloned().unwrap_or_default()
    }

    /// Where the manifest is to be.
    fn manifest_path(&self) -> PathBuf {
        self.workspace().join(self.raw.manifest.as_deref().unwrap_or(DEFAULT_MANIFEST))
    }

    /// Where `export-path` asks for the manifest to be written.
    fn export_path(&self) -> Option<PathBuf> {
        self.raw.export_path.as_ref().map(|path| self.workspace().join(path))
    }

    /// What relative paths start from; empty for the working directory.
    fn workspace(&self) -> PathBuf {
        self.runner.workspace.as_ref().map_or_else(PathBuf::new, PathBuf::from)
    }

    /// What to warn about, whatever else is wrong: names that are no input, if the operation may go on with them.
    pub fn warnings(&self) -> Vec<String> {
        let unknown = self.unknown.iter().filter(|input| !self.stops_at(input));
        unknown.map(|input| Problem::new(&input.escape_debug().to_string(), no_input(input)).to_string()).collect()
    }

    /// Names that are nearly an input's: perhaps a guard, such as `dryrun`, that would not guard.
    fn misspelt(&self) -> Vec<Problem> {
        let misspelt = self.unknown.iter().filter(|input| self.stops_at(input));
        misspelt.map(|input| Problem::new(&input.escape_debug().to_string(), no_input(input))).collect()
    }

    /// Whether a name that is no input is too near to one for the operation to go on.
    fn stops_at(&self, unknown: &str) -> bool {
        self.operation().is_none_or(Operation::writes)
            && nearest(unknown, input_names().iter().map(String::as_str)).is_some()
    }

    /// Understands the inputs.
    ///
    /// # Errors
    /// Every problem, at once.
    pub fn check(self) -> Result<Inputs, Vec<Problem>> {
        Check::new(self).run()
    }
}

fn no_input(name: &str) -> String {
    format!("does not exist{}", did_you_mean(name, input_names().iter().map(String::as_str)))
}

/// The variables that name a proxy, whose url may carry a password.
const PROXY_VARIABLES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

fn proxy_passwords(environment: &Environment) -> Vec<SecretString> {
    let proxies = PROXY_VARIABLES.iter().filter_map(|variable| environment.secret(variable).ok().flatten());
    proxies
        .filter_map(|proxy| {
            let proxy = proxy.expose_secret();
            // Without a scheme it means http.
            let proxy = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
            url::Url::parse(&proxy).ok()
        })
        .filter_map(|url| url.password().map(|password| (url.username().to_owned(), password.to_owned())))
        .flat_map(|(username, password)| {
            let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            let decoded = decode(&password);
            let mut masks = secrets::masks(&SecretString::from(decoded.as_str()), Some(&decode(&username)));
            masks.extend((password != decoded).then(|| SecretString::from(password)));
            masks
        })
        .collect()
}
