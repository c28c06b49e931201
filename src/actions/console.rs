//! The log of a run: workflow commands for the runner, plain text for a person. Everything that is printed goes through
//! here, so that no text from outside can forge a command.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use super::progress::{Busy, PERIOD, Progress};
use super::screen::Screen;
use crate::colour::Styled;
use crate::diagnostics::{Diagnostic, Severity, annotation, terminal};
use crate::redact::{self, Redactor};
use crate::text::{escape_data, harmless, one_line, printable, without_tokens};

/// The style of the log: for the Actions runner, or for a terminal and the logs of other CI systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Workflow commands on standard output.
    Actions,
    /// Plain text, with errors and warnings on standard error.
    Plain,
}

/// The log of a run. It knows the secrets that were read, and hides them in everything that it prints.
#[derive(Clone)]
pub struct Console {
    style: Style,
    screen: Screen,
    progress: Progress,
    secrets: Arc<Mutex<Redactor>>,
    /// The lines that are held back, to be printed together.
    held: Option<Arc<Mutex<Vec<Line>>>>,
    /// The number of annotations so far, by severity.
    annotations: Arc<Mutex<BTreeMap<Severity, usize>>>,
}

/// A line that is held back.
type Line = (Stream, String);

/// The stream that a line goes to.
#[derive(Clone, Copy)]
enum Stream {
    Out,
    Error,
}

/// The maximum number of annotations per severity that the runner shows for a step:
/// <https://github.com/orgs/community/discussions/26680>
const MOST_ANNOTATIONS: usize = 10;

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("style", &self.style).finish_non_exhaustive()
    }
}

impl Console {
    /// Creates a log in a style, for a screen.
    pub fn new(style: Style, screen: Screen) -> Self {
        Self {
            style,
            screen,
            progress: Progress::default(),
            secrets: Arc::default(),
            held: None,
            annotations: Arc::default(),
        }
    }

    /// Returns the style of the log.
    pub const fn style(&self) -> Style {
        self.style
    }

    /// Returns a log that shares the secrets and holds its lines back, so that the lines of concurrent work are not
    /// mixed up. Masks are never held back.
    #[must_use]
    pub fn holding_back(&self) -> Self {
        Self { held: Some(Arc::default()), ..self.clone() }
    }

    /// Prints the lines that were held back.
    pub fn release(&self) {
        let Some(held) = &self.held else { return };
        let lines = std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner));
        for (stream, text) in lines {
            self.write(stream, &text);
        }
    }

    fn print(&self, stream: Stream, text: String) {
        match &self.held {
            Some(held) => held.lock().unwrap_or_else(PoisonError::into_inner).push((stream, text)),
            None => self.write(stream, &text),
        }
    }

    /// Hides a value in everything that is printed from now on, and tells the runner to do the same. The command for
    /// that contains the secret, so it is printed only where the runner may be reading.
    pub fn mask(&self, secret: &SecretString) {
        let is_new = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).learn(secret);
        if let Some(stream) = self.runners_stream().filter(|_| is_new) {
            self.write(stream, &format!("::add-mask::{}", escape_data(secret.expose_secret())));
        }
    }

    /// Returns the stream on which the runner reads commands, if it reads any. It reads both streams, and neither once a
    /// step has redirected it to a file:
    /// <https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/StepHost.cs>
    fn runners_stream(&self) -> Option<Stream> {
        let Screen { keeps_stdout, keeps_stderr, .. } = self.screen;
        match self.style {
            Style::Plain => None,
            Style::Actions if !keeps_stdout => Some(Stream::Out),
            Style::Actions => (!keeps_stderr).then_some(Stream::Error),
        }
    }

    /// Removes the known secrets, and anything with the form of a token, from a text. For texts from outside that may
    /// contain them.
    pub fn redact(&self, text: &str) -> String {
        without_tokens(&self.secrets.lock().unwrap_or_else(PoisonError::into_inner).redact(text))
    }

    /// Shows on a terminal what the run is waiting for, from the second second on until the guard is dropped.
    pub fn busy(&self, what: impl FnOnce() -> String) -> Option<Busy> {
        self.has_progress().then(|| self.progress.begin(one_line(&self.redact(&what()))))
    }

    /// Runs a future, and meanwhile shows what the run is waiting for.
    pub async fn accompany<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> T {
        if !self.has_progress() {
            return work.await;
        }
        loop {
            tokio::select! {
                biased;
                done = &mut work => {
                    self.progress.clear();
                    return done;
                }
                () = tokio::time::sleep(PERIOD) => self.progress.draw(),
            }
        }
    }

    fn has_progress(&self) -> bool {
        self.style == Style::Plain && self.screen.has_progress
    }

    /// Prints text in colour if the screen supports it. A text from which anything must be hidden or escaped loses its
    /// colours.
    pub fn styled(&self, text: &Styled) {
        let plain = text.plain();
        let harmless = harmless(&self.redact(&plain));
        let painted = if harmless == plain { text.painted(self.screen.stdout) } else { harmless };
        self.print(Stream::Out, painted);
    }

    /// Returns whether a harmless text would be hidden in part, because a secret happens to occur in it. The runner
    /// hides even secrets of one character.
    pub fn hides(&self, text: &str) -> bool {
        let shortest = match self.style {
            Style::Actions => 1,
            Style::Plain => redact::SHORTEST,
        };
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).is_in(text, shortest)
    }

    /// Prints text unchanged, except for secrets and for what the runner or a terminal would take for a command.
    pub fn text(&self, text: &str) {
        self.print(Stream::Out, harmless(&self.redact(text)));
    }

    /// Starts a group of lines.
    pub fn group(&self, title: &str) {
        match self.style {
            Style::Actions => {
                self.print(Stream::Out, format!("::group::{}", escape_data(&printable(&self.redact(title)))));
            }
            Style::Plain => self.text(&format!("{title}:")),
        }
    }

    /// Ends the group.
    pub fn end_group(&self) {
        if self.style == Style::Actions {
            self.print(Stream::Out, "::endgroup::".to_owned());
        }
    }

    /// Prints a diagnostic. One beyond the number of annotations that the runner shows is printed as plain text.
    pub fn tell(&self, diagnostic: &Diagnostic) {
        let diagnostic = &diagnostic.redact(|text| self.redact(text));
        match self.style {
            Style::Actions if self.may_annotate(diagnostic.severity) => {
                self.print(Stream::Out, annotation(diagnostic));
            }
            Style::Actions => self.print(Stream::Out, terminal(diagnostic, self.screen.stdout)),
            Style::Plain if diagnostic.severity == Severity::Notice => {
                self.print(Stream::Out, terminal(diagnostic, self.screen.stdout));
            }
            Style::Plain => self.print(Stream::Error, terminal(diagnostic, self.screen.stderr)),
        }
    }

    /// Prints a line. Failures are ignored, because a closed pipe is no reason to stop a run half-way.
    fn write(&self, stream: Stream, text: &str) {
        fn line(mut to: impl Write, text: &str) {
            let _ = writeln!(to, "{text}").and_then(|()| to.flush());
        }
        self.progress.clear();
        match stream {
            Stream::Out => line(io::stdout(), text),
            Stream::Error => line(io::stderr(), text),
        }
    }

    /// Counts one more annotation, and returns whether the runner still shows it.
    fn may_annotate(&self, severity: Severity) -> bool {
        let mut annotations = self.annotations.lock().unwrap_or_else(PoisonError::into_inner);
        let count = annotations.entry(severity).or_default();
        *count += 1;
        *count <= MOST_ANNOTATIONS
    }
}
