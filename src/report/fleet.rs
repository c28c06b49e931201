//! A run over several organizations: the report of each, and what is true of all.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

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
/// What a document of one organization keeps where the whole is too large.
const SHORT: [&str; 8] = ["operation", "status", "org", "changed", "drift", "plan_id", "counts", "errors"];

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
    /// In the order in which they were named.
    pub organizations: Vec<Report>,
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

/// Written one after another: the documents of all would take more room than the reports.
enum Organizations<'a> {
    Reports(&'a [Report]),
    /// No more than [`SHORT`] of each.
    Short(&'a [Report]),
    Installations(&'a [Installation]),
}

impl Serialize for Organizations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Reports(reports) => serializer.collect_seq(reports.iter().map(Report::document)),
            Self::Short(reports) => serializer.collect_seq(reports.iter().map(short)),
            Self::Installations(installations) => installations.serialize(serializer),
        }
    }
}

/// The document of one organization in short.
fn short(report: &Report) -> Value {
    let mut document = serde_json::to_value(report.document()).unwrap_or_default();
    if let Value::Object(fields) = &mut document {
        fields.retain(|field, _| SHORT.contains(&field.as_str()));
    }
    document
}

impl Fleet {
    /// How the run ended: the worst of all.
    pub fn exit(&self) -> Exit {
        self.organizations.iter().fold(self.own_exit, |exit, report| exit.worst(report.exit))
    }

    /// Whether GitHub was changed anywhere, or would be.
    pub fn changed(&self) -> bool {
        self.organizations.iter().any(Report::changed)
    }

    /// Whether any organization differs from its manifest.
    pub fn drift(&self) -> Option<bool> {
        self.organizations.iter().filter_map(Report::drift).reduce(|one, other| one || other)
    }

    /// The sums of the counts.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut sums = Report::default().counts();
        for (name, count) in self.organizations.iter().flat_map(Report::counts) {
            *sums.entry(name).or_default() += count;
        }
        sums
    }

    /// The environment variables that an apply needs, in any of them.
    pub fn needs(&self) -> Vec<String> {
        let needs: BTreeSet<&String> = self.organizations.iter().flat_map(|report| &report.needs).collect();
        needs.into_iter().cloned().collect()
    }

    /// The `result` document, as JSON.
    pub fn result(&self) -> String {
        self.result_with(Organizations::Reports)
    }

    /// The same within the limit of an output: where the whole is too large, what came of each organization in short.
    fn short_result(&self) -> String {
        self.result_with(Organizations::Short)
    }

    fn result_with<'a>(&'a self, reports: impl FnOnce(&'a [Report]) -> Organizations<'a>) -> String {
        let Self {
            operation,
            dry_run,
            own_exit: _,
            plan_id,
            errors,
            warnings,
            facts: _,
            expiring: _,
            organizations,
            installations,
        } = self;
        let operation = operation.map(Operation::as_str);
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
            organizations: installations
                .as_deref()
                .map_or_else(|| reports(organizations), Organizations::Installations),
        })
    }

    /// The outputs as far as they fit, and the names of those that were cut.
    pub fn outputs_that_fit(&self) -> (Vec<(&'static str, String)>, Vec<&'static str>) {
        let mut outputs = self.outputs();
        let mut cut = Vec::new();
        for (name, value) in outputs.iter_mut().filter(|(_, value)| value.len() > LARGEST_OUTPUT) {
            cut.push(*name);
            *value = if *name == "result" { self.short_result() } else { String::new() };
            if value.len() > LARGEST_OUTPUT {
                value.clear();
            }
        }
        (outputs, cut)
    }

    /// Every output, in the order of the documentation.
    pub fn outputs(&self) -> Vec<(&'static str, String)> {
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
        outputs.push(("result", self.result()));
        outputs
    }

    /// What ends in each organization. Where one was worked on, its report knows what its secrets told too.
    fn expiring(&self) -> Vec<(&str, &Expiring)> {
        if self.organizations.is_empty() {
            return self.expiring.iter().map(|(org, expiring)| (org.as_str(), expiring)).collect();
        }
        let reports = self.organizations.iter();
        reports.flat_map(|report| report.expiring.iter().map(|expiring| (report.org.as_str(), expiring))).collect()
    }

    /// The organizations that the run was about, or in which the App can work.
    fn names(&self) -> Value {
        match &self.installations {
            Some(installations) => {
                let ok = installations.iter().filter(|installation| installation.state == "ok");
                ok.map(|installation| installation.organization.clone()).collect()
            }
            None => self.organizations.iter().map(|report| report.org.clone()).collect(),
        }
    }

    /// What each organization's operation shows, as objects by organization; a count is a sum.
    fn by_organization(&self) -> Vec<(&'static str, String)> {
        let mut objects: Vec<(&'static str, Map<String, Value>)> = Vec::new();
        for (org, (name, value)) in
            self.organizations.iter().flat_map(|it| it.shown.values().into_iter().map(|value| (&it.org, value)))
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

    /// Passes everything that comes from outside through `redact`.
    pub fn redact(&mut self, redact: impl Fn(&str) -> String) {
        for report in &mut self.organizations {
            report.redact(&redact);
        }
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
