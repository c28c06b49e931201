//! The capabilities of the terminal.

use std::io::{self, IsTerminal as _};

use crate::colour::Colour;
use crate::environment::Environment;

/// The capabilities of standard output and standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Whether to use colours on standard output.
    pub stdout: Colour,
    /// Whether to use colours on standard error.
    pub stderr: Colour,
    /// Whether standard error is a terminal on which a line can be overwritten.
    pub has_progress: bool,
}

impl Screen {
    /// Detects the capabilities of this process's streams.
    pub fn of_process(environment: &Environment) -> Self {
        let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let is_dumb = environment.get("TERM").is_some_and(|value| value == "dumb");
        Self {
            stdout: Colour::choose(environment, stdout),
            stderr: Colour::choose(environment, stderr),
            has_progress: stderr && !is_dumb,
        }
    }
}
