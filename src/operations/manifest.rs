//! The operations on a whole organization, from its manifest: plan, apply.

use futures_util::future::join;

use super::Session;
use super::expiring::Ends;
use super::failure::Failure;
use super::judge::Judged;
use super::write::prepare;
use crate::apply::{self, LookedUp, NotReady, Prepared};
use crate::diagnostics::Diagnostic;
use crate::exit::Exit;
use crate::github::{ApiError, OnStop};
use crate::inputs::Following;
use crate::manifest::Manifest;
use crate::plan::{self, Plan, Policy, Resend, Sent};
use crate::registry::Listing;
use crate::report;

/// A plan of one organization, with what it takes to carry it out.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) looked_up: Result<LookedUp, ApiError>,
    /// Findings at `error`.
    pub(super) findings: Vec<Diagnostic>,
}

impl Session<'_> {
    /// Makes the plan of the manifest, which is to be the one that was reviewed, and carries it out unless the run only
    /// reports.
    pub(super) async fn follow(&mut self, manifest: &Manifest, following: &Following<'_>) -> Result<(), Failure> {
        if following.applies() && following.plan_id.is_none() {
            self.journal.console.text(NO_PLAN_ID);
        }
        self.journal.note_all(manifest.remarks.iter().cloned());
        let Planned { plan, looked_up, findings } = self.make_plan(manifest, following.policy).await?;
        let refusal = refusal(&[(None, &plan)], findings, Some(plan.id.as_str()), following);
        if let Some(mut refusal) = refusal {
            self.show_plan(&plan);
            self.refuse(plan);
            let problems = looked_up.map(|looked_up| looked_up.repositories.problems);
            refusal.diagnostics.extend(problems.unwrap_or_default());
            return Err(refusal);
        }
        let prepared = prepare(self.inputs, self.vault, &plan, looked_up);
        self.finish(plan, prepared, following).await
    }

    /// Compares the manifest with GitHub.
    pub(super) async fn make_plan(&mut self, manifest: &Manifest, policy: Policy) -> Result<Planned, Failure> {
        let only_reports = self.inputs.only_reports();
        let ends = Ends::new(manifest, self.inputs.horizon, (!only_reports).then_some(self.vault));
        self.journal.report.expiring = ends.expiring();
        refuse_to_empty(policy, manifest)?;
        let (listing, ()) =
            join(self.organization.list(OnStop::GiveUp), self.look_ahead(manifest, policy, &ends)).await;
        let (mut plan, listing) = self.plan_to_create(manifest, listing?, policy).await?;
        self.organization.remember(&listing);
        self.warn_of_credentials(&listing.registries);
        // Without the secrets, so that a plan and the apply of it have the same id.
        plan.withhold(&Ends::new(manifest, self.inputs.horizon, None).over());
        let looked_up = self.look_up(&plan).await;
        if let Ok(looked_up) = &looked_up {
            plan.identify(&listing.registries, &looked_up.repositories.ids);
        }
        plan.withhold(&ends.over());
        let entries = Judged::entries(manifest);
        let entries = if only_reports { entries } else { entries.with_secrets(self.vault) };
        let found = self.judge(&entries.beside(&plan, &listing.registries));
        Ok(Planned { plan, looked_up, findings: found.err().map(|failure| failure.diagnostics).unwrap_or_default() })
    }

    /// Carries out a plan that nothing stands against.
    pub(super) async fn finish(
        &mut self,
        plan: Plan,
        prepared: Result<Option<Prepared>, NotReady>,
        following: &Following<'_>,
    ) -> Result<(), Failure> {
        let has_drift = plan.has_drift();
        let differences = report::differences(&plan);
        self.carry_out(plan, prepared).await.result?;
        if following.fail_on_drift && has_drift {
            let message = format!(
                "GitHub differs from the manifest: {differences}. Apply the plan above, or change the manifest"
            );
            return Err(Failure::new(Exit::Drift, "Drift", message));
        }
        Ok(())
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
    async fn look_ahead(&self, manifest: &Manifest, policy: Policy, ends: &Ends<'_>) {
        if !self.inputs.only_reports() && policy.resend == Resend::Always {
            // Whatever comes of it is remembered, and told where it is needed.
            let over = ends.over();
            let is_over = |sent: &Sent<'_>| sent.label.is_some_and(|label| over.contains_key(label));
            let sent = manifest.registries.iter().map(Sent::of).filter(|sent| !is_over(sent));
            let _ = apply::look_up(self.organization, sent, false).await;
        }
    }
}

/// Said of an apply that is held to no plan.
pub(super) const NO_PLAN_ID: &str =
    "No `plan-id` is given, so the plan made now counts, whether it was reviewed or not.";

/// Returns the reason why none of the plans of a run may be carried out: findings at level `error`, too many deletions, or
/// another plan than the one that was reviewed. `plan_id` is that of all plans, if each has one.
pub(super) fn refusal(
    plans: &[(Option<&str>, &Plan)],
    findings: Vec<Diagnostic>,
    plan_id: Option<&str>,
    following: &Following<'_>,
) -> Option<Failure> {
    if !findings.is_empty() {
        return Some(Failure::invalid(findings));
    }
    let too_many = plan::check_deletions(plans, following.policy).err().map(Failure::from);
    too_many.or_else(|| another_plan(plan_id.unwrap_or_default(), following.plan_id))
}

/// Whether the plan is not the one that was reviewed.
fn another_plan(plan_id: &str, reviewed: Option<&str>) -> Option<Failure> {
    // Where the id can't be made, that is what has to be told.
    let reviewed = reviewed.filter(|id| *id != plan_id && !plan_id.is_empty())?;
    let message = format!(
        "the plan made now is {plan_id}, not {reviewed}: the manifest, the inputs or GitHub have changed since that plan \
         was reviewed. Make and review a new plan"
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
