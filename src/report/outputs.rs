//! The outputs of a step. `action.yml` and the table in the documentation are generated from this declaration.

use std::fmt::Write as _;

use crate::inputs::Operation;

/// One output.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The name by which a workflow reads it.
    pub name: &'static str,
    /// The operations that set it.
    pub set_by: fn(Operation) -> bool,
    /// The meaning: whole sentences in Markdown.
    pub help: &'static str,
}

impl Output {
    const fn new(name: &'static str, set_by: fn(Operation) -> bool, help: &'static str) -> Self {
        Self { name, set_by, help }
    }

    /// Lists the operations that set it, for a reader.
    fn operations(&self) -> String {
        if Operation::ALL.into_iter().all(self.set_by) {
            return "all".to_owned();
        }
        let names = Operation::ALL.into_iter().filter(|operation| (self.set_by)(*operation));
        names.map(|operation| format!("`{operation}`")).collect::<Vec<_>>().join(", ")
    }
}

const fn is_list(operation: Operation) -> bool {
    matches!(operation, Operation::List)
}

const fn is_public_key(operation: Operation) -> bool {
    matches!(operation, Operation::PublicKey)
}

/// Every output, in the order of the documentation.
pub const OUTPUTS: [Output; 24] = [
    Output::new(
        "status",
        |_| true,
        "How the run ended: `done`, `drift` (exit status 3), `failed`, `invalid` (2) or `stopped`.",
    ),
    Output::new("changed", |_| true, "`true` when GitHub was changed or, in a plan or dry run, would be."),
    Output::new("result", |_| true, "The whole outcome, change by change, as JSON on one line."),
    Output::new("registries", is_list, "Every configuration, as JSON on one line."),
    Output::new("names", is_list, "The name of every configuration, as JSON on one line."),
    Output::new("total-count", is_list, "The number of configurations that GitHub counts."),
    Output::new(
        "registry",
        |operation| operation.concerns_one() && !matches!(operation, Operation::Delete),
        "The configuration, as JSON on one line.",
    ),
    Output::new("name", Operation::concerns_one, "The name that GitHub gave the configuration."),
    Output::new("key-id", is_public_key, "The id of the organization's public key."),
    Output::new("key", is_public_key, "The organization's public key, in base64."),
    Output::new("manifest", |operation| matches!(operation, Operation::Export), "The text of the manifest."),
    Output::new(
        "organizations",
        Operation::takes_several,
        "With several organizations, their names, as JSON on one line; for `organizations`, those where the App can work.",
    ),
    Output::new("plan-id", Operation::follows_manifest, "The id of the plan, for the input `plan-id` of `apply`."),
    Output::new(
        "drift",
        Operation::follows_manifest,
        "`true` when anything is to be created, updated, replaced or deleted.",
    ),
    Output::new(
        "expiring",
        Operation::reads_manifest,
        "The entries whose credentials expire on a known day, the earliest first, as JSON on one line.",
    ),
    Output::new(
        "create-count",
        Operation::follows_manifest,
        "How many configurations were created or, in a plan or dry run, would be.",
    ),
    Output::new("update-count", Operation::follows_manifest, "How many were updated, or would be."),
    Output::new("replace-count", Operation::follows_manifest, "How many were replaced, or would be."),
    Output::new("delete-count", Operation::follows_manifest, "How many were deleted, or would be."),
    Output::new(
        "resend-count",
        Operation::follows_manifest,
        "For how many only the write-only values were sent again, or would be.",
    ),
    Output::new("unchanged-count", Operation::follows_manifest, "How many are as desired."),
    Output::new("unmanaged-count", Operation::follows_manifest, "How many are on GitHub but not in the manifest."),
    Output::new("failure-count", Operation::follows_manifest, "How many changes failed."),
    Output::new(
        "checks",
        |operation| matches!(operation, Operation::Check) || operation.stores_secrets(),
        "The result of trying each credential at its registry, as JSON on one line. Operations other than `check` set it \
         only with `check-credentials`.",
    ),
];

/// Generates the `outputs:` block of `action.yml`.
pub fn action_yml() -> String {
    let mut text = String::from("outputs:\n");
    for output in OUTPUTS {
        let operations = output.operations();
        let operations = if operations == "all" { String::new() } else { format!(" Set by {operations}.") };
        let description = format!("{}{operations}", output.help).replace('`', "");
        let _ = writeln!(text, "  {}:\n    description: {}", output.name, serde_json::Value::from(description));
    }
    text
}

/// Generates the table of all outputs, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from("| Output | Operations | Meaning |\n|---|---|---|\n");
    for output in OUTPUTS {
        let _ = writeln!(text, "| `{}` | {} | {} |", output.name, output.operations(), output.help);
    }
    text
}
