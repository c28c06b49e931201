//! What an operation finds, does and notices: told while it goes on, and returned as a report.

use super::failure::Failure;
use super::judge;
use crate::actions::Console;
use crate::diagnostics::{Diagnostic, Severity};
use crate::inputs::Inputs;
use crate::report::{Assessment, Report};

/// The report of an operation under way. It is only written to: nothing is decided by what it says.
pub(super) struct Journal {
    pub(super) console: Console,
    pub(super) report: Report,
}

impl Journal {
    pub(super) fn new(inputs: &Inputs, console: Console) -> Self {
        let report = Report {
            operation: Some(inputs.operation),
            org: inputs.org.clone(),
            dry_run: inputs.dry_run && inputs.operation.writes(),
            only_reports: inputs.only_reports(),
            ..Report::default()
        };
        Self { console, report }
    }

    /// Says what is worth knowing; what is likely to hurt is kept for the summary.
    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        self.console.tell(&diagnostic);
        if diagnostic.severity == Severity::Warning {
            self.report.warnings.push(diagnostic);
        }
    }

    pub(super) fn note_all(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.note(diagnostic));
    }

    /// Says a fact, and keeps it for the summary.
    pub(super) fn fact(&mut self, fact: String) {
        self.console.text(&fact);
        self.report.facts.push(fact);
    }

    /// Keeps what the rules say, and says what is worth knowing.
    ///
    /// # Errors
    /// The findings at `error`: they end the run before anything is written.
    pub(super) fn assess(&mut self, assessments: Vec<Assessment>) -> Result<(), Failure> {
        let (errors, others) = judge::diagnostics(&assessments);
        self.report.assessments = assessments;
        self.note_all(others);
        if errors.is_empty() { Ok(()) } else { Err(Failure::invalid(errors)) }
    }

    /// The report of the operation, which has ended.
    pub(super) fn end(self, ended: Result<(), Failure>) -> Report {
        match ended {
            Ok(()) => self.report,
            Err(Failure { exit, diagnostics }) => Report { exit, errors: diagnostics, ..self.report },
        }
    }
}
