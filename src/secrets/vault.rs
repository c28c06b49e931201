//! The secrets of a run: each is read once, and masked before anything else is done with it.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{Fit, OwnCredentials, Reference, SecretFacts, SecretSource, fit, masks};
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
            let SecretSource::Reference(Reference { variable, location: _ }) = source else { continue };
            let value = self.referred.entry(variable.clone()).or_insert_with(|| self.environment.secret(variable));
            if let Ok(Some(value)) = value {
                mask(self.console, value, username);
            }
        }
    }

    /// The value to seal, with what there is to say of it; `None` when it is sealed already. Together with `username` it is
    /// masked in one more form, since GitHub may be the first to tell whom a secret belongs to. `whose` is how a person
    /// knows the configuration.
    ///
    /// # Errors
    /// Says what is missing or unfit, never the value.
    pub fn open(
        &self,
        source: &SecretSource,
        username: Option<&str>,
        whose: &str,
    ) -> Result<Option<Opened>, Box<Diagnostic>> {
        let (value, reference) = match source {
            SecretSource::Sealed(_) => return Ok(None),
            SecretSource::Given => (Ok(self.given.cloned()), None),
            SecretSource::Reference(reference) => (self.referred(reference), Some(reference)),
        };
        let problem =
            |message| Box::new(Diagnostic::error("Secret", message).at(reference.map(|it| it.location.clone())));
        let variable = reference.map(|it| it.variable.as_str()).unwrap_or_default();
        let Some(value) = value.map_err(problem)? else { return Err(problem(missing(whose, variable))) };
        mask(self.console, &value, username);
        let Some(Reference { variable, location: _ }) = reference else {
            // The inputs have looked at it.
            return Ok(Some(Opened { value, remarks: Vec::new() }));
        };
        let whose = format!("the secret of `{whose}` ({variable})");
        let fit: Fit =
            self.own.refuse(&value).and_then(|()| fit(&value)).map_err(|error| problem(format!("{whose} {error}")))?;
        let remarks = fit.diagnostics("Secret", &whose).collect();
        Ok(Some(Opened { value: fit.value, remarks }))
    }

    /// What the value behind a source tells, if it is at hand.
    pub fn facts(&self, source: &SecretSource) -> Option<SecretFacts> {
        let value = match source {
            SecretSource::Sealed(_) => None,
            SecretSource::Given => self.given.cloned(),
            SecretSource::Reference(reference) => self.referred(reference).ok().flatten(),
        };
        // What is not fit to be stored is told as that.
        Some(SecretFacts::of(&fit(&value?).ok()?.value))
    }

    fn referred(&self, Reference { variable, location: _ }: &Reference) -> Result<Option<SecretString>, String> {
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

fn missing(whose: &str, variable: &str) -> String {
    format!(
        "the secret of `{whose}` is not there: environment variable {variable} is not set, or empty. Add to this \
         step:\nenv:\n  {variable}: ${{{{ secrets.{variable} }}}}"
    )
}
