//! Checks for unintended duplicates after the creations of a run.

use super::write::{Made, Writer};
use crate::diagnostics::Diagnostic;
use crate::github::{Kind, OnStop, Organization};
use crate::registry::{Listing, LiveRegistry};

impl Writer<'_> {
    /// Lists the configurations once more if something was created. A one-off `create` does not check for an existing
    /// one, so it checks here only if it was sent again.
    pub(super) async fn look_for_twins(&mut self) {
        let is_due = self.was_sent_again || (self.organization.is_listed() && !self.made.is_empty());
        if !is_due {
            return;
        }
        let unseen = |why: &str| {
            let message = format!(
                "could not check for duplicates of what this run created ({why}): check with `operation: list`"
            );
            Diagnostic::warning("Creation", message)
        };
        if self.organization.client().is_limited() {
            self.warnings.push(unseen("GitHub's rate limit allows no further request within `max-wait`"));
            return;
        }
        match self.organization.list(OnStop::GiveUp).await {
            Ok(listing) => self.warnings.extend(twins(&listing, &self.made, self.organization)),
            // The message about the signal covers everything that a stopped run did not do.
            Err(error) if matches!(error.kind, Kind::Stopped { .. }) => {}
            Err(error) => self.warnings.push(unseen(&error.headline())),
        }
    }
}

/// Returns a warning for each created type and url that exists several times, if this run does not know the name of one
/// of them. Configurations that existed before, or that this run created, are as planned.
fn twins(listing: &Listing, made: &[Made], organization: &Organization) -> Vec<Diagnostic> {
    let is_known = |live: &LiveRegistry| organization.has_name(&live.name) == Some(true);
    let mut warnings = Vec::new();
    for Made { key, change } in made.iter().filter(|made| made.key.is_some()) {
        let same: Vec<&LiveRegistry> = listing.registries.iter().filter(|live| live.key() == *key).collect();
        if same.len() > 1 && !same.iter().all(|live| is_known(live)) {
            let names: Vec<&str> = same.iter().map(|live| live.name.as_str()).collect();
            let message = format!(
                "`{}` exists {} times: {}. Either a request was carried out late, or somebody else, perhaps another \
                 run, created the same at the same time. Delete all but one, and let only one run write at a time \
                 (`concurrency:` in the workflow)",
                change.title,
                names.len(),
                names.join(", ")
            );
            warnings.push(Diagnostic::warning("Duplicate", message).at(change.location.clone()));
        }
    }
    warnings
}
