//! The dates on which a manifest's credentials expire, and the entries that are skipped because theirs have passed.

use std::collections::BTreeMap;

use crate::desired::Desired;
use crate::desired::expiry::{Day, Horizon};
use crate::manifest::Manifest;
use crate::report::Expiring;
use crate::secrets::{Lifetime, Vault};

/// When the credentials of a manifest expire, as far as it is known.
pub(super) struct Expirations<'a> {
    horizon: Horizon,
    /// The label of each entry, the date in the manifest, and the lifetime that its secret contains.
    entries: Vec<(&'a str, Option<Day>, Option<Lifetime>)>,
}

impl<'a> Expirations<'a> {
    /// Collects the dates in the manifest and, with a vault, also those in the secrets.
    pub(super) fn new(manifest: &'a Manifest, horizon: Horizon, vault: Option<&Vault<'_>>) -> Self {
        let entry = |desired: &'a Desired| {
            let facts = vault.zip(desired.settings.secret.as_ref()).and_then(|(vault, secret)| vault.facts(secret));
            Some((desired.label.as_deref()?, desired.expires, facts.and_then(|facts| facts.lifetime)))
        };
        Self { horizon, entries: manifest.registries.iter().filter_map(entry).collect() }
    }

    /// Returns every entry with a known last day, the earliest first.
    pub(super) fn expiring(&self) -> Vec<Expiring> {
        let today = self.horizon.today();
        let last = |(label, declared, lifetime): &(&str, Option<Day>, Option<Lifetime>)| {
            let end = lifetime.and_then(|lifetime| lifetime.end).map(Day::of);
            let last = [*declared, end].into_iter().flatten().min()?;
            Some(Expiring { label: (*label).to_owned(), last, days: last.days_from(today) })
        };
        let mut expiring: Vec<Expiring> = self.entries.iter().filter_map(last).collect();
        expiring.sort_by(|one, other| (one.last, &one.label).cmp(&(other.last, &other.label)));
        expiring
    }

    /// Returns the reason why each expired credential is not sent, by label.
    pub(super) fn expired(&self) -> BTreeMap<&'a str, String> {
        let expired = |(label, declared, lifetime): &(&'a str, Option<Day>, Option<Lifetime>)| {
            let declared = declared.filter(|last| self.horizon.is_over(*last));
            let end = lifetime.and_then(|lifetime| lifetime.end).filter(|end| *end <= self.horizon.now);
            let why = match (declared, end) {
                (Some(last), _) => format!("`expires: {last}` was the last day of its credential"),
                (None, Some(end)) => {
                    format!("its secret says that it expired on {}", end.format("%Y-%m-%d at %H:%M UTC"))
                }
                (None, None) => return None,
            };
            Some((*label, why))
        };
        self.entries.iter().filter_map(expired).collect()
    }
}
