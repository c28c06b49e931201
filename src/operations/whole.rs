//! The operations on a whole organization, from its manifest: validate, plan, apply.

use futures_util::future::join;

use super::{Session, counted, files, warn};
use crate::actions::{Log, Note};
use crate::apply::{self, Ahead};
use crate::failure::{Exit, Failure};
use crate::inputs::ManifestFile;
use crate::manifest::{self, Manifest};
use crate::place::Place;
use crate::plan::{self, Plan, Policy, Resend};
use crate::report::{self, Report};

/// Reads and checks the manifest, and does nothing else.
pub(super) fn validate(file: &ManifestFile, log: &Log, report: &mut Report) -> Result<(), Failure> {
    let declared = read(file, log, report)?;
    let registries = counted(declared.registries.len(), "registry", "registries");
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
        self.apply(file, policy, None).await?;
        let has_drift = self.report.plan.as_ref().is_some_and(Plan::has_drift);
        if fail_on_drift && has_drift {
            let message = format!("GitHub differs from the manifest: {}", report::totals(self.report));
            return Err(Failure::new(Exit::Drift, "Drift", message));
        }
        Ok(())
    }

    /// Makes the plan of the manifest, and carries it out unless the run only reports.
    pub(super) async fn apply(
        &mut self,
        file: &ManifestFile,
        policy: Policy,
        plan_id: Option<&str>,
    ) -> Result<(), Failure> {
        let declared = read(file, self.log, self.report)?;
        refuse_to_empty(policy, &declared)?;
        let (listing, ahead) = join(self.client.list(self.org()), self.look_ahead(&declared, policy)).await;
        let plan = plan::from_manifest(&declared.registries, &listing?, policy)?;
        if let Some(expected) = plan_id
            && expected != plan.id
        {
            let message = format!(
                "the plan made now is {}, not {expected}: the manifest, the inputs or GitHub have changed since that \
                 plan was reviewed. Make and review a new plan",
                plan.id
            );
            self.show_plan(plan);
            return Err(Failure::new(Exit::Failed, "Another plan", message));
        }
        self.carry_out(plan, ahead).await
    }

    /// With `resend: always` every entry is sent, with all that can't be compared: what that takes is certain before the
    /// list has come.
    async fn look_ahead(&self, declared: &Manifest, policy: Policy) -> Ahead {
        if self.only_reports() || policy.resend != Resend::Always {
            return None;
        }
        let settings = declared.registries.iter().map(|desired| (desired.place.as_ref(), &desired.settings));
        Some(apply::look_up(&self.client, self.org(), settings).await)
    }
}

/// Reads and checks the manifest, telling what is wrong or likely to hurt at its place.
fn read(file: &ManifestFile, log: &Log, report: &mut Report) -> Result<Manifest, Failure> {
    let ManifestFile { path, within, shown } = file;
    let source = files::read(path, within.as_deref()).map_err(|error| {
        let place = Some(Place { file: shown.clone(), line: 1, column: 1 });
        let note = Note::new("Manifest", format!("the manifest {shown} {error}")).at(place);
        Failure { exit: Exit::Wrong, notes: vec![note] }
    })?;
    let manifest = manifest::read(&source, shown)?;
    for warning in &manifest.warnings {
        warn(log, report, warning);
    }
    Ok(manifest)
}

/// An empty manifest that deletes everything else is an accident.
fn refuse_to_empty(policy: Policy, declared: &Manifest) -> Result<(), Failure> {
    if policy.prune && declared.registries.is_empty() {
        let message = "the manifest has no registry, and `prune` would delete every one on GitHub: this is refused. To \
                       delete them all, use `operation: delete` for each";
        return Err(Failure::new(Exit::Wrong, "Prune", message));
    }
    Ok(())
}
