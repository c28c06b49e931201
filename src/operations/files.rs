//! Finds and reads the manifest's file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::diagnostics::{Diagnostic, Location, did_you_mean, nearest};
use crate::files::{self, real_folder};
use crate::inputs::{ManifestFile, PLACEHOLDER, is_file_word};
use crate::manifest::{self, Context, LARGEST, Manifest};

/// The most files of a folder among which a misspelled name is looked up.
const MOST_FILES: usize = 1_000;

/// Reads and checks a manifest. Returns the part for `org`, or the whole.
pub(super) fn manifest(file: &ManifestFile, org: Option<&str>) -> Result<Manifest, Failure> {
    let Some(org) = org else { return whole(file) };
    let own = of(file, org)?.or_else(|| file.of(org)).unwrap_or_else(|| file.clone());
    let manifest = whole(&own)?;
    let remarks = manifest.remarks.iter().cloned().chain(not_in_the_run(&manifest, &[org.to_owned()])).collect();
    Ok(Manifest { remarks, ..manifest.of(org)? })
}

/// Returns a warning for each organization that a manifest names but the run does not include.
pub(super) fn not_in_the_run(manifest: &Manifest, organizations: &[String]) -> Vec<Diagnostic> {
    let is_in = |name: &str| organizations.iter().any(|org| org.eq_ignore_ascii_case(name));
    let others = manifest.organizations().into_iter().filter(|(name, _)| !is_in(name));
    others
        .map(|(name, location)| {
            let near = did_you_mean(&name, organizations.iter().map(String::as_str));
            let message = format!("`organizations` names {name}, which is not in this run{near}");
            Diagnostic::warning("Manifest", message).at(Some(location))
        })
        .collect()
}

/// Reads and checks a file as a whole, for whichever organizations it is.
pub(super) fn whole(file: &ManifestFile) -> Result<Manifest, Failure> {
    let ManifestFile { path, within, shown, default_visibility, prune } = file;
    let source = read(path, within).map_err(|error| {
        // A file that does not exist can't be annotated.
        let location = path.exists().then(|| Location { file: shown.clone(), line: 1, column: 1 });
        let note = Diagnostic::error("Manifest", format!("the manifest {shown} {error}")).at(location);
        Failure::invalid(vec![note])
    })?;
    let context = Context { file: shown, default_visibility: *default_visibility, prune: *prune };
    Ok(manifest::read(&source, &context)?)
}

/// Returns the file of one organization, if it exists: the one in the organization's spelling, or else the only one
/// whose name differs from it in case alone.
///
/// # Errors
/// If the organization's name can't be part of a path, or if several files differ from it only in case.
pub(super) fn of(file: &ManifestFile, org: &str) -> Result<Option<ManifestFile>, Failure> {
    if !file.is_per_organization() {
        return Ok(Some(file.clone()));
    }
    let exists = |own: &ManifestFile| own.path.symlink_metadata().is_ok();
    let Some(own) = file.of(org) else {
        let message =
            format!("`{{org}}` in input `manifest` can't be replaced by `{org}`, which can't be part of a file name");
        return Err(Failure::invalid(vec![Diagnostic::error("Input", message)]));
    };
    if exists(&own) {
        return Ok(Some(own));
    }
    let is_own = |name: &String| name.eq_ignore_ascii_case(org);
    let mut others: Vec<ManifestFile> =
        spellings(file).iter().filter(|name| is_own(name)).filter_map(|name| file.of(name)).filter(exists).collect();
    if others.len() > 1 {
        let shown: Vec<&str> = others.iter().map(|other| other.shown.as_str()).collect();
        let message = format!(
            "{org} has {} manifests whose names differ only in case: {}. Keep one of them, named {}",
            others.len(),
            shown.join(", "),
            own.shown
        );
        return Err(Failure::invalid(vec![Diagnostic::error("Manifest", message)]));
    }
    Ok(others.pop())
}

