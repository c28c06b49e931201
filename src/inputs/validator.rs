//! Collects the problems of the inputs. Every check continues after a problem, so that all are reported together.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Operation;
use super::declaration::{Boolean, Given, Input};
use super::duration::duration;
use crate::desired::Complaint;
use crate::diagnostics::{Diagnostic, did_you_mean};

/// The problems and remarks found so far.
#[derive(Debug, Default)]
pub(super) struct Validator {
    pub(super) problems: Vec<Diagnostic>,
    pub(super) remarks: Vec<Diagnostic>,
    /// The inputs that were set but can't be read. They are wrong, not missing.
    pub(super) unread: BTreeSet<String>,
}

impl Validator {
    /// Adds a problem with an input. The message follows its name.
    pub(super) fn problem(&mut self, input: &Input, message: impl Into<String>) {
        self.problems.push(of_input(&input.name(), message));
    }

    /// Adds the problem that an input is required, unless it was set but can't be read, which is a problem of its own.
    pub(super) fn missing(&mut self, input: &Input, message: impl Into<String>) {
        if !self.is_unread(&input.name()) {
            self.problem(input, message);
        }
    }

    /// Returns whether an input was set but can't be read.
    pub(super) fn is_unread(&self, name: &str) -> bool {
        self.unread.contains(name)
    }

    /// Adds a problem with an environment variable that is not an input.
    pub(super) fn variable(&mut self, name: &str, message: impl Into<String>) {
        let message = message.into();
        self.problems.push(Diagnostic::error("Input", format!("environment variable {name} {message}")));
    }

    /// Reports that an operation requires a GitHub App.
    pub(super) fn needs_app(&mut self, operation: Operation) {
        let message = format!("`{operation}` needs a GitHub App: set `app-client-id` and `app-private-key`");
        self.problems.push(Diagnostic::error("Input", message));
    }

    /// Adds complaints about a registry's fields, each as a problem with the input of that name.
    pub(super) fn complain(&mut self, complaints: impl IntoIterator<Item = Complaint>) {
        for Complaint { field, message } in complaints {
            self.problems.push(of_input(&field.replace('_', "-"), message));
        }
    }

    /// Adds a warning about something valid but risky.
    pub(super) fn warning(&mut self, message: String) {
        self.remarks.push(Diagnostic::warning("Input", message));
    }

    /// Adds a notice.
    pub(super) fn notice(&mut self, message: String) {
        self.remarks.push(Diagnostic::notice("Input", message));
    }

    pub(super) fn boolean(&mut self, given: &Given<'_, Boolean>) -> Option<bool> {
        match given.text()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            other => {
                let allowed = ["true", "True", "TRUE", "false", "False", "FALSE"];
                self.problem(given.input, not_one_of(other, &allowed));
                None
            }
        }
    }

    pub(super) fn number(&mut self, given: &Given<'_>) -> Option<usize> {
        let text = given.text()?;
        let number = text.parse();
        if number.is_err() {
            self.problem(given.input, format!("is not a whole number of 0 or more: `{}`", text.escape_debug()));
        }
        number.ok()
    }

    /// Parses a number with a unit.
    pub(super) fn duration(&mut self, given: &Given<'_>) -> Option<Duration> {
        let text = given.text()?;
        let duration = duration(text);
        if duration.is_none() {
            let shown = text.escape_debug();
            let message =
                format!("is not a duration: `{shown}`; write a number followed by s, m, h or d, like 30s or 10m");
            self.problem(given.input, message);
        }
        duration
    }

    /// Parses one of a fixed list of words.
    pub(super) fn word<T>(
        &mut self,
        given: &Given<'_>,
        parse: impl Fn(&str) -> Option<T>,
        allowed: &[&str],
    ) -> Option<T> {
        let text = given.text()?;
        let word = parse(text);
        if word.is_none() {
            self.problem(given.input, not_one_of(text, allowed));
        }
        word
    }

    /// Rejects control characters. No field of a registry has a line break, so one was probably pasted by accident.
    pub(super) fn on_one_line(&mut self, given: &Given<'_>) {
        if given.value.is_some_and(|value| value.chars().any(char::is_control)) {
            self.problem(given.input, "has a line break or another control character inside");
        }
    }
}

pub(super) fn not_one_of(text: &str, allowed: &[&str]) -> String {
    let hint = did_you_mean(text, allowed.iter().copied());
    format!("is `{}`, which is none of: {}{hint}", text.escape_debug(), allowed.join(", "))
}

/// Creates an error about an input. The message follows its name.
pub(super) fn of_input(name: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Input", format!("input `{name}` {}", message.into()))
}
