//! `validate`: reads and checks the manifest, and asks nobody.

use super::failure::Failure;
use super::journal::Journal;
use super::judge::{self, Judged};
use super::{counted, files};
use crate::inputs::{Inputs, ManifestFile};
use crate::text::one_line;

/// Reads and checks the manifest, and does nothing else.
pub(super) fn validate(file: &ManifestFile, inputs: &Inputs, journal: &mut Journal) -> Result<(), Failure> {
    journal.note_all(inputs.remarks.iter().cloned());
    let manifest = files::manifest(file, &inputs.org)?;
    journal.note_all(manifest.remarks.iter().cloned());
    let home = judge::home(inputs.api_host.as_deref(), None, &inputs.org);
    journal.assess(Judged::entries(&manifest).assess(&home, &inputs.levels))?;
    for assessment in &journal.report.assessments {
        let label = assessment.label.as_deref().unwrap_or_default();
        for doubt in assessment.doubts() {
            journal.console.text(&one_line(&format!("{label}: {doubt}")));
        }
    }
    let registries = counted(manifest.registries.len(), "registry", "registries");
    journal.fact(format!("{} is valid: {registries}", file.shown));
    Ok(())
}