/// Returns the file that was probably meant to be an organization's: one with the same name and another ending, such as
/// `.yaml`.
pub(super) fn misnamed(file: &ManifestFile, org: &str) -> Option<String> {
    let own = file.of(org)?;
    let wanted = stem(own.path.file_name()?.to_str()?);
    let folder = own.path.parent()?;
    let others = files_in(folder, &own.within.canonicalize().ok()?);
    let other = others.into_iter().find(|name| wanted.is_some() && stem(name) == wanted)?;
    Some(Path::new(&own.shown).with_file_name(other).display().to_string())
}

/// Returns the names that `{org}` can stand for, according to the files in the folder.
pub(super) fn spellings(file: &ManifestFile) -> Vec<String> {
    let mut folder = PathBuf::new();
    for component in file.path.components() {
        let Some((before, after)) = component.as_os_str().to_str().and_then(|text| text.split_once(PLACEHOLDER)) else {
            folder.push(component);
            continue;
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        let entries = folder.read_dir().into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_prefix(before)?.strip_suffix(after)?.to_owned())
        });
        let mut names: Vec<String> = names.filter(|name| is_file_word(name)).collect();
        names.sort();
        return names;
    }
    Vec::new()
}

/// Reads the text of a manifest, which must be inside of `within`, even if it is a link: a pull request must not make
/// the run read other files and quote them.
fn read(path: &Path, within: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => missing(path, within),
        ErrorKind::FileTooLarge => format!("is larger than {} KiB", LARGEST / 1024),
        _ => format!("can't be read: {error}"),
    };
    let file = path.canonicalize().map_err(failed)?;
    if !file.starts_with(real_folder(within).map_err(failed)?) {
        let folder = if within.as_os_str().is_empty() { "the working directory" } else { "the workspace" };
        return Err(format!(
            "is outside of {folder}, by its path or through a link, and is not read: move the file into {folder}"
        ));
    }
    let bytes = files::read(&file, LARGEST).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| "is not valid UTF-8".to_owned())
}

/// Returns the rest of the message about a file that does not exist.
fn missing(path: &Path, within: &Path) -> String {
    match meant(path, within) {
        Some(other) => {
            format!("does not exist, but {} does: rename that file, or set input `manifest` to it", other.display())
        }
        None => "does not exist: check out the repository, set input `manifest`, or write one with `operation: export`"
            .to_owned(),
    }
}

/// Returns the file that was probably meant: one with a similar name in the same folder, or one with the same name in a
/// folder that usually holds the manifest.
fn meant(path: &Path, within: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_str()?;
    let is_same = |name: &&str| stem(name).is_some_and(|one| Some(one) == stem(wanted));
    let root = if within.as_os_str().is_empty() { Path::new(".") } else { within };
    let root = root.canonicalize().ok()?;
    let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { root.as_path() } else { folder })?;
    let here = files_in(folder, &root);
    let similar = || nearest(wanted, here.iter().map(String::as_str).filter(|name| stem(name).is_some()));
    if let Some(name) = here.iter().map(String::as_str).find(is_same).or_else(similar) {
        return Some(shown(&folder.join(name), &root));
    }
    let elsewhere = [root.join(".github"), root.clone()].into_iter().find_map(|folder| {
        let names = files_in(&folder, &root);
        names.iter().map(String::as_str).find(is_same).map(|name| folder.join(name))
    });
    elsewhere.map(|file| shown(&file, &root))
}

/// Returns the name of a YAML file without its ending, in lower case.
fn stem(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    [".yml", ".yaml"].into_iter().find_map(|ending| name.strip_suffix(ending).map(str::to_owned))
}

/// Returns the names of the files in a folder, sorted; nothing if the folder, even through a link, is outside of
/// `root`.
fn files_in(folder: &Path, root: &Path) -> Vec<String> {
    let folder = folder.canonicalize().ok().filter(|folder| folder.starts_with(root));
    let entries = folder.and_then(|folder| folder.read_dir().ok()).into_iter().flatten().take(MOST_FILES).flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Returns a path relative to the root, as it is written in an input.
fn shown(path: &Path, root: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.strip_prefix(root).map(Path::to_owned).unwrap_or(path)
}
