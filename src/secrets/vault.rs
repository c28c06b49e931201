//! The secrets of a run. Each is read once, and masked before it is used.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::masks::basic;
use super::{Fit, OwnCredentials, Reference, SecretFacts, SecretSource, Template, fit, masks};
use crate::actions::{Console, Style};
use crate::diagnostics::Severity;
use crate::environment::Environment;

/// The secrets of a run. Everything else in the program knows only their sources.
pub struct Vault<'a> {
    environment: &'a Environment,
    console: &'a Console,
    /// The run's own credentials, which must not be sent to a registry.
    own: &'a OwnCredentials,
    /// The value of input `secret`.
    given: Option<&'a SecretString>,
    /// The values that the manifest refers to, by variable; an error if a variable can't be read.
    referred: BTreeMap<String, Result<Option<SecretString>, String>>,
}

impl std::fmt::Debug for Vault<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("variables", &self.referred.keys()).finish_non_exhaustive()
    }
}

impl<'a> Vault<'a> {
    /// Creates a vault that contains only the value of input `secret`, which is masked already.
    pub const fn new(
        environment: &'a Environment,
        console: &'a Console,
        own: &'a OwnCredentials,
        given: Option<&'a SecretString>,
    ) -> Self {
        Self { environment, console, own, given, referred: BTreeMap::new() }
    }

    /// Returns the style of the log that the values are masked in.
    pub const fn style(&self) -> Style {
        self.console.style()
    }

    /// Reads and masks the variables that sources refer to; each source comes with its username. A missing variable is
    /// not an error yet, because only `apply` needs the value.
    pub fn read<'s>(&mut self, sources: impl Iterator<Item = (&'s SecretSource, Option<&'s str>)>) {
        for (source, username) in sources {
            let SecretSource::Reference(Reference { template, location: _ }) = source else { continue };
            for variable in template.variables() {
                let read = || self.environment.secret(variable);
                let value = self.referred.entry(variable.clone()).or_insert_with(read);
                if let Ok(Some(value)) = value {
                    mask(self.console, value, username);
                }
            }
            if let Some(value) = self.filled(template).filter(|_| !template.is_plain()) {
                mask_composed(self.console, &value, username);
            }
        }
    }

    /// Returns the value to seal, with remarks about it; `None` if it is sealed already. Its `Basic` form with
    /// `username` is masked here, because the username may be known only from GitHub's answer.
    ///
    /// # Errors
    /// A remark for everything that is missing or unfit, never with the value.
    pub fn open(&self, source: &SecretSource, username: Option<&str>) -> Result<Option<Opened>, Vec<Remark>> {
        match source {
            SecretSource::Sealed(_) => Ok(None),
            SecretSource::Given => {
                // Input `secret` was checked with the other inputs.
                let value = self.given.cloned().ok_or_else(|| vec![Remark::missing("INPUT_SECRET")])?;
                mask(self.console, &value, username);
                Ok(Some(Opened { value, remarks: Vec::new() }))
            }
            SecretSource::Reference(reference) => self.open_reference(reference, username).map(Some),
        }
    }

    fn open_reference(
        &self,
        Reference { template, location: _ }: &Reference,
        username: Option<&str>,
    ) -> Result<Opened, Vec<Remark>> {
        let (mut values, mut remarks, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for variable in template.variables() {
            match self.fit_value(variable, username) {
                Ok(fit) => {
                    remarks.extend(fit.remarks(variable));
                    values.push(fit.value);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let value = template.fill(&values);
        if !template.is_plain() {
            mask_composed(self.console, &value, username);
        }
        Ok(Opened { value, remarks })
    }

    /// Returns the value of a variable, checked and ready to be stored.
    fn fit_value(&self, variable: &str, username: Option<&str>) -> Result<Fit, Remark> {
        let problem = |message| Remark::new(variable, Severity::Error, message);
        let value = self.referred(variable).map_err(problem)?.ok_or_else(|| Remark::missing(variable))?;
        mask(self.console, &value, username);
        self.own.refuse(&value).and_then(|()| fit(&value)).map_err(problem)
    }

    /// Returns the facts about a source's value, if the value is available.
    pub fn facts(&self, source: &SecretSource) -> Option<SecretFacts> {
        let value = match source {
            SecretSource::Sealed(_) => None,
            SecretSource::Given => self.given.and_then(|value| Some(fit(value).ok()?.value)),
            SecretSource::Reference(reference) => self.filled(&reference.template),
        };
        Some(SecretFacts::of(&value?))
    }

    /// Fills a template with the values of its variables, if all are available and fit to be stored. [`Vault::open`]
    /// reports those that are not.
    fn filled(&self, template: &Template) -> Option<SecretString> {
        let value = |variable: &String| Some(fit(&self.referred(variable).ok()??).ok()?.value);
        let values: Option<Vec<SecretString>> = template.variables().iter().map(value).collect();
        Some(template.fill(&values?))
    }

    fn referred(&self, variable: &str) -> Result<Option<SecretString>, String> {
        self.referred.get(variable).cloned().unwrap_or(Ok(None))
    }
}

/// A secret to seal.
#[derive(Debug)]
pub struct Opened {
    /// The value.
    pub value: SecretString,
    /// Notices and warnings about it.
    pub remarks: Vec<Remark>,
}

/// A remark about the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The variable.
    pub variable: String,
    /// How severe it is.
    pub severity: Severity,
    /// What the remark says.
    pub what: What,
}

/// The content of a remark about the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The variable is not set.
    Missing,
    /// A message that continues after the name of the secret.
    Is(String),
}

impl Remark {
    /// Creates a remark with a message that continues after the name of the secret.
    pub fn new(variable: &str, severity: Severity, message: impl Into<String>) -> Self {
        Self { variable: variable.to_owned(), severity, what: What::Is(message.into()) }
    }

    fn missing(variable: &str) -> Self {
        Self { variable: variable.to_owned(), severity: Severity::Error, what: What::Missing }
    }
}

fn mask(console: &Console, value: &SecretString, username: Option<&str>) {
    for mask in masks(value, username) {
        console.mask(&mask);
    }
}

/// Masks a composed secret. A pair with a colon between may be sent in a `Basic` header, so that form is masked too.
fn mask_composed(console: &Console, value: &SecretString, username: Option<&str>) {
    mask(console, value, username);
    console.mask(&basic(value));
}
