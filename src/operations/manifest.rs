//! The operations on a whole organization, from its manifest: plan, apply.

use futures_util::future::join;

use super::Session;
use super::failure::Failure;
use super::judge::Judged;
use crate::apply;
use crate::exit::Exit;
use crate::github::OnStop;
use crate::manifest::Manifest;
use crate::plan::{self, Plan, Policy, Resend, Sent};
use crate::registry::Listing;
use crate::report;

impl Session<'_> {
    pub(super) async fn plan(
        &mut self,
        manifest: &Manifest,
        policy: Policy,
        fail_on_drift: bool,
    ) -> Result<(), Failure> {
        let has_drift = self.follow(manifest, policy, None).await?;
        if fail_on_drift && has_drift {
            let message = format!("GitHub differs from the manifest: {}", report::totals(&self.journal.report));
            return Err(Failure::new(Exit::Drift, "Drift", message));
        }
        Ok(())
    }

    pub(super) async fn apply(
        &mut self,
        manifest: &Manifest,
        policy: Policy,
        reviewed: Option<&str>,
    ) -> Result<(), Failure> {
        if reviewed.is_none() {
            let text = "No `plan-id` is given, so the plan made now counts, whether it was reviewed or not.";
            self.journal.console.text(text);
        }
        self.follow(manifest, policy, reviewed).await.map(drop)
    }

    /// Makes the plan of the manifest, which is to be the one that was reviewed, and carries it out unless the run only
    /// reports. Returns whether GitHub differed.
    async fn follow(&mut self, manifest: &Manifest, policy: Policy, reviewed: Option<&str>) -> Result<bool, Failure> {
        self.journal.note_all(manifest.remarks.iter().cloned());
        refuse_to_empty(policy, manifest)?;
        let (listing, ()) = join(self.organization.list(OnStop::GiveUp), self.look_ahead(manifest, policy)).await;
        let (mut plan, listing) = self.plan_to_create(manifest, listing?, policy).await?;
        self.organization.remember(&listing);
        self.warn_of_credentials(&listing.registries);
        let looked_up = self.look_up(&plan).await;
        if let Ok(looked_up) = &looked_up {
            plan.identify(&listing.registries, &looked_up.repositories.ids);
        }
        let has_drift = plan.has_drift();
        let entries = Judged::entries(manifest);
        let entries = if self.inputs.only_reports() { entries } else { entries.with_secrets(self.vault) };
        let found = self.judge(&entries.beside(&plan, &listing.registries));
        let refusal = found.err().or_else(|| plan::check_deletions(&plan, policy).err().map(Failure::from));
        match refusal.or_else(|| another_plan(&plan, reviewed)) {
            Some(mut refusal) => {
                self.show_plan(&plan);
                let problems = looked_up.map(|looked_up| looked_up.repositories.problems);
                refusal.diagnostics.extend(problems.unwrap_or_default());
                Err(self.refuse(plan, refusal))
            }
            None => self.carry_out(plan, looked_up).await.result.map(|()| has_drift),
        }
    }

    /// The plan, with the list that it was made on: one of several pages is read again where something is to be created.
    async fn plan_to_create(
        &self,
        manifest: &Manifest,
        listing: Listing,
        policy: Policy,
    ) -> Result<(Plan, Listing), Failure> {
        let plan = plan::from_manifest(&manifest.registries, &listing, policy)?;
        if listing.pages <= 1 || !plan.creates() || self.inputs.only_reports() {
            return Ok((plan, listing));
        }
        let listing = self.organization.list_again(listing, OnStop::GiveUp).await?;
        Ok((plan::from_manifest(&manifest.registries, &listing, policy)?, listing))
    }

    /// With `resend: always` every entry is sent, with all that can't be compared: what that takes can be looked up while
    /// the list is under way.
    async fn look_ahead(&self, manifest: &Manifest, policy: Policy) {
        if !self.inputs.only_reports() && policy.resend == Resend::Always {
            // Whatever comes of it is remembered, and told where it is needed.
            let _ = apply::look_up(self.organization, manifest.registries.iter().map(Sent::of), false).await;
        }
    }
}

/// Whether the plan is not the one that was reviewed.
fn another_plan(plan: &Plan, reviewed: Option<&str>) -> Option<Failure> {
    // Where the id can't be made, that is what has to be told.
    let reviewed = reviewed.filter(|id| *id != plan.id && !plan.id.is_empty())?;
    let message = format!(
        "the plan made now is {}, not {reviewed}: the manifest, the inputs or GitHub have changed since that plan was \
         reviewed. Make and review a new plan",
        plan.id
    );
    Some(Failure::new(Exit::Failed, "Another plan", message))
}

/// An empty manifest that deletes everything else is an accident.
fn refuse_to_empty(policy: Policy, manifest: &Manifest) -> Result<(), Failure> {
    if policy.prune && manifest.registries.is_empty() {
        let message = "the manifest has no registry, and `prune` would delete every one on GitHub: this is refused. To \
                       delete them all, use `operation: delete` for each";
        return Err(Failure::new(Exit::Failed, "Prune", message));
    }
    Ok(())
}
