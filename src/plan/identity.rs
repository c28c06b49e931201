//! The `plan-id`: the same for the same changes on the same live state, and for nothing else.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Change, ReplaceOrder, Step, WriteOnly};
use crate::registry::LiveRegistry;
use crate::secrets::SecretSource;

/// A hash of what would be done and of the live state that it was planned on. No secret's value goes into it.
pub(super) fn plan_id(changes: &[Change], live: &[LiveRegistry]) -> String {
    let mut live: Vec<&LiveRegistry> = live.iter().collect();
    live.sort_by(|one, other| one.name.cmp(&other.name));
    let live: Vec<&Value> = live.into_iter().map(|live| &live.raw).collect();
    let changes: Vec<Value> = changes.iter().map(change).collect();
    // Values can always be written.
    let text = serde_json::to_vec(&(changes, live)).unwrap_or_default();
    Sha256::digest(text).iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn change(change: &Change) -> Value {
    let Change {
        label,
        place: _,
        name,
        registry_type,
        url,
        username: _,
        fields,
        write_only,
        not_sent,
        remarks: _,
        step,
    } = change;
    let fields: Vec<Value> = fields.iter().map(|field| json!([field.field, field.from, field.to])).collect();
    let words = |values: &[WriteOnly]| values.iter().map(|value| value.as_str()).collect::<Vec<_>>();
    let settings = change.settings();
    let repositories = settings.and_then(|settings| settings.repositories.as_ref());
    let repositories: Option<Vec<String>> =
        repositories.map(|repositories| repositories.iter().map(ToString::to_string).collect());
    let secret = settings.and_then(|settings| settings.secret.as_ref()).map(|secret| match secret {
        SecretSource::Given(_) => json!("given"),
        SecretSource::Reference(reference) => json!(["variable", reference.variable]),
        SecretSource::Sealed(sealed) => json!(["sealed", sealed.key_id, sealed.encrypted_value]),
    });
    // An order that may lose the old one is another plan.
    let is_deleted_first = matches!(step, Step::Replace(replacement) if replacement.order == ReplaceOrder::DeleteFirst);
    json!([
        if is_deleted_first { "replace, delete-first" } else { change.action().as_str() },
        label,
        name,
        registry_type,
        url,
        fields,
        words(write_only),
        words(not_sent),
        repositories,
        secret
    ])
}
