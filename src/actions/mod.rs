//! The runner's protocol: what is printed, and the files for outputs and summary. The rules are those of actions/toolkit
//! (`command.ts`, `file-command.ts`) and of the runner's parser.

mod console;
mod files;
mod progress;
mod screen;

pub use console::{Console, Style};
pub use files::{Files, Paths, entries};
pub use screen::Screen;
