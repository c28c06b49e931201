//! What a person may be looking at, and what the runner reads.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd;

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
    /// Whether standard output is a file, which keeps what is printed and which the runner never reads.
    pub keeps_stdout: bool,
    /// The same of standard error.
    pub keeps_stderr: bool,
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
            keeps_stdout: is_file(io::stdout()),
            keeps_stderr: is_file(io::stderr()),
        }
    }
}

/// A stream that is closed is none.
fn is_file(stream: impl AsFd) -> bool {
    let file = stream.as_fd().try_clone_to_owned().map(File::from);
    file.and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file())
}
