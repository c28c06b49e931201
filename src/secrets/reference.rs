//! A manifest's reference to a secret, and what it may not refer to.

use super::Template;
use crate::diagnostics::Location;

/// What a manifest writes for a secret: `${{ secrets.NAME }}`, `${{ env.NAME }}` or `${NAME}`, perhaps with something
/// around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The environment variables that hold the value, and what stands around them.
    pub template: Template,
    /// Where the manifest says it.
    pub location: Location,
}

impl Reference {
    /// The variable that a text refers to, if the text is a reference and nothing else.
    pub fn variable(text: &str) -> Option<&str> {
        let text = text.trim();
        let inner = match text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(expression) => {
                let expression = expression.trim();
                expression.strip_prefix("secrets.").or_else(|| expression.strip_prefix("env."))?
            }
            None => text.strip_prefix("${")?.strip_suffix('}')?,
        };
        is_variable_name(inner).then_some(inner)
    }

    /// What a variable is, if it is none that a manifest may have sent to a registry.
    pub fn reserved(variable: &str) -> Option<&'static str> {
        let variable = variable.to_ascii_uppercase();
        let begins = RUNNERS_OWN.iter().any(|prefix| variable.starts_with(prefix));
        if begins {
            Some("the runner's own or an input, such as this step's token")
        } else if TOKENS.contains(&variable.as_str()) {
            Some("a token of the job itself")
        } else if PROXIES.contains(&variable.as_str()) {
            Some("a proxy, whose url may hold a password")
        } else {
            None
        }
    }

    /// Whether a variable is where the runner or another tool keeps a token.
    pub(super) fn is_token_of_job(variable: &str) -> bool {
        let is_input = variable.starts_with("INPUT_");
        variable.ends_with("TOKEN") && !is_input && Self::reserved(variable).is_some()
    }
}

pub(super) fn is_variable_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What the variables of the runner and the inputs begin with.
const RUNNERS_OWN: [&str; 4] = ["ACTIONS_", "GITHUB_", "INPUT_", "RUNNER_"];
/// Where GitHub's tools and other CI systems keep the token of a job; `GITHUB_TOKEN` is among the runner's.
const TOKENS: [&str; 4] = ["GH_TOKEN", "GH_ENTERPRISE_TOKEN", "CI_JOB_TOKEN", "SYSTEM_ACCESSTOKEN"];
const PROXIES: [&str; 5] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_in_three_spellings_and_nothing_else() {
        for text in ["${{ secrets.NPM_TOKEN }}", "${{secrets.NPM_TOKEN}}", "${{ env.NPM_TOKEN }}", "${NPM_TOKEN}"] {
            assert_eq!(Reference::variable(text), Some("NPM_TOKEN"), "{text}");
        }
        for text in [
            "hunter2",
            "$NPM_TOKEN",
            "${{ vars.NPM_TOKEN }}",
            "x${{ secrets.A }}",
            "${{ secrets.A }}${{ secrets.B }}",
            "${}",
            "${{ secrets.A || 'hunter2' }}",
            "${1A}",
        ] {
            assert_eq!(Reference::variable(text), None, "{text}");
        }
    }
}
