//! Plans a whole manifest: matches every entry with the live configurations, and decides about the remaining ones.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{diff, live_auth_type, replaced_fields, spelled_out, with_write_only, write_only};
use super::{Action, Change, Plan, PlanError, Replacement, Step, impossible, names, pinned, without_url};
use crate::desired::Desired;
use crate::registry::{Listing, LiveRegistry, RegistryKey};

/// The limits and choices that a person sets for a plan.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Whether to delete configurations that are not in the manifest.
    pub prune: bool,
    /// The most configurations that may be deleted, the old ones of replaces included.
    pub max_deletes: usize,
    /// When to send write-only values.
    pub resend: Resend,
    /// The order of a replace.
    pub replace: ReplaceOrder,
}

/// When to send values that GitHub never returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// On every apply.
    Always,
    /// With a create, a replace, or when another field of that registry differs.
    OnChange,
}

impl Resend {
    /// The input's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::OnChange => "on-change",
        }
    }
}

/// The order of the two steps of a replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceOrder {
    /// Create the new one, then delete the old one. Delete first only if GitHub refuses to have both.
    CreateFirst,
    /// Delete the old one, then create the new one.
    DeleteFirst,
}

impl ReplaceOrder {
    /// The input's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateFirst => "create-first",
            Self::DeleteFirst => "delete-first",
        }
    }
}

/// Plans the changes that make an organization match its manifest. The plan has no id yet, and depends neither on the
/// order of the entries nor on that of GitHub's answer.
///
/// # Errors
/// Every reason why there can be no plan: an ambiguous entry, a pinned name that does not exist, an incomplete list.
pub fn from_manifest(desired: &[Desired], listing: &Listing, policy: Policy) -> Result<Plan, PlanError> {
    if !listing.is_complete() {
        return Err(PlanError::one(format!(
            "GitHub reports {} configurations but listed {}: a plan can't be based on an incomplete list. Run again",
            listing.total_count,
            listing.registries.len()
        )));
    }
    let live = Live::new(&listing.registries, desired, policy.prune);
    let mut matched: BTreeSet<&str> = BTreeSet::new();
    let mut changes = Vec::with_capacity(desired.len());
    let mut problems = Vec::new();
    for entry in desired {
        match live.find(entry) {
            Ok(Some(found)) => {
                matched.insert(&found.name);
                let mut change = change(entry, found, policy);
                let is_made = found.key() != entry.key() || matches!(change.step, Step::Replace(_));
                if entry.name.is_some() && is_made {
                    change.remarks.extend(live.twins(entry));
                }
                changes.push(change);
            }
            Ok(None) => changes.push(Change::creation(entry)),
            Err(message) => problems.push(impossible(message).at(entry.location.clone())),
        }
    }
    let rest = live.by_name.values().filter(|live| !matched.contains(live.name.as_str()));
    changes.extend(rest.map(|live| left_over(live, policy.prune)));
    changes.sort_by(|one, other| order(one).cmp(&order(other)));
    if !problems.is_empty() {
        problems.sort_by(|one, other| (&one.location, &one.message).cmp(&(&other.location, &other.message)));
        return Err(PlanError { problems });
    }
    Ok(Plan { changes, id: String::new() })
}

/// Returns the sort key of a change: its action, then its label, then its name.
fn order(change: &Change) -> (Action, Option<&str>, Option<&str>) {
    (change.action(), change.label.as_deref(), change.name.as_deref())
}

/// Returns the change of a configuration that no entry matches.
fn left_over(live: &LiveRegistry, prune: bool) -> Change {
    let (step, why) = if prune {
        (Step::Delete, "not in the manifest, and `prune` is on")
    } else {
        (Step::Unmanaged, "not in the manifest: left alone")
    };
    Change { remarks: vec![why.to_owned()], ..Change::of_live(live, step) }
}

