//! A look after the creations of a run: whether anything is there twice that the plan did not mean to be.

use super::write::{Made, Writer};
use crate::diagnostics::Diagnostic;
use crate::github::{Kind, OnStop, Organization};
use crate::registry::{Listing, LiveRegistry};

impl Writer<'_> {
    /// Lists once more when something was created. A one-off `create` does not look whether there is one already, and so
    /// only looks here when it was sent again.
    pub(super) async fn look_for_twins(&mut self) {
        let is_due = self.was_sent_again || (self.organization.is_listed() && !self.made.is_empty());
        if !is_due {
            return;
        }
        let unseen = |why: &str| {
            let message = format!(
                "whether anything that this run created is there twice could not be seen ({why}): look with `operation: \
                 list`"
            );
            Diagnostic::warning("Creation", message)
        };
        if self.organization.client().is_limited() {
            self.warnings.push(unseen("GitHub's rate limit allows no more within `max-wait`"));
            return;
        }
        match self.organization.list(OnStop::GiveUp).await {
            Ok(listing) => self.warnings.extend(twins(&listing, &self.made, self.organization)),
            // What a stopped run did not do is told as a whole.
            Err(error) if matches!(error.kind, Kind::Stopped { .. }) => {}
            Err(error) => self.warnings.push(unseen(&error.headline())),
        }
    }
}

/// A warning for each type and url that was created and is there several times, if one of them has a name that this run
/// does not know: what was there before, or was created by this run, is as the plan says.
fn twins(listing: &Listing, made: &[Made], organization: &Organization) -> Vec<Diagnostic> {
    let is_known = |live: &LiveRegistry| organization.has_name(&live.name) == Some(true);
    let mut warnings = Vec::new();
    for Made { key, change } in made.iter().filter(|made| made.key.is_some()) {
        let same: Vec<&LiveRegistry> = listing.registries.iter().filter(|live| live.key() == *key).collect();
        if same.len() > 1 && !same.iter().all(|live| is_known(live)) {
            let names: Vec<&str> = same.iter().map(|live| live.name.as_str()).collect();
            let message = format!(
                "`{}` is there {} times: {}. A request was carried out late, or somebody else, perhaps another run, \
                 created the same at the same time. Delete all but one, and let only one run write at a time \
                 (`concurrency:` in the workflow)",
                change.title,
                names.len(),
                names.join(", ")
            );
            warnings.push(Diagnostic::warning("There twice", message).at(change.location.clone()));
        }
    }
    warnings
}
