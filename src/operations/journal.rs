//! What an operation finds, does and notices: told while it goes on, and returned as a report.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::failure::Failure;
use super::judge::{self, Told};
use super::notes::Notes;
use crate::actions::Console;
use crate::diagnostics::{Diagnostic, Severity};
use crate::inputs::Inputs;
use crate::report::{Assessment, Report};
use crate::secrets::SecretSource;

/// The report of an operation under way. It is only written to: nothing is decided by what it says.
pub(super) struct Journal {
    pub(super) console: Console,
    pub(super) report: Report,
    /// The findings that the run has told for all organizations.
    told: Rc<Told>,
    /// Whether what is told must say which organization it is about.
    is_one_of_many: bool,
    notes: Notes,
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
        Self { console, report, told: Rc::default(), is_one_of_many: false, notes: Notes::default() }
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

    /// Keeps what is worth knowing, each once; what is likely to hurt is for the summary too.
    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        let is_warning = diagnostic.severity == Severity::Warning;
        if self.notes.add(diagnostic.clone()) && is_warning {
            self.report.warnings.push(diagnostic);
        }
    }

    /// Says what was noted, the most severe first: before the run writes, and at its end.
    pub(super) fn say(&mut self) {
        let mut notes = std::mem::take(&mut self.notes);
        notes.say(|diagnostic| self.tell(diagnostic));
        self.notes = notes;
    }

    pub(super) fn note_all(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.note(diagnostic));
    }

    /// Says a fact, and keeps it for the summary.
    pub(super) fn fact(&mut self, fact: String) {
        self.console.text(&fact);
        self.report.facts.push(fact);
    }

    /// Keeps which variables an apply will need, and says it unless all organizations are told together.
    pub(super) fn need<'a>(&mut self, sources: impl Iterator<Item = &'a SecretSource>) {
        let variables = |source: &'a SecretSource| match source {
            SecretSource::Reference(reference) => reference.template.variables(),
            SecretSource::Given | SecretSource::Sealed(_) => &[],
        };
        let needs: BTreeSet<&String> = sources.flat_map(variables).collect();
        self.report.needs = needs.into_iter().cloned().collect();
        if !self.is_one_of_many {
            tell_needs(&self.console, &self.report.needs);
        }
    }

    /// Whether this is one organization beside others.
    pub(super) const fn is_one_of_many(&self) -> bool {
        self.is_one_of_many
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

    /// Keeps how the operation ended, and says what is left to say.
    pub(super) fn end(&mut self, ended: Result<(), Failure>) {
        if self.report.harmless().any(|text| self.console.hides(&text)) {
            let message = "a secret is a word that stands elsewhere too, or is so short that it does: this run shows *** \
                           wherever that stands. Choose a longer secret that is not a word";
            self.note(Diagnostic::warning("Secret", message));
        }
        if let Err(Failure { exit, diagnostics }) = ended {
            self.report.exit = exit;
            for diagnostic in &diagnostics {
                self.notes.add(diagnostic.clone());
            }
            self.report.errors.extend(diagnostics);
        }
        self.say();
    }
}

/// Says which variables an apply needs.
pub(super) fn tell_needs(console: &Console, variables: &[String]) {
    if !variables.is_empty() {
        console.text(&format!("An apply needs these environment variables: {}", variables.join(", ")));
    }
}
