//! What an operation finds, does and notices: told while it goes on, and returned as a report.

use std::rc::Rc;

use super::failure::Failure;
use super::judge::{self, Told};
use crate::actions::Console;
use crate::diagnostics::{Diagnostic, Severity};
use crate::inputs::Inputs;
use crate::report::{Assessment, Report};

/// The report of an operation under way. It is only written to: nothing is decided by what it says.
pub(super) struct Journal {
    pub(super) console: Console,
    pub(super) report: Report,
    /// The findings that the run has told for all organizations.
    told: Rc<Told>,
    /// Whether what is told must say which organization it is about.
    is_one_of_many: bool,
}

impl Journal {
    /// For the only organization of a run; the name may be empty.
    pub(super) fn new(inputs: &Inputs, org: &str, console: Console) -> Self {
        let report = Report {
            operation: Some(inputs.operation),
            org: org.to_owned(),
            dry_run: inputs.dry_run && inputs.operation.writes(),
            only_reports: inputs.only_reports(),
            ..Report::default()
        };
        Self { console, report, told: Rc::default(), is_one_of_many: false }
    }

    /// For one organization beside others.
    pub(super) fn of_many(inputs: &Inputs, org: &str, console: Console) -> Self {
        Self { is_one_of_many: true, ..Self::new(inputs, org, console) }
    }

    /// What has been told for all organizations is not told again.
    pub(super) fn has_told(&mut self, told: &Rc<Told>) {
        self.told = Rc::clone(told);
    }

    fn tell(&self, diagnostic: &Diagnostic) {
        if self.is_one_of_many {
            let message = format!("{}: {}", self.report.org, diagnostic.message);
            self.console.tell(&Diagnostic { message, ..diagnostic.clone() });
        } else {
            self.console.tell(diagnostic);
        }
    }

    /// Says what went wrong, which for the only organization of a run is said at its end.
    pub(super) fn tell_errors(&self) {
        self.report.errors.iter().for_each(|error| self.tell(error));
    }

    /// Says what is worth knowing; what is likely to hurt is kept for the summary.
    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        self.tell(&diagnostic);
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
        let (errors, others) = judge::diagnostics(assessments.iter(), &self.told);
        self.report.assessments = assessments;
        self.note_all(others);
        if errors.is_empty() { Ok(()) } else { Err(Failure::invalid(errors)) }
    }

    /// Keeps how the operation ended.
    pub(super) fn end(&mut self, ended: Result<(), Failure>) {
        if let Err(Failure { exit, diagnostics }) = ended {
            self.report.exit = exit;
            self.report.errors.extend(diagnostics);
        }
    }
}
