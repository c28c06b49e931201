//! The text of a manifest's secret: references to variables, with the text that dependabot.yml allows around them.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use super::reference::Reference;

/// Authentication schemes that registries expect before a credential.
const SCHEMES: [&str; 3] = ["Bearer ", "Token ", "Basic "];
/// Prefixes of tokens, which could be mistaken for a user name.
const TOKENS: [&str; 8] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "dckr_pat_"];
/// The longest user name, in bytes.
const LONGEST_NAME: usize = 100;
/// The most variables in a template, as in `${{ secrets.USER }}:${{ secrets.PASSWORD }}`.
const MOST_VARIABLES: usize = 2;

/// A text with references to variables, such as `Bearer ${{ secrets.NPM_TOKEN }}`. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template {
    /// A scheme and a space, a name and a colon, or nothing.
    before: String,
    /// One variable, or two with a colon between them.
    variables: Vec<String>,
}

impl Template {
    /// Parses a text of references: one alone, one after a scheme or after a name and a colon, or two with a colon
    /// between them.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (before, mut rest) = text.split_at(text.find("${")?);
        let is_name = before.strip_suffix(':').is_some_and(is_name);
        if !before.is_empty() && !SCHEMES.contains(&before) && !is_name {
            return None;
        }
        let mut variables = Vec::new();
        loop {
            let end = if rest.starts_with("${{") { rest.find("}}")? + 2 } else { rest.find('}')? + 1 };
            let (reference, after) = rest.split_at(end);
            variables.push(Reference::variable(reference)?.to_owned());
            let Some(next) = after.strip_prefix(':') else {
                let is_whole = after.is_empty() && variables.len() <= MOST_VARIABLES;
                return is_whole.then(|| Self { before: before.to_owned(), variables });
            };
            rest = next;
        }
    }

    /// Creates a template of one variable, without text around it.
    pub fn of_variable(variable: impl Into<String>) -> Self {
        Self { before: String::new(), variables: vec![variable.into()] }
    }

    /// The variables that it refers to, in the order of the text.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Returns the text with a value in place of each variable.
    pub(super) fn fill(&self, values: &[SecretString]) -> SecretString {
        let values: Vec<&str> = values.iter().map(SecretString::expose_secret).collect();
        SecretString::from(format!("{}{}", self.before, values.join(":")))
    }

    /// Reports whether it is a single reference without text around it.
    pub(super) fn is_plain(&self) -> bool {
        self.before.is_empty() && self.variables.len() == 1
    }
}

/// Reports whether a literal text before a colon can be a user name. Everybody who can read the manifest can read it,
/// so it must not be a token.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-@+\\/".contains(c))
        && !TOKENS.iter().any(|token| text.starts_with(token))
}

/// Shows a plain reference as `NPM_TOKEN`, and any other template as its text: `Bearer ${NPM_TOKEN}`.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, variables } = self;
        if self.is_plain() {
            return f.write_str(&variables.concat());
        }
        let references: Vec<String> = variables.iter().map(|variable| format!("${{{variable}}}")).collect();
        write!(f, "{before}{}", references.join(":"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn text_around_references_is_accepted() {
        for (text, shown) in [
            ("${{ secrets.A }}", "A"),
            (" ${A}\n", "A"),
            ("Bearer ${{ secrets.A }}", "Bearer ${A}"),
            ("Token ${{secrets.A}}", "Token ${A}"),
            ("Basic ${A}", "Basic ${A}"),
            ("PAT:${{ secrets.A }}", "PAT:${A}"),
            ("octocat@acme.dev:${{ env.A }}", "octocat@acme.dev:${A}"),
            ("${{secrets.A}}:${{secrets.B}}", "${A}:${B}"),
            ("${A}:${{ secrets.B }}", "${A}:${B}"),
        ] {
            assert_eq!(Template::parse(text).expect(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in [
            "",
            "hunter2",
            "bearer ${A}",
            "Bearer  ${A}",
            "Bearer${A}",
            "Bearer",
            "Digest ${A}",
            ":${A}",
            "a b:${A}",
            "PAT: ${A}",
            "x${A}",
            "https://me:${A}",
            "ghp_0123456789:${A}",
            "github_pat_11AA:${A}",
            "${A}x",
            "${A} ",
            "${A}:",
            "${A}:x",
            "${A}${B}",
            "${A} : ${B}",
            "${A}:${B}:${C}",
            "${A}:PAT:${B}",
            "${{ vars.A }}",
            "${A",
            "${{ secrets.A }",
            "${{ secrets.A }}:${{ secrets.B || 'x' }}",
            "Bearer ${{ secrets.A }}\nX: y",
        ] {
            let read = Template::parse(text);
            assert!(read.is_none() || text.trim() != text, "{text}: {read:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_spellings_parse_to_the_same_template(
            before in prop_oneof![Just(String::new()), select(SCHEMES.to_vec()).prop_map(str::to_owned), "[A-Za-z][A-Za-z0-9.@+-]{0,20}:"],
            variables in proptest::collection::vec("[A-Z_][A-Z0-9_]{0,10}", 1..3),
            spelling in proptest::collection::vec(0..4_usize, 3),
        ) {
            let spelled = |(name, spelling): (&String, &usize)| match spelling {
                0 => format!("${{{name}}}"),
                1 => format!("${{{{secrets.{name}}}}}"),
                2 => format!("${{{{ env.{name} }}}}"),
                _ => format!("${{{{  secrets.{name}  }}}}"),
            };
            let references: Vec<String> = variables.iter().zip(&spelling).map(spelled).collect();
            let read = Template::parse(&format!("{before}{}", references.join(":"))).expect("a template");
            prop_assert_eq!(read.variables(), variables.as_slice());
            let again = if read.is_plain() { Template::of_variable(read.to_string()) } else { Template::parse(&read.to_string()).expect("again") };
            prop_assert_eq!(&again, &read);
            let values: Vec<SecretString> = variables.iter().map(|name| SecretString::from(name.to_lowercase())).collect();
            let expected = format!("{before}{}", variables.join(":").to_lowercase());
            let filled = read.fill(&values);
            prop_assert_eq!(filled.expose_secret(), expected.as_str());
        }

        #[test]
        fn any_text_is_handled_by_the_template(text in "[$\\{\\}A-Za-z.: -]{0,40}|.{0,40}") {
            if let Some(read) = Template::parse(&text) {
                prop_assert!((1..=MOST_VARIABLES).contains(&read.variables().len()));
                // Only the spelling of the references is lost.
                prop_assert!(text.trim().starts_with(&read.before));
            }
        }
    }
}
