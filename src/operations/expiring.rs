//! The entries of a manifest whose credentials end, and those that are not sent any more because they are over.

use std::collections::BTreeMap;

use crate::desired::Desired;
use crate::desired::expiry::{Day, Horizon};
use crate::manifest::Manifest;
use crate::report::Expiring;
use crate::secrets::{Lifetime, Vault};

/// What is known of the ends of a manifest's credentials.
pub(super) struct Ends<'a> {
    horizon: Horizon,
    /// By label.
    entries: Vec<(&'a str, Option<Day>, Option<Lifetime>)>,
}

impl<'a> Ends<'a> {
    /// What the manifest says; where secrets are read, also what they tell.
    pub(super) fn new(manifest: &'a Manifest, horizon: Horizon, vault: Option<&Vault<'_>>) -> Self {
        let entry = |desired: &'a Desired| {
            let told = vault.zip(desired.settings.secret.as_ref()).and_then(|(vault, secret)| vault.facts(secret));
            Some((desired.label.as_deref()?, desired.expires, told.and_then(|told| told.lifetime)))
        };
        Self { horizon, entries: manifest.registries.iter().filter_map(entry).collect() }
    }

    /// Every entry with a known last day, the first one first.
    pub(super) fn expiring(&self) -> Vec<Expiring> {
        let today = self.horizon.today();
        let last = |(label, written, told): &(&str, Option<Day>, Option<Lifetime>)| {
            let told = told.and_then(|told| told.end).map(Day::of);
            let last = [*written, told].into_iter().flatten().min()?;
            Some(Expiring { label: (*label).to_owned(), last, days: last.days_from(today) })
        };
        let mut expiring: Vec<Expiring> = self.entries.iter().filter_map(last).collect();
        expiring.sort_by(|one, other| (one.last, &one.label).cmp(&(other.last, &other.label)));
        expiring
    }

    /// Why the credentials that are over are not sent, by label.
    pub(super) fn over(&self) -> BTreeMap<&'a str, String> {
        let over = |(label, written, told): &(&'a str, Option<Day>, Option<Lifetime>)| {
            let written = written.filter(|last| self.horizon.is_over(*last));
            let told = told.and_then(|told| told.end).filter(|end| *end <= self.horizon.now);
            let why = match (written, told) {
                (Some(last), _) => format!("`expires: {last}` was the last day of its credential"),
                (None, Some(end)) => {
                    format!("its secret says that it ended on {}", end.format("%Y-%m-%d at %H:%M UTC"))
                }
                (None, None) => return None,
            };
            Some((*label, why))
        };
        self.entries.iter().filter_map(over).collect()
    }
}
