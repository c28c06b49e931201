//! Generates the documentation of the inputs from their declarations.

use std::fmt::Write as _;

use super::declaration::{Input, Preset};
use super::raw::{GROUPS, all};

/// Returns the `inputs:` block of `action.yml`.
pub fn action_yml() -> String {
    let mut text = String::from("inputs:\n");
    for (index, group) in GROUPS.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let _ = writeln!(text, "{gap}  # {}", group.title);
        for input in group.inputs {
            let (name, description) = (input.name(), quoted(&description(input)));
            let _ = writeln!(text, "  {name}:\n    description: {description}\n    required: false");
            if let Preset::Fixed(preset) = input.preset {
                let _ = writeln!(text, "    default: {}", quoted(preset));
            }
        }
    }
    text
}

/// Returns the table of all inputs in Markdown.
pub fn markdown() -> String {
    let mut text = String::from("| Input | Default | Meaning |\n|---|---|---|\n");
    for input in all() {
        let default = match input.preset {
            Preset::None => String::new(),
            Preset::Fixed(preset) => format!("`{preset}`"),
            Preset::Depends(description) => description.to_owned(),
        };
        let _ = writeln!(text, "| `{}` | {default} | {} |", input.name(), input.help());
    }
    text
}

/// Returns a description for action.yml, which has no other place for a default that depends on the run.
fn description(input: &Input) -> String {
    let default = match input.preset {
        Preset::Depends(description) => format!(" Default: {description}."),
        Preset::None | Preset::Fixed(_) => String::new(),
    };
    format!("{}{default}", input.help()).replace('`', "")
}

/// Quotes a text as a YAML scalar, so that every parser reads it as a string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
