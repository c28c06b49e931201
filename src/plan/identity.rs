//! The `plan-id`: equal for the same changes on the same live state, and different otherwise.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Change, Plan, ReplaceOrder, Step, WriteOnly};
use crate::desired::{Repository, RepositoryIds};
use crate::registry::LiveRegistry;
use crate::secrets::SecretSource;

impl Plan {
    /// Sets the plan's id: a hash of the changes, with the ids of the repositories that they send, and of the live
    /// state that they were planned on. No secret value goes into it. A repository's name can move to another
    /// repository, so the id stays empty until the ids of all repositories are known.
    pub fn identify(&mut self, live: &[LiveRegistry], ids: &RepositoryIds) {
        let changes: Option<Vec<Value>> = self.changes.iter().map(|change| identified(change, ids)).collect();
        self.id = changes.map(|changes| hash(&changes, live)).unwrap_or_default();
    }
}

/// Returns the id of several organizations' plans, given as pairs of organization and plan id. Their order does not
/// matter.
pub fn identity_of<'a>(plans: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let plans: BTreeSet<(String, &str)> = plans.map(|(org, id)| (org.to_lowercase(), id)).collect();
    hex(&serde_json::to_vec(&plans).unwrap_or_default())
}

fn hash(changes: &[Value], live: &[LiveRegistry]) -> String {
    let mut live: Vec<&LiveRegistry> = live.iter().collect();
    live.sort_by(|one, other| one.name.cmp(&other.name));
    let live: Vec<&Value> = live.into_iter().map(|live| &live.raw).collect();
    // Serializing JSON values can't fail.
    let text = serde_json::to_vec(&(changes, live)).unwrap_or_default();
    hex(&text)
}

fn hex(text: &[u8]) -> String {
    Sha256::digest(text).iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Returns the parts of a change that its id depends on; `None` if the id of a repository that it sends is unknown.
fn identified(change: &Change, ids: &RepositoryIds) -> Option<Value> {
    let Change {
        label,
        location: _,
        name,
        registry_type,
        auth_type: _, // immutable, and among the fields of a replace
        url,
        username: _,
        fields,
        write_only,
        not_sent,
        remarks: _,
        withheld,
        step,
    } = change;
    let fields: Vec<Value> = fields.iter().map(|field| json!([field.field, field.from, field.to])).collect();
    let words = |values: &[WriteOnly]| values.iter().map(|value| value.as_str()).collect::<Vec<_>>();
    let settings = change.settings();
    let repositories = settings.and_then(|settings| settings.repositories.as_deref());
    let repositories = match repositories {
        Some(repositories) => Some(selection(repositories, ids)?),
        None => None,
    };
    let secret = settings.and_then(|settings| settings.secret.as_ref()).map(|secret| match secret {
        SecretSource::Given => json!("given"),
        SecretSource::Reference(reference) => json!(["variable", reference.template.to_string()]),
        SecretSource::Sealed(sealed) => json!(["sealed", sealed.key_id, sealed.encrypted_value]),
    });
    // Deleting first can lose the old configuration, so it makes another plan.
    let is_deleted_first = matches!(step, Step::Replace(replacement) if replacement.order == ReplaceOrder::DeleteFirst);
    Some(json!([
        if is_deleted_first { "replace, delete-first" } else { change.action().as_str() },
        label,
        name,
        registry_type,
        url,
        fields,
        words(write_only),
        words(not_sent),
        repositories,
        secret,
        withheld.is_some()
    ]))
}

/// Returns the ids of a selection as a set: neither order nor spelling matters.
fn selection(repositories: &[Repository], ids: &RepositoryIds) -> Option<BTreeSet<u64>> {
    repositories.iter().map(|repository| repository.id(ids)).collect()
}
