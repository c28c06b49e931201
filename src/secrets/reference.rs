//! A manifest's reference to a secret, and the variables that it may not refer to.

use super::Template;
use crate::diagnostics::Location;

/// A manifest's reference to a secret: `${{ secrets.NAME }}`, `${{ env.NAME }}` or `${NAME}`, perhaps with text around
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The environment variables that hold the value, with the text around them.
    pub template: Template,
    /// Its position in the manifest.
    pub location: Location,
}

impl Reference {
    /// Returns the variable that a text refers to, if the text is a reference and nothing else.
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

    /// Describes a variable that a manifest may not send to a registry; `None` for any other variable.
    pub fn reserved(variable: &str) -> Option<&'static str> {
        let variable = variable.to_ascii_uppercase();
        let begins = RUNNERS_OWN.iter().any(|prefix| variable.starts_with(prefix));
        if begins {
            Some("a variable of the runner or an input, such as this step's token")
        } else if TOKENS.contains(&variable.as_str()) {
            Some("the job's own token")
        } else if PROXIES.contains(&variable.as_str()) {
            Some("a proxy, whose url may hold a password")
        } else {
            None
        }
    }

    /// Reports whether a variable is one in which the runner or another tool keeps a token.
    pub(super) fn is_token_of_job(variable: &str) -> bool {
        let is_input = variable.starts_with("INPUT_");
        variable.ends_with("TOKEN") && !is_input && Self::reserved(variable).is_some()
    }
}

pub(super) fn is_variable_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The prefixes of the runner's variables and of the inputs.
const RUNNERS_OWN: [&str; 4] = ["ACTIONS_", "GITHUB_", "INPUT_", "RUNNER_"];
/// Variables in which GitHub's tools and other CI systems keep the job's token; `GITHUB_TOKEN` has a runner's prefix.
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
