//! The output files of a run, which follow the rules of the runner's file commands.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use crypto_box::aead::OsRng;
use crypto_box::aead::rand_core::RngCore as _;

use crate::files::{Located, NewFile, Output, locate};
use crate::shutdown::Shutdown;
use crate::text::harmless;

/// The paths of the output files, and of the files that they must not overwrite.
#[derive(Debug, Default)]
pub struct Paths {
    /// `GITHUB_OUTPUT`.
    pub output: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`.
    pub summary: Option<PathBuf>,
    /// Input `result-path`.
    pub result: Option<PathBuf>,
    /// Input `summary-path`.
    pub comment: Option<PathBuf>,
    /// Input `export-path`, if the operation writes there.
    pub export: Option<PathBuf>,
    /// The folder in which no symbolic links are followed to an output file.
    pub checkout: PathBuf,
    /// The files that the run reads, each with the input or variable that names it.
    pub read: Vec<(&'static str, PathBuf)>,
}

/// The output files of a run. They are opened before anything is sent, so that a run that can't report does not start.
#[derive(Debug)]
pub struct Files {
    output: Option<Output>,
    summary: Option<Output>,
    result: Option<Output>,
    comment: Option<Output>,
    export: Option<NewFile>,
    /// The files of several organizations, each with its path.
    exports: BTreeMap<String, (PathBuf, NewFile)>,
    checkout: PathBuf,
}

impl Files {
    /// Opens the files; those of the runner are appended to.
    ///
    /// Returns an error for each file that can't be written. The others are open, so that the errors can be reported.
    pub fn open(paths: &Paths) -> (Self, Vec<anyhow::Error>) {
        let Paths { output, summary, result, comment, export, checkout, read } = paths;
        let mut taken: Vec<(&str, &Path)> = read.iter().map(|(what, path)| (*what, path.as_path())).collect();
        taken.extend(output.iter().map(|path| ("GITHUB_OUTPUT", path.as_path())));
        taken.extend(summary.iter().map(|path| ("GITHUB_STEP_SUMMARY", path.as_path())));
        // An existing file is refused anyway, and `manifest` may name the very file that `export` creates.
        let result_path = result.as_deref().map(|path| ("input `result-path`", path));
        let comment_path = comment.as_deref().map(|path| ("input `summary-path`", path));
        let exports: Vec<(&str, &Path)> = result_path.into_iter().chain(comment_path).collect();
        let comments: Vec<(&str, &Path)> = taken.iter().copied().chain(result_path).collect();
        let mut errors = Vec::new();
        let files = Self {
            output: opened(output.as_deref(), &mut errors, |path| append(path, "GITHUB_OUTPUT")),
            summary: opened(summary.as_deref(), &mut errors, |path| append(path, "GITHUB_STEP_SUMMARY")),
            result: opened(result.as_deref(), &mut errors, |path| replace(path, "result-path", checkout, &taken)),
            comment: opened(comment.as_deref(), &mut errors, |path| replace(path, "summary-path", checkout, &comments)),
            export: opened(export.as_deref(), &mut errors, |path| create(path, checkout, &exports)),
            exports: BTreeMap::new(),
            checkout: checkout.clone(),
        };
        (files, errors)
    }

    /// Writes the outputs in the runner's heredoc syntax.
    ///
    /// # Errors
    /// When the file can't be written, such as on a full disk.
    pub async fn write_outputs(
        &mut self,
        outputs: &[(&'static str, String)],
        shutdown: Option<&Shutdown>,
    ) -> anyhow::Result<()> {
        let Some(file) = &mut self.output else { return Ok(()) };
        file.write(&entries(outputs), shutdown).await.context("GITHUB_OUTPUT can't be written")
    }

    /// Appends to the job summary.
    ///
    /// # Errors
    /// When the file can't be written, such as on a full disk.
    pub async fn write_summary(&mut self, markdown: &str, shutdown: Option<&Shutdown>) -> anyhow::Result<()> {
        let Some(file) = &mut self.summary else { return Ok(()) };
        file.write(markdown, shutdown).await.context("GITHUB_STEP_SUMMARY can't be written")
    }

    /// Returns whether the `result` document is written to a file, which takes it at any size.
    pub const fn wants_result(&self) -> bool {
        self.result.is_some()
    }

    /// Writes the `result` document to the file of `result-path`, replacing its content.
    ///
    /// # Errors
    /// When the file can't be written, such as on a full disk.
    pub async fn write_result(
        &mut self,
        result: impl FnOnce() -> String,
        shutdown: Option<&Shutdown>,
    ) -> anyhow::Result<()> {
        let Some(file) = &mut self.result else { return Ok(()) };
        let mut result = result();
        if file.is_log() {
            // In the log, the runner would take this for a command anywhere in a line. In JSON it occurs only in
            // strings.
            result = result.replace("##[", "#\\u0023[");
        }
        result.push('\n');
        let written = file.write(&result, shutdown).await;
        written.context("the file of input `result-path` can't be written")
    }

    /// Writes the summary to the file of `summary-path`, replacing its content.
    ///
    /// # Errors
    /// When the file can't be written, such as on a full disk.
    pub async fn write_comment(
        &mut self,
        markdown: impl FnOnce() -> String,
        shutdown: Option<&Shutdown>,
    ) -> anyhow::Result<()> {
        let Some(file) = &mut self.comment else { return Ok(()) };
        let markdown = if file.is_log() { harmless(&markdown()) } else { markdown() };
        file.write(&markdown, shutdown).await.context("the file of input `summary-path` can't be written")
    }

    /// Writes the manifest to the file of `export-path`, if it is set.
    ///
    /// # Errors
    /// When the file can't be written, such as on a full disk.
    pub async fn write_export(&mut self, manifest: &str, shutdown: Option<&Shutdown>) -> anyhow::Result<()> {
        let Some(file) = self.export.take() else { return Ok(()) };
        file.write(manifest, shutdown).await.context("the file of input `export-path` can't be written")
    }
}

impl Files {
    /// Creates the export files of several organizations, before anything is sent.
    ///
    /// # Errors
    /// The first that can't be created. Those already created are removed when this value is dropped.
    pub fn open_exports(&mut self, paths: impl Iterator<Item = (String, PathBuf)>) -> anyhow::Result<()> {
        for (org, path) in paths {
            let file = create(&path, &self.checkout, &[])?;
            self.exports.insert(org, (path, file));
        }
        Ok(())
    }

    /// Writes the manifest of one of several organizations, and returns its path.
    ///
    /// # Errors
    /// When the file can't be written, such as on a full disk.
    pub async fn write_export_of(
        &mut self,
        org: &str,
        manifest: &str,
        shutdown: Option<&Shutdown>,
    ) -> anyhow::Result<Option<PathBuf>> {
        let Some((path, file)) = self.exports.remove(org) else { return Ok(None) };
        file.write(manifest, shutdown).await.with_context(|| format!("{} can't be written", path.display()))?;
        Ok(Some(path))
    }
}

/// Opens a file if its path is set, and collects the error.
fn opened<T>(
    path: Option<&Path>,
    errors: &mut Vec<anyhow::Error>,
    open: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> Option<T> {
    open(path?).map_err(|error| errors.push(error)).ok()
}

/// Opens one of the runner's files.
fn append(path: &Path, variable: &str) -> anyhow::Result<Output> {
    Output::append(path).with_context(|| format!("{variable} ({}) can't be written", path.display()))
}

/// Opens a file that an input names, to replace its content.
fn replace(path: &Path, input: &str, checkout: &Path, taken: &[(&str, &Path)]) -> anyhow::Result<Output> {
    let opened = free_place(path, checkout, taken).and_then(|place| Output::replace(&place).map_err(Into::into));
    opened.with_context(|| format!("input `{input}` ({}) can't be written", path.display()))
}

/// Returns where an input's path leads, or an error if that is a file with another purpose.
fn free_place(path: &Path, checkout: &Path, taken: &[(&str, &Path)]) -> anyhow::Result<Located> {
    let place = locate(path, checkout).map_err(anyhow::Error::msg)?;
    match taken.iter().find(|(_, other)| place.is_same(other)) {
        Some((what, _)) => Err(anyhow::anyhow!("it is the file that {what} names: choose another")),
        None => Ok(place),
    }
}

/// Creates the file of `export-path`.
fn create(path: &Path, checkout: &Path, taken: &[(&str, &Path)]) -> anyhow::Result<NewFile> {
    let made = free_place(path, checkout, taken).map(|place| NewFile::create(&place));
    let context = || format!("input `export-path` ({}) can't be written", path.display());
    match made {
        Ok(Err(error)) if error.kind() == ErrorKind::AlreadyExists => {
            Err(anyhow::anyhow!("input `export-path` names an existing file: remove it, or choose another name"))
        }
        Ok(made) => made.with_context(context),
        Err(error) => Err(error).with_context(context),
    }
}

/// Formats the outputs in the runner's heredoc syntax.
pub fn entries(outputs: &[(&'static str, String)]) -> String {
    // The result of many organizations is large, so the capacity is reserved once.
    let mut entries = String::with_capacity(outputs.iter().map(|(_, value)| value.len() + 128).sum());
    for (name, value) in outputs {
        entries.extend(parts(name, value, &delimiter(value)));
    }
    entries
}

/// Returns the parts of an entry.
fn parts<'a>(name: &'a str, value: &'a str, delimiter: &'a str) -> [&'a str; 8] {
    [name, "<<", delimiter, "\n", value, "\n", delimiter, "\n"]
}

/// Returns a delimiter that nobody can guess and that does not occur in the value.
fn delimiter(value: &str) -> String {
    loop {
        let mut random = [0; 16];
        OsRng.fill_bytes(&mut random);
        let delimiter = format!("ghadelimiter_{:032x}", u128::from_be_bytes(random));
        if !value.contains(&delimiter) {
            return delimiter;
        }
    }
}
