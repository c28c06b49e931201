//! The files that a run leaves its results in, besides those of the runner.

use std::path::PathBuf;

use super::declaration::group;
use super::runner::Runner;

group! {
    "What a run leaves behind";
    struct OutputInputs {
        /// A file to write the `result` document to as well, in place of what it holds. The path starts from
        /// `GITHUB_WORKSPACE`; folders on the way are made, and no symbolic link in the checkout is followed.
        result_path: String { placeholder: "PATH" },
    }
}

impl OutputInputs {
    pub(super) fn result_file(&self, runner: &Runner) -> Option<PathBuf> {
        self.result_path().value.map(|path| runner.workspace().join(path))
    }
}
