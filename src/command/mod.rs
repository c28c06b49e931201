//! The command's help and version.

mod help;
mod version;

use crate::colour::Colour;
use crate::environment::Environment;
use crate::inputs::Flags;

pub use help::{example, help};
pub use version::version;

/// Returns the page that a command line requests with `--help` or `--version`, whatever else is on it, or `None` if it
/// requests a run.
pub fn page(environment: &Environment, colour: Colour) -> Option<String> {
    let flags = Flags::read(environment.arguments());
    if flags.help { Some(help(flags.operation(), colour)) } else { flags.version.then(version) }
}
