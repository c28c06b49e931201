//! What the program does for a person at a terminal besides a run: its help and its version.

mod help;
mod version;

use crate::colour::Colour;
use crate::environment::Environment;
use crate::inputs::Flags;

pub use help::{example, help};
pub use version::version;

/// The page that a command line asks for, whatever else stands on it; without one it asks for a run.
pub fn page(environment: &Environment, colour: Colour) -> Option<String> {
    let flags = Flags::read(environment.arguments());
    if flags.help { Some(help(flags.operation(), colour)) } else { flags.version.then(version) }
}
