//! Takes secrets out of a report. What we say ourselves holds none, but a person may give a secret as a username or in a
//! url, and GitHub may repeat what it was sent in any field.

use serde_json::Value;

use super::{Assessment, Report};
use crate::apply::{Outcome, Trouble};
use crate::plan::{Change, FieldChange};
use crate::text::printable_json;

impl Report {
    /// Passes everything that comes from outside through `redact`.
    pub fn redact(&mut self, redact: impl Fn(&str) -> String) {
        let redact: &dyn Fn(&str) -> String = &redact;
        let Self {
            operation: _,
            org,
            dry_run: _,
            plan,
            outcomes,
            assessments,
            registries,
            outputs,
            facts,
            errors,
            warnings,
        } = self;
        texts(assessments.iter_mut().flat_map(Assessment::texts_mut), redact);
        *org = redact(org);
        for change in plan.iter_mut().flat_map(|plan| &mut plan.changes) {
            let Change {
                label,
                location: _, // never shown
                name,
                registry_type,
                url,
                username: _, // never shown
                fields,
                write_only: _,
                not_sent: _,
                remarks,
                step: _,
            } = change;
            texts([registry_type].into_iter().chain(label).chain(name).chain(url).chain(remarks), redact);
            for FieldChange { field: _, from, to } in fields {
                jsons([from, to], redact);
            }
        }
        for Outcome { status: _, name, error, changed: _, registry } in outcomes {
            texts(name.iter_mut().chain(error.iter_mut().flat_map(Trouble::texts_mut)), redact);
            jsons(registry, redact);
        }
        jsons(registries, redact);
        for (_, value) in outputs {
            output(value, redact);
        }
        texts(facts.iter_mut().chain(errors).chain(warnings), redact);
    }
}

fn texts<'a>(texts: impl Iterator<Item = &'a mut String>, redact: &dyn Fn(&str) -> String) {
    texts.for_each(|text| *text = redact(text));
}

fn jsons<'a>(values: impl IntoIterator<Item = &'a mut Value>, redact: &dyn Fn(&str) -> String) {
    for value in values {
        json(value, redact);
    }
}

/// JSON stays JSON.
fn output(value: &mut String, redact: &dyn Fn(&str) -> String) {
    let is_document = value.starts_with(['{', '[']);
    *value = match serde_json::from_str(value) {
        Ok(mut document) if is_document => {
            json(&mut document, redact);
            printable_json(&document.to_string())
        }
        _ => redact(value),
    };
}

/// Every text in a document, and every number: digits may be a secret. It is as deep as its parser allowed.
pub(crate) fn json(value: &mut Value, redact: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = redact(text),
        Value::Array(values) => jsons(values, redact),
        Value::Object(fields) => {
            if fields.keys().any(|key| redact(key) != *key) {
                *fields = std::mem::take(fields).into_iter().map(|(key, value)| (redact(&key), value)).collect();
            }
            jsons(fields.values_mut(), redact);
        }
        Value::Number(number) => {
            let digits = number.to_string();
            let redacted = redact(&digits);
            if redacted != digits {
                *value = Value::String(redacted);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}
