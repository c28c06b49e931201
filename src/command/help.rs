//! The command's help, generated from the declarations of the inputs.

use std::fmt::Write as _;

use crate::colour::{Colour, Tone};
use crate::inputs::{GROUPS, Input, Kind, Operation, Preset};

/// The width of a line.
const WIDTH: usize = 80;
/// The column in which the descriptions start.
const COLUMN: usize = 28;

/// Returns the help of one operation, or of the program.
pub fn help(operation: Option<Operation>, colour: Colour) -> String {
    let mut page = Page { text: String::new(), colour };
    match operation {
        Some(operation) => page.of_operation(operation),
        None => page.of_program(),
    }
    page.text.trim_end().to_owned()
}

/// Returns an example of an operation, as typed into a shell.
pub const fn example(operation: Operation) -> &'static str {
    match operation {
        Operation::List => "private-registries list --org acme",
        Operation::Get => "private-registries get --org acme --name NPM_REGISTRY_SECRET",
        Operation::PublicKey => "private-registries public-key --org acme",
        Operation::Create => {
            "INPUT_SECRET=\"$MAVEN_PASSWORD\" private-registries create --org acme \\\n  \
             --registry-type maven-repository --url https://maven.acme.dev/releases \\\n  \
             --username monalisa --selected-repositories api,web"
        }
        Operation::Update => {
            "INPUT_SECRET=\"$NPM_TOKEN\" private-registries update --org acme \\\n  --name NPM_REGISTRY_SECRET"
        }
        Operation::Upsert => {
            "private-registries upsert --org acme --registry-type nuget-feed \\\n  \
             --url https://pkgs.dev.azure.com/acme/_packaging/main/nuget/v3/index.json \\\n  \
             --tenant-id 12345678-1234-1234-1234-123456789012 \\\n  \
             --client-id abcdef01-2345-6789-abcd-ef0123456789 --visibility private"
        }
        Operation::Delete => "private-registries delete --org acme --name NPM_REGISTRY_SECRET --dry-run",
        Operation::Validate => "private-registries validate --rules all=error",
        Operation::Plan => "private-registries plan --org acme --fail-on-drift",
        Operation::Apply => "private-registries apply --org acme --resend on-change",
        Operation::Export => "private-registries export --org acme --export-path draft.yml",
        Operation::Organizations => {
            "INPUT_APP_PRIVATE_KEY=\"$(cat app.pem)\" private-registries organizations \\\n  \
             --app-client-id Iv23abcdefghijklmnop"
        }
        Operation::Check => "private-registries check --manifest .github/private-registries.yml",
    }
}

struct Page {
    text: String,
    colour: Colour,
}

impl Page {
    fn of_program(&mut self) {
        self.paragraph(
            "Manages an organization's private registries on GitHub: a manifest in git, a plan to review, and an apply \
             that carries out exactly that plan.",
        );
        self.usage("[OPERATION]");
        self.heading("Operations");
        for operation in Operation::ALL {
            let default = if operation.as_str() == default_operation() { " [default]" } else { "" };
            self.row(operation.as_str(), &format!("{}{default}", operation.about()));
        }
        self.text.push('\n');
        self.heading("Examples");
        self.verbatim("export GH_TOKEN=\"$(gh auth token)\"");
        for operation in [Operation::Plan, Operation::Export, Operation::Delete] {
            self.verbatim(example(operation));
        }
        self.text.push('\n');
        self.paragraph(
            "Each input is a flag or an environment variable named like INPUT_SOME_INPUT; a flag takes precedence. \
             Secrets can only be variables, because other users of this machine can read a command line. Without \
             INPUT_TOKEN, the token is taken from GH_TOKEN or GITHUB_TOKEN (for GitHub Enterprise Server, from \
             GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN).",
        );
        self.inputs(|_| true, first_sentence);
        self.heading("Other flags");
        self.row("--help, -h", "Show this help; after an operation, the help of that operation");
        self.row("--version, -V", "Show the version and the commit");
        self.text.push('\n');
        self.heading("Exit status");
        for (status, meaning) in [
            ("0", "Done"),
            ("1", "GitHub refused, or something failed, perhaps only in part"),
            ("2", "The inputs or the manifest are wrong; nothing was written"),
            ("3", "GitHub differs from the manifest, with --fail-on-drift"),
            ("129, 130, 131, 143", "Stopped by SIGHUP, SIGINT, SIGQUIT or SIGTERM"),
        ] {
            self.row(status, meaning);
        }
        self.text.push('\n');
        let _ = writeln!(self.text, "Documentation: {}", env!("CARGO_PKG_REPOSITORY"));
    }

