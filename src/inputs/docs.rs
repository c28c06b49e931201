//! The inputs as the documents list them, generated from their declarations.

use std::fmt::Write as _;

use super::declaration::{Input, Preset};
use super::raw::{GROUPS, all};

/// The `inputs:` block of `action.yml`.
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

/// The table of all inputs, in Markdown.
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

/// In action.yml there is no column for what a default depends on.
fn description(input: &Input) -> String {
    let default = match input.preset {
        Preset::Depends(description) => format!(" Default: {description}."),
        Preset::None | Preset::Fixed(_) => String::new(),
    };
    format!("{}{default}", input.help()).replace('`', "")
}

/// A YAML scalar that is text for every reader.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
