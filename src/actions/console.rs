//! Where a run prints: workflow commands for the runner, plain text for a person. Nothing from outside can forge a command,
//! since everything that is printed goes through here.

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

/// How a run speaks: to the Actions runner, or to a person's terminal (or another CI's log).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Workflow commands on standard output.
    Actions,
    /// Plain text; errors and warnings on standard error.
    Plain,
}

/// Where a run prints. It knows the secrets that were read, and prints none of them, whatever text they come in.
#[derive(Clone)]
pub struct Console {
    style: Style,
    screen: Screen,
    progress: Progress,
    secrets: Arc<Mutex<Redactor>>,
    /// What is held back, to be printed as a whole.
    held: Option<Arc<Mutex<Vec<Line>>>>,
    /// How many annotations there are of each severity.
    annotations: Arc<Mutex<BTreeMap<Severity, usize>>>,
}

/// A line that is held back.
type Line = (Stream, String);

/// Where a line goes.
#[derive(Clone, Copy)]
enum Stream {
    Out,
    Error,
}

/// The runner shows no more annotations of one severity in one step:
/// <https://github.com/orgs/community/discussions/26680>
const MOST_ANNOTATIONS: usize = 10;

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("style", &self.style).finish_non_exhaustive()
    }
}

impl Console {
    /// A log in this style, on what a person may be looking at.
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

    /// How it speaks.
    pub const fn style(&self) -> Style {
        self.style
    }

    /// Another log that knows the same secrets and holds back what it is told, so that work that goes on side by side is
    /// not mixed up. Masks are never held back.
    #[must_use]
    pub fn holding_back(&self) -> Self {
        Self { held: Some(Arc::default()), ..self.clone() }
    }

    /// Prints what was held back so far.
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

    /// Hides a value in everything that is printed from now on, and has the runner do the same. The command for that
    /// holds the secret, so that it is printed only where the runner may be reading.
    pub fn mask(&self, secret: &SecretString) {
        let is_new = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).learn(secret);
        if let Some(stream) = self.runners_stream().filter(|_| is_new) {
            self.write(stream, &format!("::add-mask::{}", escape_data(secret.expose_secret())));
        }
    }

    /// Where the runner reads commands, if it does. It reads both streams, and neither once a step has sent it to a file:
    /// <https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/StepHost.cs>
    fn runners_stream(&self) -> Option<Stream> {
        let Screen { keeps_stdout, keeps_stderr, .. } = self.screen;
        match self.style {
            Style::Plain => None,
            Style::Actions if !keeps_stdout => Some(Stream::Out),
            Style::Actions => (!keeps_stderr).then_some(Stream::Error),
        }
    }

    /// A text without the secrets that are known, and without what is a token by its form, for what others may have put
    /// them into.
    pub fn redact(&self, text: &str) -> String {
        without_tokens(&self.secrets.lock().unwrap_or_else(PoisonError::into_inner).redact(text))
    }

    /// Says what the run waits for, if that takes more than a second and somebody looks: until the guard is dropped.
    pub fn busy(&self, what: impl FnOnce() -> String) -> Option<Busy> {
        self.has_progress().then(|| self.progress.begin(one_line(&self.redact(&what()))))
    }

    /// Does something, with a line that says what it waits for.
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

    /// Prints text with its colours, where somebody sees them. One that holds anything to be hidden or made harmless
    /// loses them.
    pub fn styled(&self, text: &Styled) {
        let plain = text.plain();
        let harmless = harmless(&self.redact(&plain));
        let painted = if harmless == plain { text.painted(self.screen.stdout) } else { harmless };
        self.print(Stream::Out, painted);
    }

    /// Whether a text that holds no secret is hidden all the same, in whole or in part: some secret is a word of it. The
    /// runner hides the shortest one too.
    pub fn hides(&self, text: &str) -> bool {
        let shortest = match self.style {
            Style::Actions => 1,
            Style::Plain => redact::SHORTEST,
        };
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).is_in(text, shortest)
    }

    /// Prints text as it is, but for what the runner or a terminal would take as a command.
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

    /// Says something that stands out. What the runner would not show as an annotation stands in the log all the same.
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

    /// A closed pipe is no reason to leave a run half done, so a failure to print is ignored.
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

    /// Counts one more annotation, if the runner shows one more.
    fn may_annotate(&self, severity: Severity) -> bool {
        let mut annotations = self.annotations.lock().unwrap_or_else(PoisonError::into_inner);
        let count = annotations.entry(severity).or_default();
        *count += 1;
        *count <= MOST_ANNOTATIONS
    }
}
