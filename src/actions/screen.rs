//! What a person may be looking at.

use std::io::{self, IsTerminal as _};

use crate::colour::Colour;
use crate::environment::Environment;

/// What standard output and standard error can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Whether standard output has colours.
    pub stdout: Colour,
    /// Whether standard error has colours.
    pub stderr: Colour,
    /// Whether a line on standard error can be overwritten, and somebody sees it.
    pub has_progress: bool,
}

impl Screen {
    /// Those of this process.
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
