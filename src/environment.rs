//! A snapshot of what the process was given, its environment and its arguments: the only place that reads them, once.

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

    /// The time. `SOURCE_DATE_EPOCH` (<https://reproducible-builds.org/specs/source-date-epoch/>) moves it on and never
    /// back: so a test can be of another day, and a build's own setting, which is of the past, can't make a credential that
    /// has ended look as if it had not.
    pub fn now(&self) -> DateTime<Utc> {
        let epoch = self.get("SOURCE_DATE_EPOCH").and_then(OsStr::to_str).and_then(|seconds| seconds.parse().ok());
        let epoch = epoch.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        Utc::now().max(epoch.unwrap_or_default())
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
    /// When its value is no Unicode; to be read after its name.
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
