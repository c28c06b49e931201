//! The location of the manifest, and what a plan made from it may do.

use std::path::PathBuf;

use super::Operation;
use super::declaration::{Boolean, Preset, group};
use super::organizations::Organizations;
use super::runner::Runner;
use super::task::{ManifestFile, PLACEHOLDER, is_file_word};
use super::validator::Validator;
use crate::plan::{Policy, ReplaceOrder, Resend};
use crate::registry::Visibility;

group! {
    "Manifest and plan", used_by: Operation::follows_manifest;
    struct ManifestInputs {
        /// The path of the manifest, relative to `GITHUB_WORKSPACE` or else the working directory. The file, and
        /// the target of any symbolic link, must be inside that folder.
        manifest: String {
            placeholder: "PATH",
            preset: Preset::Fixed(".github/private-registries.yml"),
            used_by: Operation::reads_manifest,
        },
        /// The `visibility` for the entries of a dependabot.yml, which has no such field: `all` or `private`.
        default_visibility: String { placeholder: "all|private", used_by: Operation::reads_manifest },
        /// With `true`, `plan` and `apply` delete configurations that are not in the manifest.
        prune: Boolean { preset: Preset::Fixed("false") },
        /// The most deletions a plan may contain; each replace counts as one. A plan with more is refused, and nothing is
        /// written.
        max_deletes: String { placeholder: "NUMBER", preset: Preset::Fixed("5") },
        /// How a registry is replaced. `create-first` deletes the old configuration after the new one has been created,
        /// and earlier only if GitHub refuses the new one because its url, type or name is taken. `delete-first`
        /// deletes the old one first in every replace of the run.
        replace: String { placeholder: "create-first|delete-first", preset: Preset::Fixed("create-first") },
        /// When `apply` sends the values that GitHub never returns, such as secrets: `always`, or with `on-change` only
        /// in a create or a replace, or when another field of that registry differs.
        resend: String { placeholder: "always|on-change", preset: Preset::Fixed("always") },
        /// The id of the plan that was reviewed. `apply` writes nothing if the current plan has a different id.
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
        /// The path of the manifest that `export` writes. The file must not exist, and symbolic links inside the
        /// checkout are not followed.
        export_path: String { placeholder: "PATH", used_by: |operation| operation == Operation::Export },
    }
}

/// The parsed inputs of this group.
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

    /// Reports an `apply` that requires a plan id and has none.
    pub(super) fn require_plan(&self, following: &FollowingInputs, validator: &mut Validator) {
        if following.requires_plan_id && self.plan_id().value.is_none() {
            validator.missing(
                self.plan_id().input,
                "is required by `require-plan-id`: set it to the output `plan-id` of the plan that was reviewed (a \
                 missing output arrives as an empty string)",
            );
        }
    }

    /// Returns the path of the manifest.
    pub(super) fn path(&self, runner: &Runner) -> PathBuf {
        runner.workspace().join(self.manifest().text().unwrap_or_default())
    }

    /// Returns the path that `export` writes to.
    pub(super) fn export_file(&self, runner: &Runner) -> Option<PathBuf> {
        self.export_path().value.map(|path| runner.workspace().join(path))
    }

    /// Reports an `export-path` that is one file for several organizations, or whose `{org}` can't stand for one of them.
    pub(super) fn check_export_path(&self, organizations: &Organizations, validator: &mut Validator) {
        let Some(path) = self.export_path().value else { return };
        let names = match organizations {
            Organizations::One(name) => std::slice::from_ref(name),
            Organizations::Several(names) => names,
            Organizations::All => &[],
        };
        if path.contains(PLACEHOLDER) {
            for name in names.iter().filter(|name| !name.is_empty() && !is_file_word(name)) {
                let message =
                    format!("can't have `{name}` in the place of `{{org}}`: that can't be part of a file's name");
                validator.problem(self.export_path().input, message);
            }
        } else if !matches!(organizations, Organizations::One(_)) {
            let message = "is one file for several organizations: put `{org}` where the organization's name goes";
            validator.problem(self.export_path().input, message);
        }
    }

    /// Reports a `manifest` with `{org}` when no organization is given. An operation on GitHub requires one anyway.
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
        // An annotation finds its file only by the path relative to the repository, however the input spells it.
        let shown = path.strip_prefix(&workspace).unwrap_or(&path).components().collect::<PathBuf>();
        let default_visibility = self.valid_default_visibility(validator);
        ManifestFile { shown: shown.display().to_string(), within: workspace, path, default_visibility, prune }
    }

    /// Parses `default-visibility`, which can't be `selected`, because a dependabot.yml does not name repositories.
    fn valid_default_visibility(&self, validator: &mut Validator) -> Option<Visibility> {
        let given = self.default_visibility();
        if given.value.is_some_and(|value| value == Visibility::Selected.as_str()) {
            let message = "can't be `selected`, because a dependabot.yml does not name repositories: write `all` or \
                           `private`, or use a manifest with `version: 1`";
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
                format!("is not a plan id: `{shown}`; copy the 32 digits and letters (a to f) that `plan` shows");
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
