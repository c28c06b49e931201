//! The secrets of a run: each is read once, and masked before anything else is done with it.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::masks::basic;
use super::{Fit, OwnCredentials, Reference, SecretFacts, SecretSource, Template, fit, masks};
use crate::actions::{Console, Style};
use crate::diagnostics::Severity;
use crate::environment::Environment;

/// The secrets of a run. Everybody else knows only where one comes from.
pub struct Vault<'a> {
    environment: &'a Environment,
    console: &'a Console,
    /// What no registry is to get.
    own: &'a OwnCredentials,
    /// The value of input `secret`.
    given: Option<&'a SecretString>,
    /// What the manifest refers to, by variable; an error where it can't be read.
    referred: BTreeMap<String, Result<Option<SecretString>, String>>,
}

impl std::fmt::Debug for Vault<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("variables", &self.referred.keys()).finish_non_exhaustive()
    }
}

impl<'a> Vault<'a> {
    /// A vault with nothing but the value of input `secret`, which the inputs have had masked.
    pub const fn new(
        environment: &'a Environment,
        console: &'a Console,
        own: &'a OwnCredentials,
        given: Option<&'a SecretString>,
    ) -> Self {
        Self { environment, console, own, given, referred: BTreeMap::new() }
    }

    /// How the run speaks: to a step of a workflow, or to a person.
    pub const fn style(&self) -> Style {
        self.console.style()
    }

    /// Reads what sources refer to, each with the username that it belongs to, and masks it. What is missing is no
    /// problem yet: only an apply needs it.
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

    /// The value to seal, with what there is to say of it; `None` when it is sealed already. Together with `username` it is
    /// masked in one more form, since GitHub may be the first to tell whom a secret belongs to.
    ///
    /// # Errors
    /// Says all that is missing or unfit, never the value.
    pub fn open(&self, source: &SecretSource, username: Option<&str>) -> Result<Option<Opened>, Vec<Remark>> {
        match source {
            SecretSource::Sealed(_) => Ok(None),
            SecretSource::Given => {
                // The inputs have looked at it.
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

    /// The value of one variable, fit to be stored.
    fn fit_value(&self, variable: &str, username: Option<&str>) -> Result<Fit, Remark> {
        let problem = |message| Remark::new(variable, Severity::Error, message);
        let value = self.referred(variable).map_err(problem)?.ok_or_else(|| Remark::missing(variable))?;
        mask(self.console, &value, username);
        self.own.refuse(&value).and_then(|()| fit(&value)).map_err(problem)
    }

    /// What the value behind a source tells, if it is at hand.
    pub fn facts(&self, source: &SecretSource) -> Option<SecretFacts> {
        let value = match source {
            SecretSource::Sealed(_) => None,
            SecretSource::Given => self.given.and_then(|value| Some(fit(value).ok()?.value)),
            SecretSource::Reference(reference) => self.filled(&reference.template),
        };
        Some(SecretFacts::of(&value?))
    }

    /// A template with the values of its variables, if all are at hand and fit to be stored. What is not is told when it
    /// is opened.
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
    /// What is worth knowing about it.
    pub remarks: Vec<Remark>,
}

/// Something to say of the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The variable.
    pub variable: String,
    /// How much it matters.
    pub severity: Severity,
    /// What there is to say.
    pub what: What,
}

/// What there is to say of the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// There is none.
    Missing,
    /// To be read after whose secret it is.
    Is(String),
}

impl Remark {
    /// A remark that is read after whose secret it is.
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

/// A pair with a colon between them is what a `Basic` header is made of.
fn mask_composed(console: &Console, value: &SecretString, username: Option<&str>) {
    mask(console, value, username);
    console.mask(&basic(value));
}
