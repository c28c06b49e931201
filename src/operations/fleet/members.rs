//! The organizations of a run, each with its manifest, and what the rules report about their entries.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::note_all;
use crate::desired::Desired;
use crate::diagnostics::Diagnostic;
use crate::inputs::{ManifestFile, Organizations, Work};
use crate::manifest::Manifest;
use crate::operations::expiring::Expirations;
use crate::operations::failure::Failure;
use crate::operations::journal::Journal;
use crate::operations::judge::{self, Judged};
use crate::operations::{RunContext, files};
use crate::report::{Assessment, Fleet, Found};

/// One organization of the run.
pub(super) struct Member {
    pub(super) name: String,
    entries: Entries,
    pub(super) journal: Journal,
}

/// Where the manifest of an organization comes from.
enum Entries {
    /// With `*`, an organization without a file is not managed.
    Unmanaged,
    Own(Rc<Manifest>),
    /// One file for all organizations. The organization's part is made when it is needed, because those of three
    /// hundred organizations take megabytes.
    Shared(Rc<Manifest>),
}

impl Member {
    /// Returns its manifest, if it is managed.
    ///
    /// # Errors
    /// None that [`read_members`] has not reported.
    pub(super) fn manifest(&self) -> Result<Option<Rc<Manifest>>, Failure> {
        match &self.entries {
            Entries::Unmanaged => Ok(None),
            Entries::Own(manifest) => Ok(Some(Rc::clone(manifest))),
            Entries::Shared(whole) => Ok(Some(Rc::new(whole.of(&self.name)?))),
        }
    }

    /// Returns its manifest like [`Member::manifest`], and drops it.
    pub(super) fn take_manifest(&mut self) -> Result<Option<Rc<Manifest>>, Failure> {
        let manifest = self.manifest();
        self.entries = Entries::Unmanaged;
        manifest
    }

    /// Returns the entries of its manifest.
    pub(super) fn desired(&self) -> impl Iterator<Item = &Desired> {
        let (own, shared) = match &self.entries {
            Entries::Unmanaged => (None, None),
            Entries::Own(manifest) => (Some(manifest.registries.iter()), None),
            Entries::Shared(whole) => (None, Some(whole.entries_of(&self.name).map(|(desired, _)| desired))),
        };
        own.into_iter().flatten().chain(shared.into_iter().flatten())
    }
}

/// Returns the organizations that an operation without GitHub works on. With `*`, these are all that have a file; where
/// one file describes all of them, these are the ones it names, and [`Manifest::REST`] for the others.
pub(super) fn names_in(file: &ManifestFile, organizations: &Organizations) -> Result<Vec<String>, Failure> {
    Ok(match organizations {
        Organizations::One(name) => vec![name.clone()],
        Organizations::Several(names) => names.clone(),
        Organizations::All if file.is_per_organization() => {
            let names = files::spellings(file);
            if names.is_empty() {
                let message =
                    format!("no file matches {}, where `{{org}}` stands for an organization's name", file.shown);
                return Err(Failure::invalid(vec![Diagnostic::error("Manifest", message)]));
            }
            names
        }
        Organizations::All => {
            let named = files::whole(file)?.organizations().into_iter().map(|(name, _)| name);
            named.chain(std::iter::once(Manifest::REST.to_owned())).collect()
        }
    })
}

/// Reads the manifests of the organizations of this run (of all, those of this shard). Returns remarks about the files
/// as well.
///
/// # Errors
/// All errors in all manifests.
pub(super) fn read_members(
    context: RunContext<'_>,
    all: &[String],
    file: Option<&ManifestFile>,
) -> Result<(Vec<Member>, Vec<Diagnostic>), Failure> {
    let shard = context.inputs.fleet.shard;
    let names: Vec<String> = all.iter().filter(|name| shard.is_none_or(|shard| shard.has(name))).cloned().collect();
    let mut remarks = Vec::new();
    let mut problems = Vec::new();
    let whole = match file {
        Some(file) if !file.is_per_organization() => Some(Rc::new(files::whole(file)?)),
        _ => None,
    };
    if let Some(whole) = &whole {
        remarks.extend(whole.remarks.iter().cloned());
        if matches!(context.inputs.work, Work::OnGitHub(..)) || !all.iter().any(|name| name == Manifest::REST) {
            remarks.extend(files::not_in_the_run(whole, all));
        }
        problems.extend(whole.check_for(&names).err().into_iter().flat_map(|error| error.diagnostics));
    }
    let mut members = Vec::new();
    for name in names {
        let entries = match (file, &whole) {
            (None, _) => Ok(Entries::Own(Rc::default())),
            (Some(_), Some(whole)) => whole.of(&name).map(|_| Entries::Shared(Rc::clone(whole))).map_err(Failure::from),
            (Some(file), None) => own(file, &name, all, &context.inputs.fleet.organizations, &mut remarks),
        };
        let journal = Journal::of_many(context.inputs, &name, context.console.holding_back());
        match entries {
            Ok(entries) => members.push(Member { name, entries, journal }),
            Err(failure) => problems.extend(failure.diagnostics),
        }
    }
    deduplicate(&mut problems);
    if problems.is_empty() { Ok((members, remarks)) } else { Err(Failure::invalid(problems)) }
}

