//! What an operation finds, does and notices: told while it goes on, and returned as a report.

use std::collections::BTreeSet;

use super::failure::Failure;
use super::judge;
use crate::actions::Console;
use crate::diagnostics::{Diagnostic, Severity};
use crate::inputs::Inputs;
use crate::report::{Assessment, Report};
use crate::secrets::SecretSource;

/// The report of an operation under way. It is only written to: nothing is decided by what it says.
pub(super) struct Journal {
    pub(super) console: Console,
    pub(super) report: Report,
    /// What is to be said once the run is about to write, or has ended: the most severe first.
    pending: Vec<Diagnostic>,
    said: Vec<Diagnostic>,
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
        Self { console, report, pending: Vec::new(), said: Vec::new() }
    }

    /// Keeps what is worth knowing, each once; what is likely to hurt is for the summary too.
    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        if self.pending.contains(&diagnostic) || self.said.contains(&diagnostic) {
            return;
        }
        if diagnostic.severity == Severity::Warning {
            self.report.warnings.push(diagnostic.clone());
        }
        self.pending.push(diagnostic);
    }

    /// Says what was noted, the most severe first: before the run writes, and at its end.
    pub(super) fn say(&mut self) {
        self.pending.sort_by_key(|diagnostic| diagnostic.severity);
        self.pending.iter().for_each(|diagnostic| self.console.tell(diagnostic));
        self.said.append(&mut self.pending);
    }

    pub(super) fn note_all(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.note(diagnostic));
    }

    /// Says a fact, and keeps it for the summary.
    pub(super) fn fact(&mut self, fact: String) {
        self.console.text(&fact);
        self.report.facts.push(fact);
    }

    /// Says which variables an apply will need, and keeps them for the summary.
    pub(super) fn need<'a>(&mut self, sources: impl Iterator<Item = &'a SecretSource>) {
        let variables = |source: &'a SecretSource| match source {
            SecretSource::Reference(reference) => reference.template.variables(),
            SecretSource::Given | SecretSource::Sealed(_) => &[],
        };
        let needs: BTreeSet<&String> = sources.flat_map(variables).collect();
        self.report.needs = needs.into_iter().cloned().collect();
        if !self.report.needs.is_empty() {
            let names = self.report.needs.join(", ");
            self.console.text(&format!("An apply needs these environment variables: {names}"));
        }
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

    /// The report of the operation, which has ended. Everything that is left to say is said.
    pub(super) fn end(mut self, ended: Result<(), Failure>) -> Report {
        if self.report.harmless().any(|text| self.console.hides(&text)) {
            let message = "a secret is a word that stands elsewhere too, or is so short that it does: this run shows *** \
                           wherever that stands. Choose a longer secret that is not a word";
            self.note(Diagnostic::warning("Secret", message));
        }
        if let Err(Failure { exit, diagnostics }) = ended {
            self.report.exit = exit;
            self.report.errors = diagnostics;
            self.pending.extend(self.report.errors.iter().cloned());
        }
        self.say();
        self.report
    }
}
