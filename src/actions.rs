//! The runner's protocol: workflow commands, their escaping, masks, and the files for outputs and summary.
//!
//! Everything that is printed goes through [`Log`], so nothing from outside can forge a command. The rules are those
//! of actions/toolkit (`command.ts`, `file-command.ts`) and of the runner's parser.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use crypto_box::aead::OsRng;
use crypto_box::aead::rand_core::RngCore as _;
use secrecy::{ExposeSecret, SecretString};

use crate::files::{Located, NewFile, Output, locate};
use crate::place::Place;
use crate::redact::Secrets;
use crate::stop::Stop;

/// How a run speaks: to the Actions runner, or to a person's terminal (or another CI's log).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Workflow commands on standard output.
    Actions,
    /// Plain text; errors and warnings on standard error.
    Plain,
}

/// Something to say that stands out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// A few words; in Actions the annotation's title.
    pub title: String,
    /// The whole message; may have several lines.
    pub message: String,
    /// Where in a file, if it is about one.
    pub place: Option<Place>,
    /// The source line with a marker below it, for a terminal. Holds no secret.
    pub excerpt: Option<String>,
}

impl Note {
    /// A note with a title and a message, about no file.
    pub fn new(title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { title: title.into(), message: message.into(), place: None, excerpt: None }
    }

    /// The same note about a place, if there is one.
    #[must_use]
    pub fn at(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }

    /// The message with its place, for where both must stand in one text.
    pub fn placed(&self) -> String {
        match &self.place {
            Some(Place { file, line, column }) => format!("{} ({file}:{line}:{column})", self.message),
            None => self.message.clone(),
        }
    }
}

/// What a [`Note`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The run has failed.
    Error,
    /// Legal, and likely to hurt.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Where a run prints. It knows the secrets that were read, and prints none of them, whatever text they come in.
#[derive(Clone)]
pub struct Log {
    style: Style,
    secrets: Arc<Mutex<Secrets>>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("style", &self.style).finish_non_exhaustive()
    }
}

impl Log {
    /// A log in this style.
    pub fn new(style: Style) -> Self {
        Self { style, secrets: Arc::default() }
    }

    /// Hides a value in everything that is printed from now on, and has the runner do the same. Elsewhere the command
    /// would print the secret.
    pub fn mask(&self, secret: &SecretString) {
        let is_new = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).learn(secret);
        if is_new && self.style == Style::Actions {
            print(io::stdout(), &format!("::add-mask::{}", escape_data(secret.expose_secret())));
        }
    }

    /// A text without the secrets that are known, for what others may have put them into.
    pub fn redact(&self, text: &str) -> String {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).redact(text)
    }

    /// Prints text as it is, but for what the runner or a terminal would take as a command.
    pub fn text(&self, text: &str) {
        print(io::stdout(), &harmless(&self.redact(text)));
    }

    /// Starts a group of lines.
    pub fn group(&self, title: &str) {
        match self.style {
            Style::Actions => {
                print(io::stdout(), &format!("::group::{}", escape_data(&printable(&self.redact(title)))));
            }
            Style::Plain => self.text(&format!("{title}:")),
        }
    }

    /// Ends the group.
    pub fn end_group(&self) {
        if self.style == Style::Actions {
            print(io::stdout(), "::endgroup::");
        }
    }

    /// Says something that stands out.
    pub fn note(&self, level: Level, note: &Note) {
        let note = &Note {
            title: self.redact(&note.title),
            message: self.redact(&note.message),
            excerpt: note.excerpt.as_deref().map(|excerpt| self.redact(excerpt)),
            place: note.place.clone().map(|place| Place { file: self.redact(&place.file), ..place }),
        };
        match self.style {
            Style::Actions => print(io::stdout(), &command(level, note)),
            Style::Plain if level == Level::Notice => print(io::stdout(), &plain(level, note)),
            Style::Plain => print(io::stderr(), &plain(level, note)),
        }
    }

    /// Says what has failed.
    pub fn error(&self, note: &Note) {
        self.note(Level::Error, note);
    }

    /// Says what is worth knowing.
    pub fn notice(&self, note: &Note) {
        self.note(Level::Notice, note);
    }
}

/// A closed pipe is no reason to leave a run half done, so a failure to print is ignored.
fn print(mut to: impl Write, text: &str) {
    let _ = writeln!(to, "{text}").and_then(|()| to.flush());
}

/// `::error title=…,file=…,line=…,col=…::message`
fn command(level: Level, note: &Note) -> String {
    let mut properties = vec![format!("title={}", escape_property(&printable(&note.title)))];
    if let Some(Place { file, line, column }) = &note.place {
        properties.push(format!("file={}", escape_property(&printable(file))));
        properties.push(format!("line={line}"));
        properties.push(format!("col={column}"));
    }
    format!("::{} {}::{}", level.as_str(), properties.join(","), escape_data(&printable(&note.message)))
}

