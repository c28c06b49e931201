//! The inputs as text, from the environment and the command line. They say where and how to report even if some of them
//! are wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Operation;
use super::app::AppInputs;
use super::checks::CheckInputs;
use super::connection::ConnectionInputs;
use super::declaration::{Group, Input};
use super::fallback;
use super::findings::FindingsInputs;
use super::flags::Flags;
use super::in_path;
use super::manifest::ManifestInputs;
use super::oidc::OidcInputs;
use super::organizations::{OrganizationsInputs, is_several};
use super::output::OutputInputs;
use super::pacing::PacingInputs;
use super::registry::RegistryInputs;
use super::runner::Runner;
use super::scope::ScopeInputs;
use super::target::TargetInputs;
use super::validator::of_input;
use crate::actions::{Paths, Style};
use crate::diagnostics::{Diagnostic, Severity, did_you_mean, nearest};
use crate::environment::Environment;
use crate::github::app::Key;
use crate::http::proxy::{self, Proxies};
use crate::secrets::{self, OwnCredentials};

/// Every group, in the order of the documentation.
pub const GROUPS: [Group; 12] = [
    TargetInputs::GROUP,
    OrganizationsInputs::GROUP,
    ConnectionInputs::GROUP,
    AppInputs::GROUP,
    RegistryInputs::GROUP,
    ScopeInputs::GROUP,
    OidcInputs::GROUP,
    ManifestInputs::GROUP,
    FindingsInputs::GROUP,
    CheckInputs::GROUP,
    PacingInputs::GROUP,
    OutputInputs::GROUP,
];

/// Inputs for the runner itself, which it passes on to every container action.
const RUNNERS_INPUTS: [&str; 2] = ["args", "entrypoint"];

/// Every input, in the order of the documentation.
pub fn all() -> impl Iterator<Item = &'static Input> {
    GROUPS.iter().flat_map(|group| group.inputs)
}

/// The inputs as text.
#[derive(Debug)]
pub struct RawInputs {
    pub(super) target: TargetInputs,
    pub(super) organizations: OrganizationsInputs,
    pub(super) connection: ConnectionInputs,
    pub(super) app: AppInputs,
    pub(super) registry: RegistryInputs,
    pub(super) scope: ScopeInputs,
    pub(super) oidc: OidcInputs,
    pub(super) manifest: ManifestInputs,
    pub(super) findings: FindingsInputs,
    pub(super) checks: CheckInputs,
    pub(super) pacing: PacingInputs,
    pub(super) output: OutputInputs,
    pub(super) runner: Runner,
    pub(super) now: DateTime<Utc>,
    /// The inputs that were set to something other than their fixed default.
    pub(super) given: Vec<&'static Input>,
    /// The names that are not an input.
    pub(super) unknown: Vec<String>,
    /// Problems with the environment and the command line themselves.
    pub(super) problems: Vec<Diagnostic>,
    /// Warnings about what is valid on the command line but probably a mistake.
    doubts: Vec<Diagnostic>,
    /// The variable that the token comes from, if it is not the input's own.
    fallback: Option<&'static str>,
    /// The inputs whose value is not UTF-8.
    garbled: BTreeSet<String>,
    /// The masks of the secret inputs in every spelling of their variables, although only one of them counts.
    spelled: Vec<SecretString>,
    proxies: Vec<SecretString>,
    /// The tokens that the environment holds besides the inputs, each with its variable.
    job_tokens: Vec<(String, SecretString)>,
}

