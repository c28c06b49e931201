//! Collects what an operation finds and does. It prints to the log while the operation runs, and becomes its report.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::failure::Failure;
use super::judge::{self, Reported};
use super::notes::Notes;
use crate::actions::Console;
use crate::diagnostics::{Diagnostic, Severity};
use crate::inputs::Inputs;
use crate::report::{Assessment, Report};
use crate::secrets::SecretSource;

/// The report of a running operation. It is only written to: no code reads it to make a decision.
pub(super) struct Journal {
    pub(super) console: Console,
    pub(super) report: Report,
    /// The findings that were reported for all organizations together, and are not repeated.
    reported: Rc<Reported>,
    /// Whether the run has other organizations, so that each message must name its own.
    is_one_of_many: bool,
    notes: Notes,
}

impl Journal {
    /// Creates the journal for the only organization of a run. The name may be empty.
    pub(super) fn new(inputs: &Inputs, org: &str, console: Console) -> Self {
        let report = Report {
            operation: Some(inputs.operation),
            org: org.to_owned(),
            dry_run: inputs.dry_run && inputs.operation.writes(),
            only_reports: inputs.only_reports(),
            ..Report::default()
        };
        Self { console, report, reported: Rc::default(), is_one_of_many: false, notes: Notes::default() }
    }

    /// Creates the journal for one of several organizations.
    pub(super) fn of_many(inputs: &Inputs, org: &str, console: Console) -> Self {
        Self { is_one_of_many: true, ..Self::new(inputs, org, console) }
    }

    /// Excludes findings that were reported for all organizations together.
    pub(super) fn exclude(&mut self, reported: &Rc<Reported>) {
        self.reported = Rc::clone(reported);
    }

    fn print(&self, diagnostic: &Diagnostic) {
        if self.is_one_of_many {
            let message = format!("{}: {}", self.report.org, diagnostic.message);
            self.console.tell(&Diagnostic { message, ..diagnostic.clone() });
        } else {
            self.console.tell(diagnostic);
        }
    }

    /// Notes a diagnostic, to be printed later, unless it was noted before. A warning is also added to the report.
    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        let is_warning = diagnostic.severity == Severity::Warning;
        if self.notes.add(diagnostic.clone()) && is_warning {
            self.report.warnings.push(diagnostic);
        }
    }

    /// Prints what was noted and not printed yet, the most severe first. This is done before the first write and at the
    /// end.
    pub(super) fn print_notes(&mut self) {
        let mut notes = std::mem::take(&mut self.notes);
        notes.print(|diagnostic| self.print(diagnostic));
        self.notes = notes;
    }

    pub(super) fn note_all(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.note(diagnostic));
    }

    /// Prints a fact and adds it to the report.
    pub(super) fn fact(&mut self, fact: String) {
        self.console.text(&fact);
        self.report.facts.push(fact);
    }

    /// Adds the variables that an apply needs to the report, and prints them. With several organizations, they are
    /// printed together at the end of the run.
    pub(super) fn need<'a>(&mut self, sources: impl Iterator<Item = &'a SecretSource>) {
        let variables = |source: &'a SecretSource| match source {
            SecretSource::Reference(reference) => reference.template.variables(),
            SecretSource::Given | SecretSource::Sealed(_) => &[],
        };
        let needs: BTreeSet<&String> = sources.flat_map(variables).collect();
        self.report.needs = needs.into_iter().cloned().collect();
        if !self.is_one_of_many {
            print_needs(&self.console, &self.report.needs);
        }
    }

    /// Reports whether the run has other organizations.
    pub(super) const fn is_one_of_many(&self) -> bool {
        self.is_one_of_many
    }

    /// Adds the results of the rules to the report, and notes the findings.
    ///
    /// # Errors
    /// The findings at level `error`, which end the run before anything is written.
    pub(super) fn assess(&mut self, assessments: Vec<Assessment>) -> Result<(), Failure> {
        let (errors, others) = judge::diagnostics(assessments.iter(), &self.reported);
        self.report.assessments = assessments;
        self.note_all(others);
        if errors.is_empty() { Ok(()) } else { Err(Failure::invalid(errors)) }
    }

    /// Adds the outcome of the operation to the report, and prints what was not printed yet.
    pub(super) fn end(&mut self, ended: Result<(), Failure>) {
        if self.report.harmless().any(|text| self.console.hides(&text)) {
            let message = "a secret also occurs as ordinary text, because it is a word or very short: this run shows *** \
                           wherever that text occurs. Choose a longer secret that is not a word";
            self.note(Diagnostic::warning("Secret", message));
        }
        if let Err(Failure { exit, diagnostics }) = ended {
            self.report.exit = exit;
            for diagnostic in &diagnostics {
                self.notes.add(diagnostic.clone());
            }
            self.report.errors.extend(diagnostics);
        }
        self.print_notes();
    }
}

/// Prints the variables that an apply needs, if any.
pub(super) fn print_needs(console: &Console, variables: &[String]) {
    if !variables.is_empty() {
        console.text(&format!("An apply needs these environment variables: {}", variables.join(", ")));
    }
}
