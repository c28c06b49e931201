//! The files that a run leaves its results in, besides those of the runner.

use std::path::PathBuf;

use super::declaration::group;
use super::runner::Runner;

group! {
    "Output files";
    struct OutputInputs {
        /// Also write the `result` document to this file, overwriting it. The path starts from `GITHUB_WORKSPACE`; folders
        /// on the way are made, and no symbolic link in the checkout is followed.
        result_path: String { placeholder: "PATH" },
        /// Also write the job summary's Markdown to this file, overwriting it. It is cut to fit a pull request comment
        /// (65,536 characters, with room for one more line). The path is as for `result-path`.
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