impl RawInputs {
    /// Reads the environment and the command line, which takes precedence.
    pub fn read(environment: &Environment) -> Self {
        let flags = Flags::read(environment.arguments());
        let mut problems = flags.problems;
        let mut values = values(environment, &flags.values, &mut problems);
        let runner = runner(environment);
        let fallback = fallback::token(environment, &values, &runner, &mut problems);
        values.extend(fallback.map(|(_, token)| ("token".to_owned(), token)));
        let is_given = |input: &&Input| values.get(&input.name()).is_some_and(|value| *value != input.fixed());
        let is_unknown =
            |name: &&String| !all().any(|input| input.name() == **name) && !RUNNERS_INPUTS.contains(&name.as_str());
        Self {
            target: group(&values),
            organizations: group(&values),
            connection: group(&values),
            app: group(&values),
            registry: group(&values),
            scope: group(&values),
            oidc: group(&values),
            manifest: group(&values),
            findings: group(&values),
            checks: group(&values),
            pacing: group(&values),
            output: group(&values),
            runner,
            now: environment.now(),
            given: all().filter(is_given).collect(),
            unknown: values.keys().filter(is_unknown).cloned().collect(),
            problems,
            doubts: flags.warnings,
            fallback: fallback.map(|(variable, _)| variable),
            garbled: environment.garbled("INPUT_").map(|variable| input_name(&variable)).collect(),
            spelled: spelled_masks(environment),
            proxies: proxy::passwords(environment),
            job_tokens: OwnCredentials::job_tokens(environment),
        }
    }

    /// Returns the style of the log.
    pub fn style(&self) -> Style {
        if self.runner.is_actions() { Style::Actions } else { Style::Plain }
    }

    /// Returns everything that must be masked before anything else is printed.
    pub fn masks(&self) -> Vec<SecretString> {
        let token = self.connection.secret().map(|token| secrets::masks(token, None));
        let secret = self.registry.secret_and_username().map(|(secret, username)| secrets::masks(secret, username));
        let key = self.app.secret().map(Key::masks);
        let others = self.spelled.iter().chain(&self.proxies).cloned();
        token.into_iter().chain(key).chain(secret).flatten().chain(others).collect()
    }

    /// Returns the run's own credentials, which no registry may receive.
    pub(super) fn own_credentials(&self) -> OwnCredentials {
        let key = self.app.secret().map(Key::traces).unwrap_or_default();
        OwnCredentials::new(self.connection.secret().cloned(), key, self.proxies.clone(), self.job_tokens.clone())
    }

    /// Returns the files that the run writes, and those that it must not overwrite.
    pub fn paths(&self) -> Paths {
        let Self { connection, manifest, output, runner, .. } = self;
        let mut read = vec![("input `manifest`", manifest.path(runner))];
        read.extend(connection.ca_path(runner).map(|path| ("input `ca-file`", path)));
        read.extend(runner.ssl_cert_file.clone().map(|path| ("environment variable SSL_CERT_FILE", path)));
        Paths {
            output: runner.output.as_ref().map(PathBuf::from),
            summary: runner.step_summary.as_ref().map(PathBuf::from),
            result: output.result_file(runner),
            comment: output.summary_file(runner),
            export: self.only_export_file(),
            checkout: runner.workspace(),
            read,
        }
    }

    /// Returns the file of an export, if the run is for one organization.
    fn only_export_file(&self) -> Option<PathBuf> {
        let is_export = self.operation() == Some(Operation::Export);
        let file = self.manifest.export_file(&self.runner).filter(|_| is_export)?;
        let org = self.org();
        if is_several(&org) { None } else { in_path(&file, &org) }
    }

    /// Returns the operation, if it is valid.
    pub fn operation(&self) -> Option<Operation> {
        self.target.known_operation()
    }

    /// Returns the text of `org`, or of its default.
    pub fn org(&self) -> String {
        self.organizations.given(self.operation(), &self.runner)
    }

    /// Returns the warnings and notices to show whatever else is wrong: which token is used, and unknown inputs that do
    /// not stop the operation.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let needs_token = self.operation().is_none_or(Operation::needs_github);
        let fallback = self.fallback.filter(|_| needs_token);
        let token = fallback.map(|variable| Diagnostic::notice("Token", format!("using the token from {variable}")));
        let unknown = self.unknown.iter().filter(|name| !self.stops_at(name));
        let unknown = unknown.map(|name| Diagnostic { severity: Severity::Warning, ..no_input(name) });
        token.into_iter().chain(self.doubts.iter().cloned()).chain(unknown).collect()
    }

    /// Returns an error for each unknown name that is close to an input's. It could be a misspelt safeguard, such as
    /// `dryrun`.
    pub(super) fn misspelt(&self) -> impl Iterator<Item = Diagnostic> {
        self.unknown.iter().filter(|name| self.stops_at(name)).map(|name| no_input(name))
    }

    /// Returns the inputs that were set, but misspelt or not UTF-8. If the operation tolerates the misspelling, the
    /// intended input counts as missing instead.
    pub(super) fn unread(&self) -> BTreeSet<String> {
        let names: Vec<String> = all().map(Input::name).collect();
        let misspelt = self.unknown.iter().filter(|name| self.stops_at(name));
        let meant = misspelt.filter_map(|name| nearest(name, names.iter().map(String::as_str)));
        meant.map(str::to_owned).chain(self.garbled.iter().cloned()).collect()
    }

    /// Returns whether an unknown name is so close to an input's that the operation must stop.
    fn stops_at(&self, unknown: &str) -> bool {
        let names: Vec<String> = all().map(Input::name).collect();
        self.operation().is_none_or(Operation::writes) && nearest(unknown, names.iter().map(String::as_str)).is_some()
    }
}

