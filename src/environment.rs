//! A snapshot of what the process was given, its environment and its arguments: the only place that reads them, once.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use secrecy::SecretString;

/// The environment variables and the arguments of the process. Any of them may be a secret, so `Debug` shows nothing.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    arguments: Vec<OsString>,
}

impl Environment {
    /// Reads the process's environment and its arguments.
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn of_process() -> Self {
        std::env::vars_os().collect::<Self>().with_arguments(std::env::args_os().skip(1))
    }

    /// The same variables with these arguments, the program's name not among them.
    #[must_use]
    pub fn with_arguments(self, arguments: impl IntoIterator<Item = OsString>) -> Self {
        Self { arguments: arguments.into_iter().collect(), ..self }
    }

    /// The arguments, without the program's name.
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// One variable, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The variables that are Unicode and whose name begins with `prefix`.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
            .filter(move |(name, _)| name.starts_with(prefix))
    }

    /// The names that begin with `prefix` and whose value is no Unicode.
    pub fn garbled(&self, prefix: &str) -> impl Iterator<Item = String> {
        self.variables
            .iter()
            .filter(|(_, value)| value.to_str().is_none())
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .filter(move |name| name.starts_with(prefix))
    }

    /// One variable, as a secret. `Ok(None)` when it isn't there or empty.
    ///
    /// # Errors
    /// When its value is no Unicode.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.to_str().ok_or_else(|| format!("environment variable {name} is not valid UTF-8"))?;
        Ok(Some(SecretString::from(text)))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({} variables, {} arguments)", self.variables.len(), self.arguments.len())
    }
}

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().collect(), arguments: Vec::new() }
    }
}
