//! Collects what is wrong with the inputs: every check goes on after a problem, so that all of them are reported together.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Operation;
use super::declaration::{Boolean, Given, Input};
use super::duration::duration;
use crate::desired::Complaint;
use crate::diagnostics::{Diagnostic, did_you_mean};

/// What has been found about the inputs so far.
#[derive(Debug, Default)]
pub(super) struct Validator {
    pub(super) problems: Vec<Diagnostic>,
    pub(super) remarks: Vec<Diagnostic>,
    /// Inputs that were given in a way that can't be read. They are wrong, not missing.
    pub(super) unread: BTreeSet<String>,
}

impl Validator {
    /// A problem with one input; the message is read after its name.
    pub(super) fn problem(&mut self, input: &Input, message: impl Into<String>) {
        self.problems.push(of_input(&input.name(), message));
    }

    /// That an input is required, unless it was given in a way that can't be read: that has its own problem.
    pub(super) fn missing(&mut self, input: &Input, message: impl Into<String>) {
        if !self.is_unread(&input.name()) {
            self.problem(input, message);
        }
    }

    /// Whether an input was given in a way that can't be read.
    pub(super) fn is_unread(&self, name: &str) -> bool {
        self.unread.contains(name)
    }

    /// A problem with another variable of the environment.
    pub(super) fn variable(&mut self, name: &str, message: impl Into<String>) {
        let message = message.into();
        self.problems.push(Diagnostic::error("Input", format!("environment variable {name} {message}")));
    }

    /// That an operation needs an App to sign in as.
    pub(super) fn needs_app(&mut self, operation: Operation) {
        let message = format!("`{operation}` needs a GitHub App: set `app-client-id` and `app-private-key`");
        self.problems.push(Diagnostic::error("Input", message));
    }

    /// Complaints about a registry's fields, each at the input of that name.
    pub(super) fn complain(&mut self, complaints: impl IntoIterator<Item = Complaint>) {
        for Complaint { field, message } in complaints {
            self.problems.push(of_input(&field.replace('_', "-"), message));
        }
    }

    /// Something valid but risky.
    pub(super) fn warning(&mut self, message: String) {
        self.remarks.push(Diagnostic::warning("Input", message));
    }

    /// Something worth knowing.
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
            self.problem(given.input, format!("is not a whole number from 0: `{}`", text.escape_debug()));
        }
        number.ok()
    }

    /// A number with its unit.
    pub(super) fn duration(&mut self, given: &Given<'_>) -> Option<Duration> {
        let text = given.text()?;
        let duration = duration(text);
        if duration.is_none() {
            let shown = text.escape_debug();
            let message = format!("is not a duration: `{shown}`; write a number and s, m, h or d, like 30s or 10m");
            self.problem(given.input, message);
        }
        duration
    }

    /// One of a closed list of words.
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

    /// No field of a registry has a line break: it was pasted along.
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

/// An error about one input; the message is read after its name.
pub(super) fn of_input(name: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Input", format!("input `{name}` {}", message.into()))
}