fn no_input(name: &str) -> Diagnostic {
    let names: Vec<String> = all().map(Input::name).collect();
    let message = format!("does not exist{}", did_you_mean(name, names.iter().map(String::as_str)));
    of_input(&name.escape_debug().to_string(), message)
}

/// Collects the values by name. Empty ones are dropped, white space is trimmed except from the secret, both spellings
/// of a variable are merged, and a flag replaces its variable.
fn values<'a>(
    environment: &'a Environment,
    flags: &'a BTreeMap<String, String>,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, &'a str> {
    let garbled = environment.garbled("INPUT_").map(|variable| input_name(&variable));
    let garbled = garbled.filter(|name| !flags.contains_key(name));
    problems.extend(garbled.map(|name| of_input(&name, "is not valid UTF-8")));
    let mut values: BTreeMap<String, &str> = BTreeMap::new();
    for (variable, value) in environment.with_prefix("INPUT_") {
        let name = input_name(variable);
        let value = if name == "secret" { value } else { value.trim() };
        if value.is_empty() || flags.contains_key(&name) {
            continue;
        }
        match values.get(&name) {
            Some(other) if *other != value => {
                let upper = name.to_uppercase();
                let message =
                    format!("is set twice, as INPUT_{upper} and with underscores, to different values: unset one");
                problems.push(of_input(&name, message));
            }
            _ => drop(values.insert(name, value)),
        }
    }
    let flags = flags.iter().map(|(name, value)| (name.clone(), value.trim()));
    values.extend(flags.filter(|(_, value)| !value.is_empty()));
    values
}

fn input_name(variable: &str) -> String {
    variable.strip_prefix("INPUT_").unwrap_or(variable).to_lowercase().replace('_', "-")
}

/// Returns the masks of the secret inputs in every spelling of their variables. If two are set, it is unknown which one
/// is meant, and neither may be shown.
fn spelled_masks(environment: &Environment) -> Vec<SecretString> {
    let masks = |(variable, value): (&str, &str)| match input_name(variable).as_str() {
        "token" => secrets::masks(&value.trim().into(), None),
        "app-private-key" => Key::masks(&value.trim().into()),
        "secret" => secrets::masks(&value.into(), None),
        _ => Vec::new(),
    };
    environment.with_prefix("INPUT_").flat_map(masks).collect()
}

fn group<T: Default + DeserializeOwned>(values: &BTreeMap<String, &str>) -> T {
    from_variables("INPUT_", values.iter().map(|(name, value)| (format!("INPUT_{name}"), (*value).to_owned())))
}

fn runner(environment: &Environment) -> Runner {
    let variables = environment
        .with_prefix("GITHUB_")
        // The runner's variables are in upper case. A second spelling of one would set the same field twice.
        .filter(|(name, value)| !value.trim().is_empty() && !name.contains(char::is_lowercase))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ssl_cert_file = environment.get("SSL_CERT_FILE").map(PathBuf::from);
    Runner { ssl_cert_file, proxies: Proxies::read(environment), ..from_variables("GITHUB_", variables) }
}

/// Fills the fields of a struct. They are all optional text, so this can't fail; values are checked later.
fn from_variables<T: Default + for<'de> Deserialize<'de>>(
    prefix: &str,
    variables: impl Iterator<Item = (String, String)>,
) -> T {
    envy::prefixed(prefix).from_iter(variables).unwrap_or_default()
}
