//! The output files besides those of the runner.

use std::path::PathBuf;

use super::declaration::group;
use super::runner::Runner;

group! {
    "Output files";
    struct OutputInputs {
        /// Also write the `result` document to this file, overwriting it. The path is relative to `GITHUB_WORKSPACE`.
        /// Missing folders are created, and symbolic links inside the checkout are not followed.
        result_path: String { placeholder: "PATH" },
        /// Also write the job summary's Markdown to this file, overwriting it. It is cut to fit a pull request comment
        /// (65,536 characters, with room for one more line). The path works like that of `result-path`.
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
