//! A run over several organizations: the report of each, and what is true of all.

use std::collections::{BTreeMap, BTreeSet};

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

/// The most that the outputs of a job may have, in bytes:
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs>
const LARGEST_OUTPUT: usize = 1024 * 1024;
/// A run over several organizations.
#[derive(Debug, Default)]
pub struct Fleet {
    /// `None` when the input is no operation.
    pub operation: Option<Operation>,
    /// Whether an operation that writes was told not to.
    pub dry_run: bool,
    /// How the run as a whole ended, whatever came of its organizations.
    pub own_exit: Exit,
    /// The id of the plans of all organizations, once each has one.
    pub plan_id: Option<String>,
    /// What went wrong with the run as a whole.
    pub errors: Vec<Diagnostic>,
    /// What is likely to hurt, whatever the organization.
    pub warnings: Vec<Diagnostic>,
    /// What there is to say about all of them.
    pub facts: Vec<String>,
    /// The entries whose credentials end on a known day, with their organization, as far as the manifests say it.
    pub expiring: Vec<(String, Expiring)>,
    /// Whether the whole `result` document is kept, however large it becomes.
    keeps_result: bool,
    /// In the order in which they were named.
    organizations: Vec<Ended>,
    /// How many bytes their documents have.
    size: usize,
    /// Where the App is installed, if that was the question.
    pub installations: Option<Vec<Installation>>,
}

/// An organization that the App was looked for in.
#[derive(Clone, Debug, Serialize)]
pub struct Installation {
    /// Its name.
    pub organization: String,
    /// Whether the App can work there.
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

/// The documents of organizations, or where the App is installed.
#[derive(Serialize)]
#[serde(untagged)]
enum Organizations<'a> {
    Documents(Vec<&'a RawValue>),
    Installations(&'a [Installation]),
}

/// Whether the documents of organizations are kept, if together they have `size` bytes. No output can hold more than
/// 1 MiB, and those of three hundred organizations take some megabytes.
pub const fn keeps_documents(size: usize, keeps_result: bool) -> bool {
    size <= LARGEST_OUTPUT || keeps_result
}

impl Fleet {
    /// A run without organizations. With `keeps_result`, the whole `result` document is kept, however large it becomes.
    pub fn new(operation: Operation, dry_run: bool, keeps_result: bool) -> Self {
        Self { operation: Some(operation), dry_run, keeps_result, ..Self::default() }
    }

    /// Adds an organization that has ended.
    pub fn push(&mut self, ended: Ended) {
        self.size += ended.size;
        self.organizations.push(ended);
        if !keeps_documents(self.size, self.keeps_result) {
            self.organizations.iter_mut().for_each(Ended::drop_document);
        }
    }

    /// The organizations that have ended.
    pub fn organizations(&self) -> &[Ended] {
        &self.organizations
    }

    /// The same, to add facts.
    pub fn organizations_mut(&mut self) -> &mut [Ended] {
        &mut self.organizations
    }

    /// The whole reports, of those that have more to show than their outcome.
    pub(super) fn reports(&self) -> impl Iterator<Item = &Report> {
        self.organizations.iter().filter_map(|ended| ended.report.as_deref())
    }

    /// How the run ended: the worst of all.
    pub fn exit(&self) -> Exit {
        self.organizations.iter().fold(self.own_exit, |exit, ended| exit.worst(ended.exit))
    }

    /// Whether GitHub was changed anywhere, or would be.
    pub fn changed(&self) -> bool {
        self.organizations.iter().any(|ended| ended.changed)
    }

    /// Whether any organization differs from its manifest.
    pub fn drift(&self) -> Option<bool> {
        self.organizations.iter().filter_map(|ended| ended.drift).reduce(|one, other| one || other)
    }

    /// The sums of the counts.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut sums = Report::default().counts();
        for (name, count) in self.organizations.iter().flat_map(|ended| &ended.counts) {
            *sums.entry(name).or_default() += count;
        }
        sums
    }

    /// The environment variables that an apply needs, in any of them.
    pub fn needs(&self) -> Vec<String> {
        let needs: BTreeSet<&String> = self.organizations.iter().flat_map(|ended| &ended.needs).collect();
        needs.into_iter().cloned().collect()
    }

    /// The `result` document, as JSON; in short once the documents of organizations were too large to be kept.
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
            keeps_result: _,
            organizations,
            size: _,
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

    /// The outputs as far as they fit, and the names of those that were cut.
    pub fn outputs_that_fit(&self) -> (Vec<(&'static str, String)>, Vec<&'static str>) {
        // A document that is certainly too large is not made.
        let whole = Some(()).filter(|()| self.size <= LARGEST_OUTPUT).map(|()| self.result());
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

    /// Every output but `result`, in the order of the documentation.
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

    /// What ends in each organization. Where one was worked on, its report knows what its secrets told too.
    fn expiring(&self) -> Vec<(&str, &Expiring)> {
        if self.organizations.is_empty() {
            return self.expiring.iter().map(|(org, expiring)| (org.as_str(), expiring)).collect();
        }
        let organizations = self.organizations.iter();
        organizations.flat_map(|ended| ended.expiring.iter().map(|expiring| (ended.org.as_str(), expiring))).collect()
    }

    /// The organizations that the run was about, or in which the App can work.
    fn names(&self) -> Value {
        match &self.installations {
            Some(installations) => {
                let ok = installations.iter().filter(|installation| installation.state == "ok");
                ok.map(|installation| installation.organization.clone()).collect()
            }
            None => self.organizations.iter().map(|ended| ended.org.clone()).collect(),
        }
    }

    /// What each organization's operation shows, as objects by organization; a count is a sum.
    fn by_organization(&self) -> Vec<(&'static str, String)> {
        let mut objects: Vec<(&'static str, Map<String, Value>)> = Vec::new();
        let reports = self.reports();
        for (org, (name, value)) in reports.flat_map(|it| it.shown.values().into_iter().map(|value| (&it.org, value))) {
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

    /// Passes everything that comes from outside through `redact`, but for organizations: [`Ended::new`] has done it.
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
