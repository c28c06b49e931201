//! The plan of a whole manifest: every entry matched with what is live, and what is left over.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{diff, live_auth_type, replaced_fields, spelled_out, with_write_only, write_only};
use super::{Action, Change, Plan, PlanError, Replacement, Step, impossible, names, pinned, untold};
use crate::desired::Desired;
use crate::registry::{Listing, LiveRegistry, RegistryKey};

/// What a person allows a plan to do.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Delete what the manifest does not speak of.
    pub prune: bool,
    /// Refuse to delete more, the old configurations of replaces included.
    pub max_deletes: usize,
    /// When write-only values are sent.
    pub resend: Resend,
    /// In which order a replace goes.
    pub replace: ReplaceOrder,
}

/// When values that GitHub never shows are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// On every apply.
    Always,
    /// With a create, a replace, or when another field of that registry differs.
    OnChange,
}

impl Resend {
    /// As the input spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::OnChange => "on-change",
        }
    }
}

/// Which goes first when a configuration is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceOrder {
    /// The new one, and the old one only when GitHub refuses to have both.
    CreateFirst,
    /// The old one.
    DeleteFirst,
}

impl ReplaceOrder {
    /// As the input spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateFirst => "create-first",
            Self::DeleteFirst => "delete-first",
        }
    }
}

/// The plan that makes an organization what its manifest says, still without its id. It depends neither on the order of
/// the entries nor on
/// that of GitHub's answer.
///
/// # Errors
/// Every reason why nothing can be decided: an ambiguous entry, a pinned name that does not exist, a list that came
/// incomplete.
pub fn from_manifest(desired: &[Desired], listing: &Listing, policy: Policy) -> Result<Plan, PlanError> {
    if !listing.is_complete() {
        return Err(PlanError::one(format!(
            "GitHub counts {} configurations, but its list has {}: nothing is decided on an incomplete list. Run again",
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

/// Creates, updates, replaces, resends, deletes; in each by label, then name.
fn order(change: &Change) -> (Action, Option<&str>, Option<&str>) {
    (change.action(), change.label.as_deref(), change.name.as_deref())
}

/// What happens to a configuration that no entry means.
fn left_over(live: &LiveRegistry, prune: bool) -> Change {
    let (step, why) = if prune {
        (Step::Delete, "not in the manifest, and `prune` is on")
    } else {
        (Step::Unmanaged, "not in the manifest: left alone")
    };
    Change { remarks: vec![why.to_owned()], ..Change::of_live(live, step) }
}

/// Refuses the plans of a run that delete more than a person allows. A replace deletes the old configuration, so it counts
/// too. Where there are several organizations, each plan comes with its organization's name.
///
/// # Errors
/// Names what would go.
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
        "{} would be deleted, but `max-deletes` allows {allowed} ({count}: {}). {}. If that is meant, set \
         `max-deletes: {count}`",
        counted(count, "configuration"),
        counts.join(", "),
        names.join(". ")
    )))
}

/// `1 deletion`, `2 deletions`.
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What is live, as entries are matched with it.
struct Live<'a> {
    by_name: BTreeMap<&'a str, &'a LiveRegistry>,
    entries: &'a [Desired],
    /// Whether those that no entry means are deleted.
    prune: bool,
    /// Those that no entry is pinned to, by type and url.
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

    /// Those of an entry's type and url that none is pinned to.
    fn same_key(&self, entry: &Desired) -> &[&'a LiveRegistry] {
        self.by_key.get(&entry.key()).map_or(&[], Vec::as_slice)
    }

    /// What to say of others that have the type and url which a pinned entry is to get.
    fn twins(&self, entry: &Desired) -> Option<String> {
        let others = Some(self.same_key(entry)).filter(|others| !others.is_empty())?;
        let end = if self.prune { "`prune` deletes it" } else { "there will be two" };
        Some(format!("this type and url have {} already: pin that instead, or {end}", names(others)))
    }

    /// What may be the entry's by its type and url; where GitHub tells no url, by its type.
    fn candidates(&self, entry: &Desired) -> Vec<&'a LiveRegistry> {
        match self.same_key(entry) {
            [] => untold(self.by_key.get(&None).into_iter().flatten().copied(), entry.registry_type),
            some => some.to_vec(),
        }
    }

    /// The labels of the other entries of its type and url.
    fn entries_beside(&self, entry: &Desired) -> Vec<&'a str> {
        let others = self.entries.iter().filter(|other| other.name != entry.name && other.key() == entry.key());
        others.filter_map(|other| other.label.as_deref()).collect()
    }

    /// The live configuration that an entry means.
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
                    "`{label}` may be one of {}, which have its type, but GitHub does not tell their url: pin each \
                     entry with `name`",
                    names(some)
                )),
            },
            [only] => Ok(Some(only)),
            several => Err(format!(
                "`{label}` matches {} configurations of its type and url: {}. Pin the one that is meant with `name`, like `name: {}`{}",
                several.len(),
                names(several),
                several.first().map(|live| live.name.as_str()).unwrap_or_default(),
                if self.prune { "; `prune` then deletes the others that have no entry" } else { "" }
            )),
        }
    }
}

/// What happens to a configuration that an entry means.
fn change(entry: &Desired, live: &LiveRegistry, policy: Policy) -> Change {
    // A server that does not tell the auth type gives no reason to replace anything.
    let is_other_auth = live.auth_type.is_some() && live_auth_type(live) != Some(entry.auth_type);
    if is_other_auth || live.registry_type != entry.registry_type.as_str() {
        replacement(entry, live, policy.replace)
    } else {
        adjustment(entry, live, policy.resend)
    }
}

/// A change of a live configuration to what an entry says.
fn between(entry: &Desired, live: &LiveRegistry, step: Step) -> Change {
    Change { name: Some(live.name.clone()), ..Change::of_desired(entry, step) }
}

/// A field that can't be changed differs.
fn replacement(entry: &Desired, live: &LiveRegistry, order: ReplaceOrder) -> Change {
    let mut remarks = vec![match order {
        ReplaceOrder::CreateFirst => {
            format!("can't be changed in place: created anew, then {} is deleted", live.name)
        }
        ReplaceOrder::DeleteFirst => {
            format!("can't be changed in place: {} is deleted, then created anew", live.name)
        }
    }];
    if entry.name.is_some() {
        remarks.push("GitHub picks the new name: the manifest's `name` must then be changed to it".to_owned());
    }
    let replacement = Replacement { desired: entry.clone(), old: live.clone(), order };
    Change {
        fields: replaced_fields(live, entry),
        write_only: write_only(&entry.settings),
        remarks,
        ..between(entry, live, Step::Replace(Box::new(replacement)))
    }
}

/// Nothing differs but what an update can change, if that.
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