/// Checks that the plans of a run together delete no more than `max_deletes`. A replace counts, since it deletes the
/// old configuration. In a run over several organizations, each plan comes with its organization's name.
///
/// # Errors
/// Lists what would be deleted.
pub fn check_deletions(plans: &[(Option<&str>, &Plan)], policy: Policy) -> Result<(), PlanError> {
    let titles = |action| -> Vec<String> {
        let title = |(org, change): (Option<&str>, &Change)| match org {
            Some(org) => format!("{} of {org}", change.title()),
            None => change.title(),
        };
        let changes = plans.iter().flat_map(|(org, plan)| plan.tried().map(move |change| (*org, change)));
        changes.filter(|(_, change)| change.action() == action).map(title).collect()
    };
    let (deletions, replaces) = (titles(Action::Delete), titles(Action::Replace));
    let (count, allowed) = (deletions.len() + replaces.len(), policy.max_deletes);
    if count <= allowed {
        return Ok(());
    }
    let counts = [counted(deletions.len(), "deletion"), counted(replaces.len(), "replace")];
    let names: Vec<String> = [("Deleted", deletions), ("Replaced, which deletes the old ones", replaces)]
        .iter()
        .filter(|(_, titles)| !titles.is_empty())
        .map(|(what, titles)| format!("{what}: {}", titles.join(", ")))
        .collect();
    Err(PlanError::one(format!(
        "{} would be deleted, but `max-deletes` allows {allowed} ({count}: {}). {}. If this is intended, set \
         `max-deletes: {count}`",
        counted(count, "configuration"),
        counts.join(", "),
        names.join(". ")
    )))
}

/// Formats a number with its noun: `1 deletion`, `2 deletions`.
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The live configurations, indexed for matching with entries.
struct Live<'a> {
    by_name: BTreeMap<&'a str, &'a LiveRegistry>,
    entries: &'a [Desired],
    /// Whether configurations that no entry matches are deleted.
    prune: bool,
    /// The configurations that no entry is pinned to, by type and url.
    by_key: BTreeMap<Option<RegistryKey>, Vec<&'a LiveRegistry>>,
}

impl<'a> Live<'a> {
    fn new(registries: &'a [LiveRegistry], desired: &'a [Desired], prune: bool) -> Self {
        let by_name: BTreeMap<_, _> = registries.iter().map(|live| (live.name.as_str(), live)).collect();
        let pinned: BTreeSet<&str> = desired.iter().filter_map(|desired| desired.name.as_deref()).collect();
        let mut by_key: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for live in by_name.values().filter(|live| !pinned.contains(live.name.as_str())) {
            by_key.entry(live.key()).or_default().push(*live);
        }
        Self { by_name, entries: desired, prune, by_key }
    }

    /// Returns the configurations of an entry's type and url that no entry is pinned to.
    fn same_key(&self, entry: &Desired) -> &[&'a LiveRegistry] {
        self.by_key.get(&entry.key()).map_or(&[], Vec::as_slice)
    }

    /// Returns a remark if other configurations already have the type and url that a pinned entry will get.
    fn twins(&self, entry: &Desired) -> Option<String> {
        let others = Some(self.same_key(entry)).filter(|others| !others.is_empty())?;
        let end = if self.prune { "`prune` deletes it" } else { "there will be two" };
        Some(format!("this type and url already belong to {}: pin that instead, or {end}", names(others)))
    }

