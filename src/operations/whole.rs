//! The operations on a whole organization, from its manifest: validate, plan, apply.

use futures_util::future::try_join;

use super::judge::{self, Judged};
use super::{Session, counted, files, remark};
use crate::actions::Console;
use crate::apply::{self, LookedUp};
use crate::desired::Desired;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::Location;
use crate::failure::{Exit, Failure};
use crate::github::{ApiError, OnStop};
use crate::inputs::{Inputs, ManifestFile, Operation};
use crate::manifest::{self, Manifest};
use crate::plan::{self, Plan, Policy, Resend, Sent};
use crate::registry::Listing;
use crate::report::{self, Report};
use crate::text::one_line;

/// Reads and checks the manifest, and does nothing else.
pub(super) fn validate(
    file: &ManifestFile,
    inputs: &Inputs,
    log: &Console,
    report: &mut Report,
) -> Result<(), Failure> {
    let manifest = read(file, &report.org)?;
    tell_warnings(&manifest, log, report);
    let home = judge::home(inputs.api_host.as_deref(), None, &report.org);
    report.assessments = Judged::entries(&manifest).assess(&home, &inputs.levels);
    judge::tell(&report.assessments.clone(), log, report)?;
    for assessment in &report.assessments {
        let label = assessment.label.as_deref().unwrap_or_default();
        for doubt in assessment.doubts() {
            log.text(&one_line(&format!("{label}: {doubt}")));
        }
    }
    let registries = counted(manifest.registries.len(), "registry", "registries");
    let fact = format!("{} is valid: {registries}", file.shown);
    log.text(&fact);
    report.facts.push(fact);
    Ok(())
}

impl Session<'_> {
    pub(super) async fn plan(
        &mut self,
        file: &ManifestFile,
        policy: Policy,
        fail_on_drift: bool,
    ) -> Result<(), Failure> {
        self.follow_manifest(file, policy, None).await?;
        let has_drift = self.report.plan.as_ref().is_some_and(Plan::has_drift);
        if fail_on_drift && has_drift {
            let message = format!("GitHub differs from the manifest: {}", report::totals(self.report));
            return Err(Failure::new(Exit::Drift, "Drift", message));
        }
        Ok(())
    }

    /// Makes the plan of the manifest, which is to be the one that was reviewed, and carries it out unless the run only
    /// reports.
    pub(super) async fn follow_manifest(
        &mut self,
        file: &ManifestFile,
        policy: Policy,
        reviewed: Option<&str>,
    ) -> Result<(), Failure> {
        let manifest = read(file, self.org());
        if let Ok(manifest) = &manifest {
            // Before anything is printed. A plan needs and uses none of them, but one that is there may be repeated by a
            // server all the same.
            self.vault.read(manifest.registries.iter().filter_map(Desired::secret));
        }
        self.tell_remarks();
        let manifest = manifest?;
        tell_warnings(&manifest, self.log, self.report);
        if self.report.operation == Some(Operation::Apply) && reviewed.is_none() {
            self.log.text("No `plan-id` is given, so the plan made now counts, whether it was reviewed or not.");
        }
        refuse_to_empty(policy, &manifest)?;
        let ahead = async { Ok(self.look_ahead(&manifest, policy).await) };
        let (listing, ahead) = try_join(self.client.list(self.org(), OnStop::GiveUp), ahead).await?;
        let (mut plan, listing) = self.plan_to_create(&manifest, listing, policy).await?;
        self.warn_of_credentials(&listing.registries);
        let looked_up = self.look_up(&plan, ahead).await;
        if let Ok(LookedUp { repositories, .. }) = &looked_up {
            plan.identify(&listing.registries, &repositories.ids);
        }
        let entries = Judged::entries(&manifest);
        let entries = if self.report.only_reports() { entries } else { entries.with_secrets(&self.vault) };
        let found = self.judge(&entries.beside(&plan, &listing.registries));
        let refusal = found.err().or_else(|| plan::check_deletions(&plan, policy).err().map(Failure::from));
        match refusal.or_else(|| another_plan(&plan, reviewed)) {
            Some(mut refusal) => {
                self.show_plan(plan.clone());
                if !self.report.only_reports() {
                    self.report.outcomes = apply::not_begun(&plan);
                }
                refusal
                    .diagnostics
                    .extend(looked_up.map(|looked_up| looked_up.repositories.problems).unwrap_or_default());
                Err(refusal)
            }
            None => self.carry_out(plan, looked_up).await,
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
        if listing.pages <= 1 || !plan.creates() || self.report.only_reports() {
            return Ok((plan, listing));
        }
        let listing = self.client.list_again(self.org(), listing, OnStop::GiveUp).await?;
        Ok((plan::from_manifest(&manifest.registries, &listing, policy)?, listing))
    }

    /// With `resend: always` every entry is sent, with all that can't be compared: what that takes is certain before the
    /// list has come.
    async fn look_ahead(&self, manifest: &Manifest, policy: Policy) -> Option<Result<LookedUp, ApiError>> {
        if self.report.only_reports() || policy.resend != Resend::Always {
            return None;
        }
        let sent = manifest.registries.iter().map(Sent::of);
        Some(apply::look_up(&self.client, self.org(), sent, false).await)
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

/// Reads and checks the manifest; `org` may be empty, as `validate` needs none.
fn read(file: &ManifestFile, org: &str) -> Result<Manifest, Failure> {
    let ManifestFile { path, within, shown } = file;
    let source = files::read(path, within).map_err(|error| {
        let location = Some(Location { file: shown.clone(), line: 1, column: 1 });
        let note = Diagnostic::error("Manifest", format!("the manifest {shown} {error}")).at(location);
        Failure { exit: Exit::Wrong, diagnostics: vec![note] }
    })?;
    Ok(manifest::read(&source, shown, Some(org).filter(|org| !org.is_empty()))?)
}

fn tell_warnings(manifest: &Manifest, log: &Console, report: &mut Report) {
    for of_manifest in &manifest.remarks {
        remark(log, report, of_manifest);
    }
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
