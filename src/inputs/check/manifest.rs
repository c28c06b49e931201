//! The inputs of the operations on a whole organization: where the manifest is, and what a plan may do.

use std::path::PathBuf;

use super::Check;
use crate::inputs::task::ManifestFile;
use crate::plan::{Policy, ReplaceOrder, Resend};

pub(super) const DEFAULT_MAX_DELETES: &str = "5";

impl Check {
    pub(super) fn manifest(&self) -> ManifestFile {
        let (path, workspace) = (self.given.manifest_path(), self.given.workspace());
        // Annotations only find their file by its path in the repository, however that was written.
        let shown = path.strip_prefix(&workspace).unwrap_or(&path).components().collect::<PathBuf>();
        ManifestFile { shown: shown.display().to_string(), within: workspace, path }
    }

    /// What a plan may do.
    pub(super) fn policy(&mut self) -> Option<Policy> {
        let prune = self.boolean("prune", |raw| &raw.prune).unwrap_or_default();
        let (max_deletes, resend, replace) = (self.max_deletes(), self.resend(), self.replace());
        Some(Policy { prune, max_deletes: max_deletes?, resend: resend?, replace: replace? })
    }

    /// The plan that was reviewed.
    pub(super) fn plan_id(&mut self) -> Option<String> {
        let text = self.given.raw.plan_id.clone()?;
        let is_id = text.len() == 32 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        if !is_id {
            let shown = text.escape_debug();
            self.problem(
                "plan-id",
                format!("is not a plan-id: `{shown}`; one has 32 digits and letters from a to f, as `plan` shows them"),
            );
        }
        Some(text)
    }

    fn max_deletes(&mut self) -> Option<usize> {
        let text = self.given.raw.max_deletes.clone().unwrap_or_else(|| DEFAULT_MAX_DELETES.to_owned());
        let number = text.parse();
        if number.is_err() {
            self.problem("max-deletes", format!("is not a whole number from 0: `{}`", text.escape_debug()));
        }
        number.ok()
    }

    fn replace(&mut self) -> Option<ReplaceOrder> {
        let Some(text) = self.given.raw.replace.clone() else { return Some(ReplaceOrder::CreateFirst) };
        let orders = [ReplaceOrder::CreateFirst, ReplaceOrder::DeleteFirst];
        let parse = |text: &str| orders.into_iter().find(|order| order.as_str() == text);
        self.word("replace", Some(text), parse, &orders.map(|order| order.as_str().to_owned()))
    }

    fn resend(&mut self) -> Option<Resend> {
        let Some(text) = self.given.raw.resend.clone() else { return Some(Resend::Always) };
        let modes = [Resend::Always, Resend::OnChange];
        let parse = |text: &str| modes.into_iter().find(|mode| mode.as_str() == text);
        self.word("resend", Some(text), parse, &modes.map(|mode| mode.as_str().to_owned()))
    }
}
