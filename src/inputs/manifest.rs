//! Where the manifest is, and what a plan made from it may do.

use std::path::PathBuf;

use super::Operation;
use super::declaration::{Boolean, Preset, group};
use super::runner::Runner;
use super::task::{ManifestFile, PLACEHOLDER};
use super::validator::Validator;
use crate::plan::{Policy, ReplaceOrder, Resend};
use crate::registry::Visibility;

group! {
    "The manifest, and what a plan may do", used_by: Operation::follows_manifest;
    struct ManifestInputs {
        /// The path of the manifest, from `GITHUB_WORKSPACE` or, where there is none, the working directory. The file, and
        /// the target of any symbolic link, must be inside that folder.
        manifest: String {
            placeholder: "PATH",
            preset: Preset::Fixed(".github/private-registries.yml"),
            used_by: Operation::reads_manifest,
        },
        /// The `visibility` of the entries of a dependabot.yml, which has none: `all` or `private`.
        default_visibility: String { placeholder: "all|private", used_by: Operation::reads_manifest },
        /// With `true`, `plan` and `apply` delete what is on GitHub but not in the manifest.
        prune: Boolean { preset: Preset::Fixed("false") },
        /// The most deletions a plan may contain; each replace counts as one. A plan with more is refused, and nothing is
        /// written.
        max_deletes: String { placeholder: "NUMBER", preset: Preset::Fixed("5") },
        /// How a registry is replaced. `create-first` deletes the old configuration once the new one is there, and before
        /// only when GitHub refuses the new one because its url, type or name is taken; `delete-first` deletes the old
        /// one first in every replace of the run.
        replace: String { placeholder: "create-first|delete-first", preset: Preset::Fixed("create-first") },
        /// When `apply` sends the values that GitHub never returns, such as secrets: `always`, or `on-change`, only with
        /// a create, a replace, or when another field of that registry differs.
        resend: String { placeholder: "always|on-change", preset: Preset::Fixed("always") },
        /// The id of the plan that was reviewed. `apply` does nothing if the plan made now is another one.
        plan_id: String { placeholder: "ID", used_by: |operation| operation == Operation::Apply },
        /// With `true`, `apply` fails without a `plan-id`, in a dry run too. An empty value counts as missing.
        require_plan_id: Boolean {
            preset: Preset::Fixed("false"),
            used_by: |operation| operation == Operation::Apply,
        },
        /// With `true`, `plan` ends with exit status 3 when GitHub differs from the manifest.
        fail_on_drift: Boolean {
            preset: Preset::Fixed("false"),
            used_by: |operation| operation == Operation::Plan,
        },
        /// The path of the manifest that `export` writes. The file must not exist, and no symbolic link in the checkout is
        /// followed.
        export_path: String { placeholder: "PATH", used_by: |operation| operation == Operation::Export },
    }
}

/// What the inputs of this group say, whatever the operation makes of it.
pub(super) struct FollowingInputs {
    pub(super) file: ManifestFile,
    pub(super) policy: Option<Policy>,
    pub(super) plan_id: Option<String>,
    pub(super) requires_plan_id: bool,
    pub(super) fail_on_drift: bool,
}

impl ManifestInputs {
    pub(super) fn read(&self, runner: &Runner, validator: &mut Validator) -> FollowingInputs {
        let policy = self.policy(validator);
        let prune = policy.is_some_and(|policy| policy.prune);
        FollowingInputs {
            file: self.file(runner, prune, validator),
            policy,
            plan_id: self.valid_plan_id(validator),
            requires_plan_id: validator.boolean(&self.require_plan_id()).unwrap_or_default(),
            fail_on_drift: validator.boolean(&self.fail_on_drift()).unwrap_or_default(),
        }
    }

