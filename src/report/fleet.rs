//! The report of a run over several organizations: the outcome of each, and what concerns the run as a whole.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::ended::Ended;
use super::expiring::{self, Expiring};
use super::result::{json, texts};
use super::shown::output;
use super::{Report, count_outputs};
use crate::diagnostics::Diagnostic;
use crate::exit::Exit;
use crate::inputs::Operation;

/// The limit for the outputs of a job, in bytes:
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs>
const LARGEST_OUTPUT: usize = 1024 * 1024;

/// The report of a run over several organizations.
#[derive(Debug, Default)]
pub struct Fleet {
    /// The operation; `None` if the input names none.
    pub operation: Option<Operation>,
    /// Whether this is a dry run of an operation that writes.
    pub dry_run: bool,
    /// How the run as a whole ended, regardless of its organizations.
    pub own_exit: Exit,
    /// The id of the plans of all organizations, if each has one.
    pub plan_id: Option<String>,
    /// The errors that concern no organization in particular.
    pub errors: Vec<Diagnostic>,
    /// The warnings that concern no organization in particular.
    pub warnings: Vec<Diagnostic>,
    /// Facts about the run as a whole, shown in the summary.
    pub facts: Vec<String>,
    /// The entries whose credentials expire on a known day according to the manifests, with their organizations.
    pub expiring: Vec<(String, Expiring)>,
    /// The account of the documents of organizations.
    documents: Rc<Documents>,
    /// The outcomes of the organizations, in the order of the run.
    organizations: Vec<Ended>,
    /// Where the App is installed; only for `organizations`.
    pub installations: Option<Vec<Installation>>,
}

/// Whether the App is installed in an organization.
#[derive(Clone, Debug, Serialize)]
pub struct Installation {
    /// The organization's name.
    pub organization: String,
    /// Whether the App can work there: `ok`, `suspended`, `permission-missing` or `not-installed`.
    pub state: &'static str,
}

/// The `result` document of several organizations.
#[derive(Serialize)]
struct FleetDocument<'a> {
    operation: Option<&'static str>,
    status: &'static str,
    errors: Vec<String>,
    warnings: Vec<String>,
    dry_run: bool,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<&'a str>,
    counts: BTreeMap<&'static str, usize>,
    organizations: Organizations<'a>,
}

