//! Redacts the secrets in a report. Our own text contains none, but somebody may use a secret as a username or in a
//! url, and GitHub may repeat in any field what it was sent.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::{Assessment, Report, Shown};
use crate::apply::{Outcome, Trouble};
use crate::plan::{Change, FieldChange};
use crate::registry::LiveRegistry;
use crate::secrets::PublicKey;

impl Report {
    /// Passes all outside data through `redact`.
    pub fn redact(&mut self, redact: impl Fn(&str) -> String) {
        // Labels, types, urls and reasons occur several times, and each search decodes the text.
        let known: RefCell<BTreeMap<String, String>> = RefCell::default();
        let redact: &dyn Fn(&str) -> String = &|text| {
            if let Some(redacted) = known.borrow().get(text) {
                return redacted.clone();
            }
            let redacted = redact(text);
            known.borrow_mut().insert(text.to_owned(), redacted.clone());
            redacted
        };
        let Self {
            operation: _,
            org,
            dry_run: _,
            only_reports: _,
            exit: _,
            plan,
            outcomes,
            assessments,
            expiring,
            needs: _, // names of variables
            checks,
            shown,
            facts,
            errors,
            warnings,
        } = self;
        texts(assessments.iter_mut().flat_map(Assessment::texts_mut), redact);
        texts(expiring.iter_mut().map(|expiring| &mut expiring.label), redact);
        texts(checks.values_mut().map(|check| &mut check.why), redact);
        *org = redact(org);
        for change in plan.iter_mut().flat_map(|plan| &mut plan.changes) {
            let Change {
                label,
                location: _, // never shown
                name,
                registry_type,
                auth_type: _,
                url,
                username: _, // never shown
                fields,
                write_only: _,
                not_sent: _,
                remarks,
                withheld,
                step: _,
            } = change;
            texts(
                [registry_type].into_iter().chain(label).chain(name).chain(url).chain(remarks).chain(withheld),
                redact,
            );
            for FieldChange { field: _, from, to } in fields {
                jsons([from, to], redact);
            }
        }
        for Outcome { status: _, name, error, changed: _, registry } in outcomes {
            texts(name.iter_mut().chain(error.iter_mut().flat_map(Trouble::texts_mut)), redact);
            if let Some(registry) = registry {
                **registry = live(registry, redact);
            }
        }
        self::shown(shown, redact);
        texts(facts.iter_mut(), redact);
        for diagnostic in errors.iter_mut().chain(warnings) {
            *diagnostic = diagnostic.redact(redact);
        }
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

fn shown(shown: &mut Shown, redact: &dyn Fn(&str) -> String) {
    match shown {
        Shown::Nothing => {}
        Shown::Name(name) => *name = redact(name),
        Shown::One(one) => **one = live(one, redact),
        Shown::List { registries, total_count: _ } => lives(registries, redact),
        Shown::Key(PublicKey { key_id, key, .. }) => texts([key_id, key].into_iter(), redact),
        Shown::Manifest { text, registries } => {
            *text = redact(text);
            lives(registries, redact);
        }
    }
}

fn lives(registries: &mut [LiveRegistry], redact: &dyn Fn(&str) -> String) {
    for registry in registries {
        *registry = live(registry, redact);
    }
}

/// Returns the configuration with `***` in the place of each secret.
pub fn live(live: &LiveRegistry, redact: &dyn Fn(&str) -> String) -> LiveRegistry {
    let mut raw = live.raw.clone();
    json(&mut raw, redact);
    // Redaction removes no field, so the name is still there.
    LiveRegistry::from_json(raw).unwrap_or_else(|_| live.clone())
}

/// Redacts every text, key and number in a value; digits can be a secret, too. The recursion is bounded, because the
/// parser bounds the depth.
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
