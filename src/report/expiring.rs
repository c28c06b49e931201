//! Entries whose credentials end on a known day.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desired::expiry::{Day, distance};
use crate::text::printable_json;

/// An entry whose credential ends on a known day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// The manifest's label.
    pub label: String,
    /// The last day on which it works.
    pub last: Day,
    /// How many days that is from the day of the run; negative when it is over.
    pub days: i64,
}

impl Expiring {
    /// For a reader: `2027-01-31, in 67 days`.
    pub(super) fn text(&self) -> String {
        format!("{}, {}", self.last, distance(self.days))
    }
}

/// The same, to be found by the label.
pub(super) struct Expiries<'a>(BTreeMap<&'a str, &'a Expiring>);

impl<'a> Expiries<'a> {
    pub(super) fn new(expiring: &'a [Expiring]) -> Self {
        Self(expiring.iter().map(|expiring| (expiring.label.as_str(), expiring)).collect())
    }

    pub(super) fn of(&self, label: Option<&str>) -> Option<&'a Expiring> {
        self.0.get(label?).copied()
    }
}

/// An item of the output.
#[derive(Serialize)]
struct Item<'a> {
    label: &'a str,
    expires: String,
    days: i64,
}

/// The output `expiring`, in one line.
pub(super) fn output(expiring: &[Expiring]) -> String {
    let items: Vec<Item<'_>> = expiring.iter().map(Item::of).collect();
    // Texts and numbers can always be written.
    printable_json(&serde_json::to_string(&items).unwrap_or_default())
}

impl<'a> Item<'a> {
    fn of(Expiring { label, last, days }: &'a Expiring) -> Self {
        Self { label, expires: last.to_string(), days: *days }
    }
}
