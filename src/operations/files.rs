//! The files that a person names: the manifest to read, the export to write.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;

use crate::manifest::LARGEST;

/// The text of a manifest, but for more than it may have: that is for its reader to refuse.
pub(super) fn read(path: &Path, within: Option<&Path>) -> Result<String, String> {
    let real = |path: &Path| path.canonicalize().ok();
    if let (Some(file), Some(folder)) = (real(path), within.and_then(real))
        && !file.starts_with(folder)
    {
        return Err("leads out of the workspace, by a link or by `..`, which is not followed".to_owned());
    }
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "does not exist: check out the repository, set input `manifest`, or write one with `operation: export`"
                .to_owned()
        }
        _ => format!("can't be read: {error}"),
    })?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() > LARGEST {
        return Err(format!("is larger than {} KiB", LARGEST / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "is not valid UTF-8".to_owned())
}

/// Writes a file that must not exist yet.
pub(super) fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("input `export-path`: {} can't be written", path.display()))
}