    fn of_operation(&mut self, operation: Operation) {
        self.paragraph(&format!("{}.", operation.about()));
        self.usage(operation.as_str());
        self.heading("Example");
        self.verbatim(example(operation));
        self.text.push('\n');
        self.inputs(|input| input.is_used_by(operation) && input.name() != "operation", Input::help);
        self.paragraph("`private-registries --help` shows the other operations.");
    }

    fn usage(&mut self, operation: &str) {
        let usage = self.colour.paint(Tone::Strong, "Usage:");
        let _ = writeln!(self.text, "{usage} private-registries {operation} [--INPUT VALUE | --BOOLEAN]...\n");
    }

    fn inputs<'a>(&mut self, is_shown: impl Fn(&Input) -> bool, help: impl Fn(&'a Input) -> &'a str) {
        for group in &GROUPS {
            let shown: Vec<&'static Input> = group.inputs.iter().filter(|input| is_shown(input)).collect();
            if shown.is_empty() {
                continue;
            }
            self.heading(group.title);
            for input in shown {
                let default = match input.preset() {
                    Preset::None => String::new(),
                    Preset::Fixed(value) => format!(" [default: {value}]"),
                    Preset::Depends(text) => format!(" [default: {text}]"),
                };
                self.row(&flag(input), &format!("{}{default}", help(input)));
            }
            self.text.push('\n');
        }
    }

    fn heading(&mut self, title: &str) {
        let _ = writeln!(self.text, "{}", self.colour.paint(Tone::Strong, &format!("{title}:")));
    }

    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.text, "{}\n", wrapped(text, WIDTH).join("\n"));
    }

    fn verbatim(&mut self, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.text, "  {line}");
        }
    }

    /// Adds a row with a name and its description, which starts on the next line if the name is long.
    fn row(&mut self, name: &str, meaning: &str) {
        let padding = COLUMN.checked_sub(name.len() + 4).map(|rest| " ".repeat(rest + 2));
        let indent = format!("\n{}", " ".repeat(COLUMN));
        let gap = padding.as_deref().unwrap_or(&indent);
        let meaning = wrapped(meaning, WIDTH - COLUMN).join(&indent);
        let _ = writeln!(self.text, "  {}{gap}{meaning}", self.colour.paint(Tone::Strong, name));
    }
}

/// Returns how to set an input: a flag, or the variable of a secret.
fn flag(input: &Input) -> String {
    match input.kind() {
        Kind::Text => format!("--{} {}", input.name(), input.placeholder()),
        Kind::Boolean => format!("--{}", input.name()),
        Kind::Secret => input.variable(),
    }
}

fn default_operation() -> &'static str {
    GROUPS.iter().flat_map(|group| group.inputs).find(|input| input.name() == "operation").map_or("", Input::fixed)
}

fn first_sentence(input: &Input) -> &str {
    let help = input.help();
    help.find(". ").map_or(help, |end| &help[..=end])
}

/// Wraps a text to `width` characters, except for longer words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_fits_a_terminal_and_every_input_is_on_one() {
        let pages = || std::iter::once(None).chain(Operation::ALL.map(Some)).map(|of| help(of, Colour::Off));
        for page in pages() {
            for line in page.lines() {
                assert!(line.chars().count() <= WIDTH && line.trim_end() == line, "{line}");
            }
        }
        let program = help(None, Colour::Off);
        for input in GROUPS.iter().flat_map(|group| group.inputs) {
            assert!(program.contains(&format!("\n  {}", flag(input))), "{}", input.name());
            let is_described = pages().skip(1).any(|page| page.contains(&flag(input)));
            assert!(is_described || input.name() == "operation", "{}", input.name());
        }
    }
}