    /// Complains about an `apply` that needs a plan to hold to and has none.
    pub(super) fn require_plan(&self, following: &FollowingInputs, validator: &mut Validator) {
        if following.requires_plan_id && self.plan_id().value.is_none() {
            validator.missing(
                self.plan_id().input,
                "is required here by `require-plan-id`: give the output `plan-id` of the plan that was reviewed (an \
                 output that is not there arrives as an empty string)",
            );
        }
    }

    /// Where the manifest is to be.
    pub(super) fn path(&self, runner: &Runner) -> PathBuf {
        runner.workspace().join(self.manifest().text().unwrap_or_default())
    }

    /// Where `export` writes.
    pub(super) fn export_file(&self, runner: &Runner) -> Option<PathBuf> {
        self.export_path().value.map(|path| runner.workspace().join(path))
    }

    /// Complains about one file for the exports of several organizations.
    pub(super) fn require_file_of_each(&self, validator: &mut Validator) {
        if self.export_path().value.is_some_and(|path| !path.contains(PLACEHOLDER)) {
            let message = "is one file for several organizations: write `{org}` where the organization's name goes";
            validator.problem(self.export_path().input, message);
        }
    }

    /// Complains about a file for each organization when there is none. An operation on GitHub needs one anyway.
    pub(super) fn require_org(&self, operation: Option<Operation>, runner: &Runner, validator: &mut Validator) {
        let needs_none = operation.is_some_and(|operation| operation.reads_manifest() && !operation.needs_github());
        if needs_none && self.path(runner).to_string_lossy().contains(PLACEHOLDER) {
            let message = "contains `{org}`, but no organization is given: set `org` to a name, several names, or `*` for \
                           every file";
            validator.problem(self.manifest().input, message);
        }
    }

    fn file(&self, runner: &Runner, prune: bool, validator: &mut Validator) -> ManifestFile {
        let (path, workspace) = (self.path(runner), runner.workspace());
        // Annotations only find their file by its path in the repository, however that was written.
        let shown = path.strip_prefix(&workspace).unwrap_or(&path).components().collect::<PathBuf>();
        let default_visibility = self.valid_default_visibility(validator);
        ManifestFile { shown: shown.display().to_string(), within: workspace, path, default_visibility, prune }
    }

    /// Which repositories a dependabot.yml would select is not in it.
    fn valid_default_visibility(&self, validator: &mut Validator) -> Option<Visibility> {
        let given = self.default_visibility();
        if given.value.is_some_and(|value| value == Visibility::Selected.as_str()) {
            let message = "can't be `selected`: no dependabot.yml says which repositories that would be. Write all or private, \
                           or a manifest with `version: 1`";
            validator.problem(given.input, message);
            return None;
        }
        let all = [Visibility::All, Visibility::Private];
        validator.word(&given, |text| all.into_iter().find(|one| one.as_str() == text), &all.map(Visibility::as_str))
    }

    fn valid_plan_id(&self, validator: &mut Validator) -> Option<String> {
        let text = self.plan_id().value?;
        let is_id = text.len() == 32 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        if !is_id {
            let shown = text.escape_debug();
            let message =
                format!("is not a plan-id: `{shown}`; one has 32 digits and letters from a to f, as `plan` shows them");
            validator.problem(self.plan_id().input, message);
        }
        Some(text.clone())
    }

    fn policy(&self, validator: &mut Validator) -> Option<Policy> {
        let prune = validator.boolean(&self.prune()).unwrap_or_default();
        let max_deletes = validator.number(&self.max_deletes());
        let modes = [Resend::Always, Resend::OnChange];
        let parse = |text: &str| modes.into_iter().find(|mode| mode.as_str() == text);
        let resend = validator.word(&self.resend(), parse, &modes.map(Resend::as_str));
        let orders = [ReplaceOrder::CreateFirst, ReplaceOrder::DeleteFirst];
        let parse = |text: &str| orders.into_iter().find(|order| order.as_str() == text);
        let replace = validator.word(&self.replace(), parse, &orders.map(ReplaceOrder::as_str));
        Some(Policy { prune, max_deletes: max_deletes?, resend: resend?, replace: replace? })
    }
}
