//! Takes the secrets that a plan sends out of the vault. Each problem with a variable is reported once, with all the
//! entries that use it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use secrecy::SecretString;

use crate::actions::Style;
use crate::desired::Settings;
use crate::diagnostics::{Diagnostic, Location, Severity, listed};
use crate::plan::Plan;
use crate::secrets::{Opened, Remark, SecretSource, Vault, What};

/// Secrets that were taken out of the vault.
#[derive(Default)]
pub struct Secrets {
    /// The values, by the index of the change in the plan or, without a plan, of the entry.
    pub values: BTreeMap<usize, SecretString>,
    /// Warnings and notices about them.
    pub remarks: Vec<Diagnostic>,
    /// Those that are missing or not usable.
    pub problems: SecretProblems,
}

/// The secrets that are missing or not usable.
#[derive(Clone, Debug, Default)]
pub struct SecretProblems(Vec<Said>);

/// A remark about one variable, with the entries that use it.
#[derive(Clone, Debug)]
struct Said {
    remark: Remark,
    labels: Vec<String>,
    /// The first place that refers to it.
    location: Option<Location>,
    /// Whether the reader has a workflow or a terminal.
    style: Style,
}

/// A secret to take out of the vault.
pub struct Wanted<'a> {
    /// The index of the change in the plan or, without a plan, of the entry.
    pub index: usize,
    /// Where the secret comes from.
    pub source: &'a SecretSource,
    /// The user name that belongs to it.
    pub username: Option<&'a str>,
    /// The title of the configuration in messages.
    pub title: String,
}

/// Takes out of the vault every secret that the plan sends.
pub(super) fn open(plan: &Plan, vault: &Vault<'_>) -> Secrets {
    let sent = plan.changes.iter().enumerate().filter(|(_, change)| change.withheld.is_none());
    let wanted = sent.filter_map(|(index, change)| {
        let Settings { secret, .. } = change.settings()?;
        Some(Wanted { index, source: secret.as_ref()?, username: change.username.as_deref(), title: change.title() })
    });
    take(wanted, vault)
}

/// Takes secrets out of the vault.
pub fn take<'a>(wanted: impl Iterator<Item = Wanted<'a>>, vault: &Vault<'_>) -> Secrets {
    let mut secrets = Secrets::default();
    let mut said: Vec<Said> = Vec::new();
    for Wanted { index, source, username, title } in wanted {
        let remarks = match vault.open(source, username) {
            Ok(None) => continue,
            Ok(Some(Opened { value, remarks })) => {
                secrets.values.insert(index, value);
                remarks
            }
            Err(problems) => problems,
        };
        let location = match source {
            SecretSource::Reference(reference) => Some(&reference.location),
            SecretSource::Given | SecretSource::Sealed(_) => None,
        };
        for remark in remarks {
            let location = location.cloned();
            add(&mut said, Said { remark, labels: vec![title.clone()], location, style: vault.style() });
        }
    }
    let (problems, remarks): (Vec<Said>, Vec<Said>) =
        said.into_iter().partition(|said| said.remark.severity == Severity::Error);
    secrets.problems = SecretProblems(problems);
    secrets.remarks = remarks.iter().map(|said| said.diagnostic(true)).collect();
    secrets
}

/// Adds a remark, merged with an equal one about the same variable.
fn add(all: &mut Vec<Said>, new: Said) {
    let Some(known) = all.iter_mut().find(|said| said.remark == new.remark) else { return all.push(new) };
    let Said { remark: _, labels, location, style: _ } = new;
    known.labels.extend(labels.into_iter().filter(|label| !known.labels.contains(label)).collect::<Vec<_>>());
    known.location = known.location.take().into_iter().chain(location).min();
}

impl SecretProblems {
    /// Merges the problems of several plans, so that each variable is reported once.
    pub fn of_all(problems: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        problems.into_iter().flat_map(|Self(said)| said).for_each(|said| add(&mut all, said));
        Self(all)
    }

    /// Returns whether there are no problems.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the errors: if several secrets are missing, first one with everything to set, then one for each, in the
    /// order of the file.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let missing: Vec<&Said> = self.0.iter().filter(|said| said.is_missing()).collect();
        let variables: Vec<&str> = missing.iter().map(|said| said.variable()).collect();
        let block = missing.first().filter(|_| missing.len() > 1).map(|said| {
            let advice = match said.style {
                Style::Actions => format!("Add to this step:{}", env(&variables)),
                Style::Plain => format!("Set these environment variables: {}", variables.join(", ")),
            };
            Diagnostic::error("Secret", format!("{} secrets are missing. {advice}", missing.len()))
        });
        let is_one = missing.len() == 1;
        let mut each: Vec<Diagnostic> = self.0.iter().map(|said| said.diagnostic(is_one)).collect();
        each.sort_by(|one, other| one.location.cmp(&other.location));
        block.into_iter().chain(each).collect()
    }
}

impl Said {
    fn variable(&self) -> &str {
        &self.remark.variable
    }

    fn is_missing(&self) -> bool {
        self.remark.what == What::Missing
    }

    /// Returns the diagnostic. `is_one` says that no other variable is missing, so that it includes the lines to add.
    fn diagnostic(&self, is_one: bool) -> Diagnostic {
        let Self { remark: Remark { variable, severity, what }, labels, location, style } = self;
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let whose = format!("the secret of {}", listed(&labels));
        let message = match what {
            What::Is(message) => format!("{whose} ({variable}) {message}"),
            What::Missing => {
                let add = match style {
                    Style::Actions if is_one => format!(". Add to this step:{}", env(&[variable])),
                    Style::Actions | Style::Plain => String::new(),
                };
                format!("{whose} is missing: environment variable {variable} is not set, or empty{add}")
            }
        };
        Diagnostic { severity: *severity, ..Diagnostic::error("Secret", message) }.at(location.clone())
    }
}

/// Returns the lines that give a step its secrets.
fn env(variables: &[&str]) -> String {
    variables.iter().fold("\nenv:".to_owned(), |mut text, variable| {
        let _ = write!(text, "\n  {variable}: ${{{{ secrets.{variable} }}}}");
        text
    })
}
