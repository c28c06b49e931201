//! The operation `validate`: reads and checks the manifest, without any request.

use super::expiring::Expirations;
use super::failure::Failure;
use super::journal::Journal;
use super::judge::{self, Judged};
use super::{counted, files};
use crate::inputs::{Inputs, ManifestFile};
use crate::manifest::Manifest;
use crate::text::one_line;

/// Performs `validate` for one organization. `org` may be empty.
pub(super) fn validate(file: &ManifestFile, org: &str, inputs: &Inputs, journal: &mut Journal) -> Result<(), Failure> {
    journal.note_all(inputs.remarks.iter().cloned());
    let manifest = files::manifest(file, Some(org).filter(|org| !org.is_empty()))?;
    journal.note_all(manifest.remarks.iter().cloned());
    check(&manifest, org, inputs, journal)?;
    let registries = counted(manifest.registries.len(), "registry", "registries");
    journal.fact(format!("{} is valid: {registries}", manifest.file()));
    Ok(())
}

/// Applies the rules to the entries of a manifest, and prints who can't use them.
pub(super) fn check(manifest: &Manifest, org: &str, inputs: &Inputs, journal: &mut Journal) -> Result<(), Failure> {
    journal.report.expiring = Expirations::new(manifest, inputs.horizon, None).expiring();
    let home = judge::home(inputs.api_host.as_deref(), None, org, inputs.horizon);
    journal.assess(Judged::entries(manifest).assess(&home, &inputs.levels))?;
    for assessment in &journal.report.assessments {
        let label = assessment.label.as_deref().unwrap_or_default();
        for doubt in assessment.doubts() {
            journal.console.text(&one_line(&format!("{label}: {doubt}")));
        }
    }
    journal.need(manifest.registries.iter().filter_map(|desired| desired.settings.secret.as_ref()));
    Ok(())
}
