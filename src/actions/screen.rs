//! The capabilities of the terminal, and whether output goes to a file.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd;

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
    /// Whether standard output is a file, which keeps what is printed and which the runner doesn't read.
    pub keeps_stdout: bool,
    /// Whether standard error is such a file.
    pub keeps_stderr: bool,
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
            keeps_stdout: is_file(io::stdout()),
            keeps_stderr: is_file(io::stderr()),
        }
    }
}

/// Returns `false` for a closed stream.
fn is_file(stream: impl AsFd) -> bool {
    let file = stream.as_fd().try_clone_to_owned().map(File::from);
    file.and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file())
}