/// Reads the file of one organization. With `*`, an organization without a file is not managed.
fn own(
    file: &ManifestFile,
    name: &str,
    all: &[String],
    organizations: &Organizations,
    remarks: &mut Vec<Diagnostic>,
) -> Result<Entries, Failure> {
    let Some(own) = files::of(file, name)? else {
        let shown = file.of(name).map(|own| own.shown).unwrap_or_default();
        let misnamed = files::misnamed(file, name);
        if *organizations == Organizations::All {
            remarks.extend(misnamed.map(|other| {
                let message =
                    format!("{name} is not managed: {shown} does not exist, but {other} does. Rename that file");
                Diagnostic::warning("Manifest", message)
            }));
            return Ok(Entries::Unmanaged);
        }
        let message = match misnamed {
            Some(other) => {
                format!(
                    "the manifest {shown} of the organization {name} does not exist, but {other} does: rename that file"
                )
            }
            None => format!(
                "the manifest {shown} of the organization {name} does not exist: write one (`operation: export` does), or \
                 take {name} out of `org`"
            ),
        };
        return Err(Failure::invalid(vec![Diagnostic::error("Manifest", message)]));
    };
    if let Some(other) = all.iter().find(|other| other.as_str() > name && other.eq_ignore_ascii_case(name)) {
        let shown = |name: &str| file.of(name).map(|own| own.shown).unwrap_or_default();
        let message = format!(
            "{} and {} differ only in case, and one organization can use only one of them: keep the one in GitHub's \
             spelling",
            shown(name),
            shown(other)
        );
        remarks.push(Diagnostic::warning("Manifest", message));
    }
    let manifest = files::whole(&own)?;
    remarks.extend(manifest.remarks.iter().cloned().chain(files::not_in_the_run(&manifest, all)));
    Ok(Entries::Own(Rc::new(manifest.of(name)?)))
}

/// Removes duplicates: a mistake in a file that several organizations share is reported once.
fn deduplicate(diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    diagnostics.retain(|diagnostic| seen.insert(diagnostic.text_with_location()));
}

/// Returns the findings that are not in `known` yet, and adds them to it.
fn new_findings(
    mut assessment: Assessment,
    known: &mut BTreeSet<(Option<String>, &'static str, String)>,
) -> Option<Assessment> {
    let label = &assessment.label;
    assessment
        .findings
        .retain(|Found { finding, .. }| known.insert((label.clone(), finding.rule, finding.message.clone())));
    Some(assessment).filter(|assessment| !assessment.findings.is_empty())
}

/// Applies the rules to the entries of all organizations, before the first request.
pub(super) fn judge_first(context: RunContext<'_>, members: &mut [Member], fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = context.inputs;
    let mut assessments = Vec::new();
    let mut known = BTreeSet::new();
    for member in members.iter_mut() {
        let Some(manifest) = member.manifest()? else { continue };
        member.journal.report.expiring = Expirations::new(&manifest, inputs.horizon, None).expiring();
        let own = member.journal.report.expiring.iter().map(|expiring| (member.name.clone(), expiring.clone()));
        fleet.expiring.extend(own);
        let home = judge::home(inputs.api_host.as_deref(), None, &member.name, inputs.horizon);
        let entries = Judged::entries(&manifest).assess(&home, &inputs.levels);
        // If one file describes all organizations, each has the same findings.
        assessments.extend(entries.into_iter().filter_map(|assessment| new_findings(assessment, &mut known)));
    }
    let (errors, others) = judge::diagnostics(assessments.iter(), &judge::Reported::default());
    note_all(context, fleet, others);
    let reported = Rc::new(judge::reported(assessments.iter()));
    for member in members {
        member.journal.exclude(&reported);
    }
    if errors.is_empty() { Ok(()) } else { Err(Failure::invalid(errors)) }
}
