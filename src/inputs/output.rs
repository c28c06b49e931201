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
        /// A file to write the Markdown of the job summary to as well, in place of what it holds, for a comment on a pull
        /// request: cut at 65,536 characters, with room for a line before it. The path is as for `result-path`.
        summary_path: String { placeholder: "PATH" },
    }
}

impl OutputInputs {
    pub(super) fn result_file(&self, runner: &Runner) -> Option<PathBuf> {
        self.result_path().value.map(|path| runner.workspace().join(path))
    }

    pub(super) fn summary_file(&self, runner: &Runner) -> Option<PathBuf> {
        self.summary_path().value.map(|path| runner.workspace().join(path))
    }
}