    /// Returns the configurations that may be the entry's: those of its type and url or, if GitHub does not return
    /// urls, those of its type.
    fn candidates(&self, entry: &Desired) -> Vec<&'a LiveRegistry> {
        match self.same_key(entry) {
            [] => without_url(self.by_key.get(&None).into_iter().flatten().copied(), entry.registry_type),
            some => some.to_vec(),
        }
    }

    /// Returns the labels of the other entries of the same type and url.
    fn entries_beside(&self, entry: &Desired) -> Vec<&'a str> {
        let others = self.entries.iter().filter(|other| other.name != entry.name && other.key() == entry.key());
        others.filter_map(|other| other.label.as_deref()).collect()
    }

    /// Finds the live configuration that an entry matches.
    fn find(&self, entry: &Desired) -> Result<Option<&'a LiveRegistry>, String> {
        let label = entry.label.as_deref().unwrap_or_default();
        let same_key = self.same_key(entry);
        if let Some(name) = &entry.name {
            let missing = || {
                let free: Vec<&LiveRegistry> = self.by_key.values().flatten().copied().collect();
                pinned::missing(entry, name, &self.candidates(entry), &free, &self.entries_beside(entry))
            };
            return self.by_name.get(name.as_str()).copied().map(Some).ok_or_else(missing);
        }
        match same_key {
            [] => match self.candidates(entry).as_slice() {
                [] => Ok(None),
                some => Err(format!(
                    "`{label}` may be one of {}, which have its type, but GitHub does not return their urls: pin each \
                     entry with `name`",
                    names(some)
                )),
            },
            [only] => Ok(Some(only)),
            several => Err(format!(
                "`{label}` matches {} configurations of its type and url: {}. Pin the intended one with `name`, like \
                 `name: {}`{}",
                several.len(),
                names(several),
                several.first().map(|live| live.name.as_str()).unwrap_or_default(),
                if self.prune { "; `prune` then deletes the others that have no entry" } else { "" }
            )),
        }
    }
}

/// Returns the change of a configuration that an entry matches.
fn change(entry: &Desired, live: &LiveRegistry, policy: Policy) -> Change {
    // If the server does not return the auth type, it is no reason for a replace.
    let is_other_auth = live.auth_type.is_some() && live_auth_type(live) != Some(entry.auth_type);
    if is_other_auth || live.registry_type != entry.registry_type.as_str() {
        replacement(entry, live, policy.replace)
    } else {
        adjustment(entry, live, policy.resend)
    }
}

/// Returns a change of a live configuration, in the words of its entry.
fn between(entry: &Desired, live: &LiveRegistry, step: Step) -> Change {
    Change { name: Some(live.name.clone()), ..Change::of_desired(entry, step) }
}

/// Returns a replace, which is needed because an immutable field differs.
fn replacement(entry: &Desired, live: &LiveRegistry, order: ReplaceOrder) -> Change {
    let mut remarks = vec![match order {
        ReplaceOrder::CreateFirst => {
            format!("can't be changed in place: a new one is created, then {} is deleted", live.name)
        }
        ReplaceOrder::DeleteFirst => {
            format!("can't be changed in place: {} is deleted, then a new one is created", live.name)
        }
    }];
    if entry.name.is_some() {
        remarks.push("GitHub generates the new name: change the manifest's `name` to it afterwards".to_owned());
    }
    let replacement = Replacement { desired: entry.clone(), old: live.clone(), order };
    Change {
        fields: replaced_fields(live, entry),
        write_only: write_only(&entry.settings),
        remarks,
        ..between(entry, live, Step::Replace(Box::new(replacement)))
    }
}

/// Returns an update, a resend or no change, when every immutable field matches.
fn adjustment(entry: &Desired, live: &LiveRegistry, resend: Resend) -> Change {
    let (settings, left_alone) = spelled_out(entry, live);
    let (fields, send) = diff(live, &settings);
    let hidden = write_only(&settings);
    let remarks = left_alone
        .iter()
        .map(|field| {
            format!("{} is set on GitHub but not in the manifest; the API can't clear it, so it stays", field.kebab())
        })
        .collect();
    let step = match (fields.is_empty(), resend) {
        (false, _) => Step::Update(Box::new(with_write_only(send, &settings))),
        (true, Resend::Always) if !hidden.is_empty() => Step::Resend(Box::new(with_write_only(send, &settings))),
        (true, _) => Step::Unchanged,
    };
    let (write_only, not_sent) =
        if matches!(step, Step::Unchanged) { (Vec::new(), hidden) } else { (hidden, Vec::new()) };
    Change { fields, write_only, not_sent, remarks, ..between(entry, live, step) }
}
