//! The secrets of a run: each is read once, and masked before anything else is done with it.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::masks::basic;
use super::{Fit, OwnCredentials, Reference, SecretFacts, SecretSource, Template, fit, masks};
use crate::actions::Console;
use crate::diagnostics::Diagnostic;
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
    /// masked in one more form, since GitHub may be the first to tell whom a secret belongs to. `whose` is how a person
    /// knows the configuration.
    ///
    /// # Errors
    /// Says all that is missing or unfit, never the value.
    pub fn open(
        &self,
        source: &SecretSource,
        username: Option<&str>,
        whose: &str,
    ) -> Result<Option<Opened>, Vec<Diagnostic>> {
        match source {
            SecretSource::Sealed(_) => Ok(None),
            SecretSource::Given => {
                let Some(value) = self.given.cloned() else {
                    return Err(vec![Diagnostic::error("Secret", missing(whose, ""))]);
                };
                mask(self.console, &value, username);
                // The inputs have looked at it.
                Ok(Some(Opened { value, remarks: Vec::new() }))
            }
            SecretSource::Reference(reference) => self.open_reference(reference, username, whose).map(Some),
        }
    }

    fn open_reference(
        &self,
        Reference { template, location }: &Reference,
        username: Option<&str>,
        whose: &str,
    ) -> Result<Opened, Vec<Diagnostic>> {
        let (mut values, mut remarks, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for variable in template.variables() {
            match self.fit_value(variable, username, whose) {
                Ok(fit) => {
                    remarks.extend(fit.diagnostics("Secret", &of_variable(whose, variable)));
                    values.push(fit.value);
                }
                Err(message) => {
                    problems.push(Diagnostic::error("Secret", message).at(Some(location.clone())));
                }
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
    fn fit_value(&self, variable: &str, username: Option<&str>, whose: &str) -> Result<Fit, String> {
        let value = self.referred(variable)?.ok_or_else(|| missing(whose, variable))?;
        mask(self.console, &value, username);
        let fit = self.own.refuse(&value).and_then(|()| fit(&value));
        fit.map_err(|error| format!("{} {error}", of_variable(whose, variable)))
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
    pub remarks: Vec<Diagnostic>,
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

fn of_variable(whose: &str, variable: &str) -> String {
    format!("the secret of `{whose}` ({variable})")
}

fn missing(whose: &str, variable: &str) -> String {
    format!(
        "the secret of `{whose}` is not there: environment variable {variable} is not set, or empty. Add to this \
         step:\nenv:\n  {variable}: ${{{{ secrets.{variable} }}}}"
    )
}