/// `organizations` in the document: that of each, or for the operation of that name, where the App is installed.
#[derive(Serialize)]
#[serde(untagged)]
enum Organizations<'a> {
    Documents(Vec<&'a RawValue>),
    Installations(&'a [Installation]),
}

/// Decides whether the documents of organizations are kept. No output can hold more than 1 MiB, and the documents of three
/// hundred organizations take several.
#[derive(Debug, Default)]
pub struct Documents {
    /// Their size together, in bytes.
    size: Cell<usize>,
    /// Whether they are kept at any size.
    keeps_all: bool,
}

impl Documents {
    /// Counts a document, and returns it if it is kept.
    pub(super) fn keep(&self, document: Box<RawValue>) -> Option<Box<RawValue>> {
        self.size.set(self.size.get() + document.get().len());
        self.are_kept().then_some(document)
    }

    fn are_kept(&self) -> bool {
        self.fit_in_an_output() || self.keeps_all
    }

    fn fit_in_an_output(&self) -> bool {
        self.size.get() <= LARGEST_OUTPUT
    }
}

impl Fleet {
    /// Creates the report of a run without organizations. With `keeps_result`, the whole `result` document is kept,
    /// however large it becomes.
    pub fn new(operation: Operation, dry_run: bool, keeps_result: bool) -> Self {
        let documents = Rc::new(Documents { keeps_all: keeps_result, ..Documents::default() });
        Self { operation: Some(operation), dry_run, documents, ..Self::default() }
    }

    /// Returns the account of the documents of organizations.
    pub fn documents(&self) -> &Rc<Documents> {
        &self.documents
    }

    /// Adds an organization that has ended.
    pub fn push(&mut self, ended: Ended) {
        self.organizations.push(ended);
        if !self.documents.are_kept() {
            self.organizations.iter_mut().for_each(Ended::drop_document);
        }
    }

    /// Returns the organizations that have ended.
    pub fn organizations(&self) -> &[Ended] {
        &self.organizations
    }

    /// Returns the organizations that have ended, so that facts can be added.
    pub fn organizations_mut(&mut self) -> &mut [Ended] {
        &mut self.organizations
    }

    /// Returns the reports of the organizations that have more to show than their outcome.
    pub(super) fn reports(&self) -> impl Iterator<Item = &Report> {
        self.organizations.iter().filter_map(|ended| ended.report.as_deref())
    }

    /// Returns the exit status of the run: the worst of all organizations and the run as a whole.
    pub fn exit(&self) -> Exit {
        self.organizations.iter().fold(self.own_exit, |exit, ended| exit.worst(ended.exit))
    }

    /// Reports whether GitHub was changed in any organization, or would be.
    pub fn changed(&self) -> bool {
        self.organizations.iter().any(|ended| ended.changed)
    }

    /// Reports whether any organization differs from its manifest; `None` if that is not known of any.
    pub fn drift(&self) -> Option<bool> {
        self.organizations.iter().filter_map(|ended| ended.drift).reduce(|one, other| one || other)
    }

    /// Returns the sums of the counts.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut sums = Report::default().counts();
        for (name, count) in self.organizations.iter().flat_map(|ended| &ended.counts) {
            *sums.entry(name).or_default() += count;
        }
        sums
    }

    /// Returns the environment variables that an apply needs for any of the organizations.
    pub fn needs(&self) -> Vec<String> {
        let needs: BTreeSet<&String> = self.organizations.iter().flat_map(|ended| &ended.needs).collect();
        needs.into_iter().cloned().collect()
    }

    /// Returns the `result` document as JSON. It has the short documents of organizations if the whole ones were
    /// dropped.
    pub fn result(&self) -> String {
        self.result_of(|ended| ended.document.as_deref().unwrap_or(&ended.short))
    }

    fn result_of<'a>(&'a self, document: impl Fn(&'a Ended) -> &'a RawValue) -> String {
        let Self {
            operation,
            dry_run,
            own_exit: _,
            plan_id,
            errors,
            warnings,
            facts: _,
            expiring: _,
            documents: _,
            organizations,
            installations,
        } = self;
        let operation = operation.map(Operation::as_str);
        let documents = || Organizations::Documents(organizations.iter().map(document).collect());
        json(&FleetDocument {
            operation,
            status: self.exit().as_str(),
            errors: texts(errors),
            warnings: texts(warnings),
            dry_run: *dry_run,
            changed: self.changed(),
            drift: self.drift(),
            plan_id: plan_id.as_deref(),
            counts: self.counts(),
            organizations: installations.as_deref().map_or_else(documents, Organizations::Installations),
        })
    }

    /// Returns the outputs, and the names of those that were too large and were shortened or emptied.
    pub fn outputs_that_fit(&self) -> (Vec<(&'static str, String)>, Vec<&'static str>) {
        // A document that would certainly be too large is not created.
        let whole = self.documents.fit_in_an_output().then(|| self.result());
        let whole = whole.filter(|result| result.len() <= LARGEST_OUTPUT);
        let mut cut: Vec<&str> = whole.is_none().then_some("result").into_iter().collect();
        let mut outputs = self.outputs();
        outputs.push(("result", whole.unwrap_or_else(|| self.result_of(|ended| &ended.short))));
        for (name, value) in outputs.iter_mut().filter(|(_, value)| value.len() > LARGEST_OUTPUT) {
            value.clear();
            if !cut.contains(name) {
                cut.push(*name);
            }
        }
        (outputs, cut)
    }

    /// Returns every output except `result`, in the order of the documentation.
    fn outputs(&self) -> Vec<(&'static str, String)> {
        let mut outputs = vec![("status", self.exit().as_str().to_owned()), ("changed", self.changed().to_string())];
        outputs.extend(self.by_organization());
        if self.operation.is_some_and(Operation::reads_manifest) {
            outputs.push(("expiring", expiring::output_of_many(&self.expiring())));
        }
        if self.operation.is_some_and(Operation::follows_manifest) {
            outputs.extend(self.plan_id.clone().map(|id| ("plan-id", id)));
            outputs.extend(self.drift().map(|drift| ("drift", drift.to_string())));
            outputs.extend(count_outputs(&self.counts()));
        }
        if self.operation == Some(Operation::Check) || self.has_checks() {
            outputs.push(("checks", self.checked()));
        }
        outputs.push(("organizations", self.names().to_string()));
        outputs
    }

    /// Returns the expiring entries with their organizations. The reports also have the dates in secrets; until there
    /// are any, the manifests' dates are used.
    fn expiring(&self) -> Vec<(&str, &Expiring)> {
        if self.organizations.is_empty() {
            return self.expiring.iter().map(|(org, expiring)| (org.as_str(), expiring)).collect();
        }
        let organizations = self.organizations.iter();
        organizations.flat_map(|ended| ended.expiring.iter().map(|expiring| (ended.org.as_str(), expiring))).collect()
    }

    /// Returns the names of the organizations of the run; for `organizations`, of those where the App can work.
    fn names(&self) -> Value {
        match &self.installations {
            Some(installations) => {
                let ok = installations.iter().filter(|installation| installation.state == "ok");
                ok.map(|installation| installation.organization.clone()).collect()
            }
            None => self.organizations.iter().map(|ended| ended.org.clone()).collect(),
        }
    }

    /// Returns the outputs of the organizations' operations: objects by organization, or the sum of a count.
    fn by_organization(&self) -> Vec<(&'static str, String)> {
        let mut objects: Vec<(&'static str, Map<String, Value>)> = Vec::new();
        let reports = self.reports();
        for (org, (name, value)) in
            reports.flat_map(|report| report.shown.values().into_iter().map(|value| (&report.org, value)))
        {
            let index = objects.iter().position(|(other, _)| *other == name).unwrap_or_else(|| {
                objects.push((name, Map::new()));
                objects.len() - 1
            });
            objects[index].1.insert(org.clone(), value);
        }
        let summed = |(name, object): (&'static str, Map<String, Value>)| {
            let value = match name {
                "total-count" => Value::from(object.values().filter_map(Value::as_u64).sum::<u64>()),
                _ => Value::Object(object),
            };
            (name, output(&value))
        };
        objects.into_iter().map(summed).collect()
    }

    /// Passes all outside data through `redact`, except that of organizations, which [`Ended::new`] has redacted.
    pub fn redact(&mut self, redact: impl Fn(&str) -> String) {
        for diagnostic in self.errors.iter_mut().chain(&mut self.warnings) {
            *diagnostic = diagnostic.redact(&redact);
        }
        for (org, expiring) in &mut self.expiring {
            *org = redact(org);
            expiring.label = redact(&expiring.label);
        }
        for fact in &mut self.facts {
            *fact = redact(fact);
        }
    }
}
