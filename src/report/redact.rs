//! Takes secrets out of a report. What we say ourselves holds none, but a person may give a secret as a username or in a
//! url, and GitHub may repeat what it was sent in any field.

use serde_json::Value;

use super::Report;
use crate::apply::Outcome;
use crate::plan::{Change, FieldChange};

impl Report {
    /// Passes everything that comes from outside through `redact`, but for the manifest's labels and GitHub's words.
    pub fn redact(&mut self, redact: impl Fn(&str) -> String) {
        let redact: &dyn Fn(&str) -> String = &redact;
        let Self { operation: _, org: _, dry_run: _, plan, outcomes, registries, outputs, facts, errors, warnings } =
            self;
        for change in plan.iter_mut().flat_map(|plan| &mut plan.changes) {
            let Change {
                label: _,
                place: _,
                name,
                registry_type: _,
                url,
                username: _, // never shown
                fields,
                write_only: _,
                not_sent: _,
                remarks,
                step: _,
            } = change;
            texts(name.iter_mut().chain(url).chain(remarks), redact);
            for FieldChange { field: _, from, to } in fields {
                jsons([from, to], redact);
            }
        }
        for Outcome { status: _, name, error, gist: _, changed: _, registry } in outcomes {
            texts(name.iter_mut().chain(error), redact);
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
    let redacted = redact(value);
    if redacted != *value {
        *value = match serde_json::from_str(value) {
            Ok(mut document) => {
                json(&mut document, redact);
                document.to_string()
            }
            Err(_) => redacted,
        };
    }
}

/// Every text in a document; it is as deep as its parser allowed.
fn json(value: &mut Value, redact: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = redact(text),
        Value::Array(values) => jsons(values, redact),
        Value::Object(fields) => {
            if fields.keys().any(|key| redact(key) != *key) {
                *fields = std::mem::take(fields).into_iter().map(|(key, value)| (redact(&key), value)).collect();
            }
            jsons(fields.values_mut(), redact);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
