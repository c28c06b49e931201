//! The entries whose credentials expire on a known day.

use std::collections::BTreeMap;

use serde::Serialize;

use super::result::json;
use crate::desired::expiry::{Day, distance};

/// An entry whose credential expires on a known day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiring {
    /// The last day on which it works, in UTC.
    pub last: Day,
    /// The label in the manifest.
    pub label: String,
    /// The number of days from the day of the run to the last day; negative if that has passed.
    pub days: i64,
}

impl Expiring {
    /// Formats the date for a reader: `2027-01-31, in 67 days`.
    pub(super) fn text(&self) -> String {
        format!("{}, {}", self.last, distance(self.days))
    }
}

/// The expiring entries, to be looked up by label.
pub(super) struct Expiries<'a>(BTreeMap<&'a str, &'a Expiring>);

impl<'a> Expiries<'a> {
    pub(super) fn new(expiring: &'a [Expiring]) -> Self {
        Self(expiring.iter().map(|expiring| (expiring.label.as_str(), expiring)).collect())
    }

    pub(super) fn of(&self, label: Option<&str>) -> Option<&'a Expiring> {
        self.0.get(label?).copied()
    }
}

/// One item of the output `expiring`.
#[derive(Serialize)]
struct Item<'a> {
    label: &'a str,
    expires: String,
    days: i64,
    /// The organizations that have the entry; empty if the run is about one organization.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    organizations: Vec<&'a str>,
}

impl<'a> Item<'a> {
    fn of(Expiring { label, last, days }: &'a Expiring, organizations: Vec<&'a str>) -> Self {
        Self { label, expires: last.to_string(), days: *days, organizations }
    }
}

/// Returns the output `expiring`, as JSON on one line.
pub(super) fn output(expiring: &[Expiring]) -> String {
    json(&expiring.iter().map(|expiring| Item::of(expiring, Vec::new())).collect::<Vec<_>>())
}

/// Returns the output `expiring` for several organizations. Equal items are listed once, with all their organizations.
pub(super) fn output_of_many(expiring: &[(&str, &Expiring)]) -> String {
    let mut organizations: BTreeMap<&Expiring, Vec<&str>> = BTreeMap::new();
    for (org, expiring) in expiring {
        organizations.entry(expiring).or_default().push(org);
    }
    json(
        &organizations
            .into_iter()
            .map(|(expiring, organizations)| Item::of(expiring, organizations))
            .collect::<Vec<_>>(),
    )
}
