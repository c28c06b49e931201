//! The runner's protocol: workflow commands in the log, and the files for outputs and summary. It follows
//! actions/toolkit (`command.ts`, `file-command.ts`) and the runner's parser.

mod console;
mod files;
mod progress;
mod screen;

pub use console::{Console, Style};
pub use files::{Files, Paths, entries};
pub use screen::Screen;
