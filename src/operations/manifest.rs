//! The operations `plan` and `apply`, which compare a whole organization with its manifest.

use futures_util::future::join;

use super::Session;
use super::expiring::Expirations;
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

/// The plan of one organization, with what was found out for it.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) looked_up: Result<LookedUp, ApiError>,
    /// The findings at level `error`, which forbid carrying it out.
    pub(super) findings: Vec<Diagnostic>,
}

impl Session<'_> {
    /// Makes the plan of the manifest and, unless the run only reports, carries it out. If a `plan-id` is given, the
    /// plan must have it.
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

    /// Compares the manifest with GitHub, and looks up what the plan needs from there.
    pub(super) async fn make_plan(&mut self, manifest: &Manifest, policy: Policy) -> Result<Planned, Failure> {
        let only_reports = self.inputs.only_reports();
        let expirations = Expirations::new(manifest, self.inputs.horizon, (!only_reports).then_some(self.vault));
        self.journal.report.expiring = expirations.expiring();
        refuse_empty_manifest(policy, manifest)?;
        let (listing, ()) =
            join(self.organization.list(OnStop::GiveUp), self.look_ahead(manifest, policy, &expirations)).await;
        let (mut plan, listing) = self.plan_to_create(manifest, listing?, policy).await?;
        self.organization.remember(&listing);
        self.warn_of_credentials(&listing.registries);
        // Without the dates in the secrets, which a plan does not read: it must have the same id as its apply.
        plan.withhold(&Expirations::new(manifest, self.inputs.horizon, None).expired());
        let looked_up = self.look_up(&plan).await;
        if let Ok(looked_up) = &looked_up {
            plan.identify(&listing.registries, &looked_up.repositories.ids);
        }
        plan.withhold(&expirations.expired());
        let entries = Judged::entries(manifest);
        let entries = if only_reports { entries } else { entries.with_secrets(self.vault) };
        let found = self.judge(&entries.beside(&plan, &listing.registries));
        Ok(Planned { plan, looked_up, findings: found.err().map(|failure| failure.diagnostics).unwrap_or_default() })
    }

    /// Carries out a plan that was not refused, and fails if it has drift and `fail-on-drift` is set.
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

    /// Makes the plan, and returns it with the list that it is based on. A list of several pages is read again before
    /// something is created, because a concurrent deletion can hide a configuration from it.
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

    /// Looks up what the plan will need while the list is being read. This is only possible with `resend: always`,
    /// where every entry is sent.
    async fn look_ahead(&self, manifest: &Manifest, policy: Policy, expirations: &Expirations<'_>) {
        if !self.inputs.only_reports() && policy.resend == Resend::Always {
            // Answers and errors are remembered; an error is reported when the plan needs the answer.
            let expired = expirations.expired();
            let is_expired = |sent: &Sent<'_>| sent.label.is_some_and(|label| expired.contains_key(label));
            let sent = manifest.registries.iter().map(Sent::of).filter(|sent| !is_expired(sent));
            let _ = apply::look_up(self.organization, sent, false).await;
        }
    }
}

/// The message of an apply without a `plan-id`.
pub(super) const NO_PLAN_ID: &str =
    "No `plan-id` is given, so the plan made now counts, whether it was reviewed or not.";

/// Returns the reason why none of the plans of a run may be carried out: findings at level `error`, too many deletions,
/// or another plan than the one that was reviewed. `plan_id` is that of all plans, if each has one.
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

/// Returns a failure if the plan is not the one that was reviewed.
fn another_plan(plan_id: &str, reviewed: Option<&str>) -> Option<Failure> {
    // Without an id, the reason why there is none is reported instead.
    let reviewed = reviewed.filter(|id| *id != plan_id && !plan_id.is_empty())?;
    let message = format!(
        "the plan made now is {plan_id}, not {reviewed}: the manifest, the inputs or GitHub have changed since that plan \
         was reviewed. Make and review a new plan"
    );
    Some(Failure::new(Exit::Failed, "Another plan", message))
}

/// Refuses an empty manifest with `prune`: that it would delete everything is most likely an accident.
fn refuse_empty_manifest(policy: Policy, manifest: &Manifest) -> Result<(), Failure> {
    if policy.prune && manifest.registries.is_empty() {
        let message = "the manifest has no registries, so `prune` would delete every configuration on GitHub. This is \
                       refused. To delete them all, use `operation: delete` for each";
        return Err(Failure::new(Exit::Failed, "Prune", message));
    }
    Ok(())
}
