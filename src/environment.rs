//! A snapshot of the process's environment and arguments. This is the only place that reads them, and it does so once.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// The environment variables and the arguments of the process. Any of them may be a secret, so `Debug` shows nothing.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    arguments: Vec<OsString>,
}

impl Environment {
    /// Reads the process's environment and its arguments.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that may read them")]
    pub fn of_process() -> Self {
        std::env::vars_os().collect::<Self>().with_arguments(std::env::args_os().skip(1))
    }

    /// Replaces the arguments, which do not include the program's name.
    #[must_use]
    pub fn with_arguments(self, arguments: impl IntoIterator<Item = OsString>) -> Self {
        Self { arguments: arguments.into_iter().collect(), ..self }
    }

    /// The arguments, without the program's name.
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// Returns a variable, unless it is not set or empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Returns the current time, or `SOURCE_DATE_EPOCH` (<https://reproducible-builds.org/specs/source-date-epoch/>) if
    /// that is later. So a test can choose a later day, while a build's own setting, which is in the past, can't make
    /// an expired credential look valid.
    pub fn now(&self) -> DateTime<Utc> {
        let epoch = self.get("SOURCE_DATE_EPOCH").and_then(OsStr::to_str).and_then(|seconds| seconds.parse().ok());
        let epoch = epoch.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        Utc::now().max(epoch.unwrap_or_default())
    }

    /// Returns the variables that are UTF-8 and whose name begins with `prefix`.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
            .filter(move |(name, _)| name.starts_with(prefix))
    }

    /// Returns the names of the variables that begin with `prefix` and whose value is not UTF-8.
    pub fn garbled(&self, prefix: &str) -> impl Iterator<Item = String> {
        self.variables
            .iter()
            .filter(|(_, value)| value.to_str().is_none())
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .filter(move |name| name.starts_with(prefix))
    }

    /// Returns a variable as a secret, or `None` if it is not set or empty.
    ///
    /// # Errors
    /// When its value is not UTF-8. The message follows the variable's name.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.to_str().ok_or_else(|| "is not valid UTF-8".to_owned())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_can_be_moved_on_and_not_back() {
        let now = |epoch: &str| Environment::from_iter([("SOURCE_DATE_EPOCH".into(), epoch.into())]).now();
        assert_eq!(now("4102444800").timestamp(), 4_102_444_800);
        let real = Utc::now();
        for other in ["0", "315532800", "", "soon", "-4102444800", "99999999999999999999", "9223372036854775807"] {
            assert!(now(other) >= real && (now(other) - real).num_minutes() < 1, "{other}");
        }
    }
}
