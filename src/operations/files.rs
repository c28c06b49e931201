//! The file of the manifest.

use std::io::ErrorKind;
use std::path::Path;

use super::failure::Failure;
use crate::diagnostics::{Diagnostic, Location};
use crate::inputs::ManifestFile;
use crate::manifest::{self, Manifest};

use crate::files::{self, real_folder};
use crate::manifest::LARGEST;

/// Reads and checks the manifest; `org` may be empty, as `validate` needs none.
pub(super) fn manifest(file: &ManifestFile, org: &str) -> Result<Manifest, Failure> {
    let ManifestFile { path, within, shown } = file;
    let source = read(path, within).map_err(|error| {
        let location = Some(Location { file: shown.clone(), line: 1, column: 1 });
        let note = Diagnostic::error("Manifest", format!("the manifest {shown} {error}")).at(location);
        Failure::invalid(vec![note])
    })?;
    Ok(manifest::read(&source, shown, Some(org).filter(|org| !org.is_empty()))?)
}

/// The text of a manifest. It is in `within`, links included: whoever writes a pull request must not have other files
/// read, and quoted.
fn read(path: &Path, within: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            "does not exist: check out the repository, set input `manifest`, or write one with `operation: export`"
                .to_owned()
        }
        ErrorKind::FileTooLarge => format!("is larger than {} KiB", LARGEST / 1024),
        _ => format!("can't be read: {error}"),
    };
    let file = path.canonicalize().map_err(failed)?;
    if !file.starts_with(real_folder(within).map_err(failed)?) {
        let folder = if within.as_os_str().is_empty() { "the working directory" } else { "the workspace" };
        return Err(format!("leads out of {folder}, by its path or by a link, and is not read: put the file there"));
    }
    let bytes = files::read(&file, LARGEST).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| "is not valid UTF-8".to_owned())
}