/// `error: message`, then the place and the excerpt, as a compiler says it.
fn plain(level: Level, note: &Note) -> String {
    let mut text = format!("{}: {}", level.as_str(), harmless(&note.message).replace('\n', "\n  "));
    if let Some(Place { file, line, column }) = &note.place {
        let _ = write!(text, "\n  --> {}:{line}:{column}", printable(file));
    }
    if let Some(excerpt) = &note.excerpt {
        let _ = write!(text, "\n{}", harmless(excerpt));
    }
    text
}

/// Replaces every character that would steer a terminal or deceive a reader. Line feeds and tabs stay.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && c != '\t' && deceives(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Whether a reader can't see a character, or takes it for another: controls, what changes the direction of text, white
/// space other than the usual blank, and what shows nothing at all.
pub fn deceives(c: char) -> bool {
    if c.is_ascii() {
        return c.is_control();
    }
    // Rust escapes what is no letter, mark, number, punctuation or symbol. Those below are, and are invisible all the
    // same: <https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>, Default_Ignorable_Code_Point
    let is_escaped = || format!("a{c}").escape_debug().nth(2).is_some();
    matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}' // no dots of Braille
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    ) || is_escaped()
}

/// The same on one line, so that text from outside can't pass for a line of ours.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// The same for JSON, where it changes no value: nothing but a text in it can hold such a character.
pub fn printable_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if deceives(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Makes sure that no line is a workflow command, in the runner's present (`::`) or old (`##[`) syntax.
fn harmless(text: &str) -> String {
    let lines: Vec<String> = printable(text)
        .split('\n')
        .map(|line| {
            let line = line.replace("##[", "##\\[");
            if line.trim_start().starts_with("::") { line.replacen("::", ":\\:", 1) } else { line }
        })
        .collect();
    lines.join("\n")
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Where a run leaves its results, and what it must not write over.
#[derive(Debug, Default)]
pub struct Paths {
    /// `GITHUB_OUTPUT`.
    pub output: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`.
    pub summary: Option<PathBuf>,
    /// Input `result-path`.
    pub result: Option<PathBuf>,
    /// Input `export-path`, if the operation writes there.
    pub export: Option<PathBuf>,
    /// Where no link is followed on the way to a file that an input names.
    pub checkout: PathBuf,
    /// The files that the run reads, each with what names it.
    pub read: Vec<(&'static str, PathBuf)>,
}

/// The files that a run leaves its results in. Opened before anything is sent, so that a run which can't report does
/// not begin.
#[derive(Debug)]
pub struct Files {
    output: Option<Output>,
    summary: Option<Output>,
    result: Option<Output>,
    export: Option<NewFile>,
}

impl Files {
    /// Opens the files, for appending where the runner's rules say so.
    ///
    /// # Errors
    /// Those that can't be written. What can be is open, to tell of it.
    pub fn open(paths: &Paths) -> (Self, Vec<anyhow::Error>) {
        let Paths { output, summary, result, export, checkout, read } = paths;
        let mut taken: Vec<(&str, &Path)> = read.iter().map(|(what, path)| (*what, path.as_path())).collect();
        taken.extend(output.iter().map(|path| ("GITHUB_OUTPUT", path.as_path())));
        taken.extend(summary.iter().map(|path| ("GITHUB_STEP_SUMMARY", path.as_path())));
        // Another file that is there is refused anyway, and `manifest` may well name the one that is to be made.
        let exports: Vec<(&str, &Path)> = result.iter().map(|path| ("input `result-path`", path.as_path())).collect();
        let mut errors = Vec::new();
        let files = Self {
            output: opened(output.as_deref(), &mut errors, |path| append(path, "GITHUB_OUTPUT")),
            summary: opened(summary.as_deref(), &mut errors, |path| append(path, "GITHUB_STEP_SUMMARY")),
            result: opened(result.as_deref(), &mut errors, |path| replace(path, checkout, &taken)),
            export: opened(export.as_deref(), &mut errors, |path| create(path, checkout, &exports)),
        };
        (files, errors)
    }

    /// Writes the outputs, in the runner's heredoc form.
    ///
    /// # Errors
    /// When the disk is full, say.
    pub async fn write_outputs(
        &mut self,
        outputs: &[(&'static str, String)],
        stop: Option<&Stop>,
    ) -> anyhow::Result<()> {
        let Some(file) = &mut self.output else { return Ok(()) };
        file.write(&entries(outputs), stop).await.context("GITHUB_OUTPUT can't be written")
    }

    /// Appends to the job summary.
    ///
    /// # Errors
    /// When the disk is full, say.
    pub async fn write_summary(&mut self, markdown: &str, stop: Option<&Stop>) -> anyhow::Result<()> {
        let Some(file) = &mut self.summary else { return Ok(()) };
        file.write(markdown, stop).await.context("GITHUB_STEP_SUMMARY can't be written")
    }

    /// Writes the `result` document to the file of `result-path`, in place of what was there.
    ///
    /// # Errors
    /// When the disk is full, say.
    pub async fn write_result(&mut self, result: &str, stop: Option<&Stop>) -> anyhow::Result<()> {
        let Some(file) = &mut self.result else { return Ok(()) };
        // In the log the runner would take this for a command, wherever it stands in a line. In JSON only a text has it.
        let result = if file.is_log() { result.replace("##[", "#\\u0023[") } else { result.to_owned() };
        let written = file.write(&format!("{result}\n"), stop).await;
        written.context("the file of input `result-path` can't be written")
    }

    /// Writes the manifest to the file of `export-path`, if one was asked for.
    ///
    /// # Errors
    /// When the disk is full, say.
    pub async fn write_export(&mut self, manifest: &str, stop: Option<&Stop>) -> anyhow::Result<()> {
        let Some(file) = self.export.take() else { return Ok(()) };
        file.write(manifest, stop).await.context("the file of input `export-path` can't be written")
    }
}

/// A file that was asked for, if it can be opened.
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

/// Opens the file of `result-path`.
fn replace(path: &Path, checkout: &Path, taken: &[(&str, &Path)]) -> anyhow::Result<Output> {
    let opened = free_place(path, checkout, taken).and_then(|place| Output::replace(&place).map_err(Into::into));
    opened.with_context(|| format!("input `result-path` ({}) can't be written", path.display()))
}

/// Where an input's path leads, unless that is a file which something else names too.
fn free_place(path: &Path, checkout: &Path, taken: &[(&str, &Path)]) -> anyhow::Result<Located> {
    let place = locate(path, checkout).map_err(anyhow::Error::msg)?;
    match taken.iter().find(|(_, other)| place.is_same(other)) {
        Some((what, _)) => Err(anyhow::anyhow!("it is the file that {what} names: choose another")),
        None => Ok(place),
    }
}

/// Makes the file of `export-path`.
fn create(path: &Path, checkout: &Path, taken: &[(&str, &Path)]) -> anyhow::Result<NewFile> {
    let made = free_place(path, checkout, taken).map(|place| NewFile::create(&place));
    let context = || format!("input `export-path` ({}) can't be written", path.display());
    match made {
        Ok(Err(error)) if error.kind() == ErrorKind::AlreadyExists => {
            Err(anyhow::anyhow!("input `export-path` names a file that exists: remove it, or name another"))
        }
        Ok(made) => made.with_context(context),
        Err(error) => Err(error).with_context(context),
    }
}

/// The outputs as the runner reads them from a file.
pub fn entries(outputs: &[(&'static str, String)]) -> String {
    outputs.iter().map(|(name, value)| entry(name, value, &delimiter(value))).collect()
}

/// One entry of the outputs' file.
pub fn entry(name: &str, value: &str, delimiter: &str) -> String {
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

/// A delimiter that nobody can guess and that the value does not hold.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_a_command() {
        let hostile = "::set-output name=x::y\n  ::error::z\n##[add-mask]q a ##[error]b\r::warning::\u{1b}[2J";
        for line in harmless(hostile).lines() {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            assert!(!line.contains(['\r', '\u{1b}']), "{line}");
        }
        let note = Note {
            title: "a,b:c::d\n::error::".into(),
            message: "m%0A\n::set-env name=A::B".into(),
            place: Some(Place { file: "x,line=9::y".into(), line: 3, column: 4 }),
            excerpt: None,
        };
        assert_eq!(
            command(Level::Error, &note),
            "::error title=a%2Cb%3Ac%3A%3Ad%0A%3A%3Aerror%3A%3A,file=x%2Cline=9%3A%3Ay,line=3,col=4::\
             m%250A%0A::set-env name=A::B"
        );
    }

    #[test]
    fn invisible_and_direction_changing_characters_are_shown() {
        assert_eq!(printable("a\u{202e}b\u{0}c\td"), "a\\u{202e}b\\u{0}c\td");
        for c in "\u{7f}\u{85}\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{2000}\u{200b}\u{200f}\
                  \u{2028}\u{202f}\u{2060}\u{206f}\u{2800}\u{3000}\u{3164}\u{e000}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\
                  \u{1d173}\u{e0001}\u{e0041}\u{e007f}\u{e0100}\u{10fffd}"
            .chars()
        {
            assert_eq!(printable(&format!("{c}")), format!("\\u{{{:x}}}", u32::from(c)));
        }
        for text in ["naïve e\u{301} 日本 한국 עברית हिन्दी 😀 € ½ – “”", "~!@#$%^&*()_+`'\"\\"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn plain_text_names_the_place_as_a_compiler_does() {
        let place = Some(Place { file: "m.yml".into(), line: 3, column: 4 });
        let note = Note { title: "t".into(), message: "wrong\nhelp: right".into(), place, excerpt: None };
        assert_eq!(plain(Level::Error, &note), "error: wrong\n  help: right\n  --> m.yml:3:4");
    }
}
